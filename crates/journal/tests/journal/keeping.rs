//! Terms, holds and the end of evidence; and that sealed months can be copied away and back with plain tools.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use jiff::Timestamp;
use journal::keeping::{Hold, Obstacle};
use journal::{Checkpoint, Error, Filter, Journal, Reader, Tampering};
use tempfile::{TempDir, tempdir};

use crate::support::{accepted, flip, month_directory, options, segment, store};
use crate::tampering::NODE;

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// One sealed month, with its checkpoint.
async fn sealed() -> (TempDir, Vec<Checkpoint>) {
    let directory = tempdir().unwrap();
    let journal = Journal::open(options(directory.path())).unwrap();
    for _ in 0..3 {
        let _ = journal.append(&[store("SOCZ")], &accepted(300)).await.unwrap();
    }
    journal.close();
    let checkpoints = journal
        .checkpoint(time("2026-11-22T12:00:00Z"), &NODE)
        .into_iter()
        .map(|(_, signed)| signed.unwrap())
        .collect();
    let journal = Journal::open(options(directory.path())).unwrap();
    journal.seal(&store("SOCZ"), "2026-11".parse().unwrap(), time("2026-12-01T01:00:00Z"), &NODE).unwrap();
    journal.close();
    (directory, checkpoints)
}

fn reader(directory: &Path) -> Reader {
    Reader::open(directory).unwrap()
}

fn purge(directory: &Path, now: &str) -> Result<journal::keeping::Purged, Error> {
    reader(directory).purge((&store("SOCZ"), "2026-11".parse().unwrap()), 12, time(now), &NODE, &NODE)
}

fn hold(agency: Option<&str>, from: Option<&str>, to: Option<&str>) -> Hold {
    let text = |text: &str| text.to_owned();
    Hold {
        id: 0,
        agency: agency.map(text),
        from: from.map(text),
        to: to.map(text),
        reason: "запрос суда 2-1234/2027".to_owned(),
        who: "operator".to_owned(),
        since: time("2027-01-01T00:00:00Z"),
        lifted: None,
    }
}

#[tokio::test]
async fn a_month_goes_after_its_term_and_its_report_stays() {
    let (directory, witness) = sealed().await;
    let due = |now: &str| reader(directory.path()).due(time(now), |_| 12).unwrap().len();
    assert_eq!((due("2027-11-30T23:59:59Z"), due("2027-12-01T00:00:00Z")), (0, 1));
    assert!(matches!(purge(directory.path(), "2027-11-30T00:00:00Z"), Err(Error::Kept { .. })));
    let purged = purge(directory.path(), "2027-12-01T00:00:00Z").unwrap();
    assert_eq!((purged.head.entries, purged.records, purged.term), (3, 3, 12));
    assert!(!month_directory(directory.path(), "SOCZ").exists());
    // Who held a checkpoint of it sees that it was removed by its term, and not taken away.
    let verify = || reader(directory.path()).verify(|_, _| true, &witness, &NODE, |_| ()).unwrap().remove(0);
    assert_eq!((verify().holds(), verify().purged), (true, Some(time("2027-12-01T00:00:00Z"))));
    let report = directory.path().join("SOCZ/exchange/purged/2026-11.txt");
    fs::write(&report, fs::read_to_string(&report).unwrap().replace("records 3", "records 2")).unwrap();
    assert!(matches!(verify().tampering[0], Tampering::Signature { .. }));
    fs::remove_file(&report).unwrap();
    assert!(verify().tampering.contains(&Tampering::MonthGone { signed: 3 }));
}

#[tokio::test]
async fn a_legal_hold_stops_the_end_until_it_is_lifted() {
    let (directory, _) = sealed().await;
    let reader = reader(directory.path());
    let others = [hold(Some("ZAGS"), None, None), hold(None, Some("2026-12"), None), hold(None, None, Some("2026-10"))];
    for other in others {
        reader.hold(other).unwrap();
    }
    let id = reader.hold(hold(Some("SOCZ"), Some("2026-11"), Some("2026-11"))).unwrap();
    assert_eq!(id, 4);
    let Err(Error::Kept { obstacle, .. }) = purge(directory.path(), "2030-01-01T00:00:00Z") else { panic!() };
    assert_eq!(obstacle, Obstacle::Held(4));
    let now = time("2029-01-01T00:00:00Z");
    assert_eq!(reader.release(4, now).unwrap().unwrap().reason, "запрос суда 2-1234/2027");
    assert_eq!(reader.release(4, now).unwrap(), None);
    assert_eq!(reader.hold(hold(Some("ZAGS"), None, None)).unwrap(), 5, "a number means one hold for ever");
    purge(directory.path(), "2030-01-01T00:00:00Z").unwrap();
}

#[tokio::test]
async fn what_is_not_whole_is_not_removed() {
    let (directory, _) = sealed().await;
    flip(&segment(directory.path(), "SOCZ", 0), 600);
    let Err(Error::Kept { obstacle: Obstacle::Seal(why), .. }) = purge(directory.path(), "2030-01-01T00:00:00Z") else {
        panic!()
    };
    assert!(why.contains("altered"), "{why}");
    fs::remove_file(month_directory(directory.path(), "SOCZ").join("seal.txt")).unwrap();
    let Err(Error::Kept { obstacle, .. }) = purge(directory.path(), "2030-01-01T00:00:00Z") else { panic!() };
    assert_eq!(obstacle, Obstacle::NotSealed);
    assert!(month_directory(directory.path(), "SOCZ").exists());
}

#[tokio::test]
async fn a_sealed_month_copied_with_plain_tools_is_whole_elsewhere_and_back() {
    let (directory, witness) = sealed().await;
    let listed = |directory: &Path| {
        let entries = reader(directory).list(&Filter::default()).unwrap();
        entries.map(|entry| (entry.as_ref().unwrap().id.clone(), entry.unwrap().digest)).collect::<Vec<_>>()
    };
    let before = listed(directory.path());
    let copy = tempdir().unwrap();
    let copied = |from: &Path, to: &Path| {
        assert!(Command::new("cp").arg("-a").arg(from.join("SOCZ")).arg(to).status().unwrap().success());
    };
    copied(directory.path(), copy.path());
    fs::remove_dir_all(directory.path().join("SOCZ")).unwrap();
    for place in [copy.path(), directory.path()] {
        let verified = reader(place).verify(|_, _| true, &witness, &NODE, |_| ()).unwrap();
        if place == copy.path() {
            assert!(verified[0].holds() && verified[0].sealed.is_some(), "{verified:?}");
            assert_eq!(listed(place), before);
            copied(copy.path(), directory.path());
        } else {
            assert!(verified[0].holds(), "{verified:?}");
        }
    }
    assert_eq!(listed(directory.path()), before);
}

#[tokio::test]
async fn a_store_has_the_place_and_the_readers_that_its_directory_says() {
    let [directory, disk] = [tempdir().unwrap(), tempdir().unwrap()];
    let own = disk.path().join("socz");
    fs::create_dir(&own).unwrap();
    fs::set_permissions(&own, Permissions::from_mode(0o750)).unwrap();
    std::os::unix::fs::symlink(&own, directory.path().join("SOCZ")).unwrap();
    let journal = Journal::open(options(directory.path())).unwrap();
    for name in ["SOCZ", "ZAGS"] {
        let _ = journal.append(&[store(name)], &accepted(10)).await.unwrap();
    }
    journal.close();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&own.join("exchange/2026-11")), 0o750);
    assert_eq!(mode(&own.join("exchange/2026-11/000000.seg")), 0o640);
    assert_eq!(mode(&segment(directory.path(), "ZAGS", 0)), 0o600);
    assert_eq!(mode(&directory.path().join("ZAGS")), 0o700);
    assert_eq!(reader(directory.path()).list(&Filter::default()).unwrap().count(), 2);
}

#[test]
fn holds_set_at_the_same_time_all_stand() {
    let directory = tempdir().unwrap();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..10 {
                    reader(directory.path()).hold(hold(None, None, None)).unwrap();
                }
            });
        }
    });
    let mut ids: Vec<u32> = reader(directory.path()).holds().unwrap().iter().map(|hold| hold.id).collect();
    ids.sort_unstable();
    assert_eq!(ids, (1..=80).collect::<Vec<_>>());
}
