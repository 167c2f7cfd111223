//! Whoever has the files in his hands and changes them: each way is found and named for what it is.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use journal::{Checkpoint, Digest, Error, Journal, Judge, Notary, Options, Reader, Tampering, Verified, Witnessed};
use tempfile::{TempDir, tempdir};

use crate::support::{accepted, flip, month_directory, options, segment, store};

/// "Signs" with a digest over a secret, which is its certificate at the same time.
pub(crate) struct Hand(&'static str);

impl Notary for Hand {
    fn node(&self) -> String {
        "RSMV01641".to_owned()
    }
    fn certificate(&self) -> Vec<u8> {
        self.0.as_bytes().to_vec()
    }
    fn algorithm(&self) -> String {
        "pretend".to_owned()
    }
    fn sign(&self, octets: &[u8]) -> Result<Vec<u8>, String> {
        Ok(Digest::of([self.0.as_bytes(), octets]).octets().to_vec())
    }
}

impl Judge for Hand {
    fn holds(&self, certificate: &[u8], _: &str, octets: &[u8], signature: &[u8]) -> Result<(), String> {
        if certificate != self.0.as_bytes() {
            return Err("nobody knows this certificate".to_owned());
        }
        let good = Digest::of([certificate, octets]).octets() == signature;
        good.then_some(()).ok_or_else(|| "another signature".to_owned())
    }
}

pub(crate) const NODE: Hand = Hand("the node");

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn small(directory: &Path) -> Options {
    // Four records each.
    Options { segment_bytes: 2600, ..options(directory) }
}

async fn append(journal: &Journal, count: usize) {
    for _ in 0..count {
        let _ = journal.append(&[store("SOCZ")], &accepted(300)).await.unwrap();
    }
}

/// A journal of two segments and a bit, a checkpoint in the middle and one at the end.
async fn written() -> TempDir {
    let directory = tempdir().unwrap();
    for moment in ["2026-11-22T11:00:00Z", "2026-11-22T12:00:00Z"] {
        let journal = Journal::open(small(directory.path())).unwrap();
        append(&journal, 4).await;
        checkpoint(&journal, moment);
    }
    directory
}

/// After closing, when the tree has everything.
pub(crate) fn checkpoint(journal: &Journal, moment: &str) -> Vec<Checkpoint> {
    journal.close();
    journal.checkpoint(time(moment), &NODE).into_iter().map(|(_, signed)| signed.unwrap()).collect()
}

fn verify_with(directory: &Path, witnesses: &[Checkpoint], judge: &Hand) -> Vec<Verified> {
    Reader::open(directory).unwrap().verify(|_, _| true, witnesses, judge, |_| ()).unwrap()
}

fn found(directory: &Path, witnesses: &[Checkpoint]) -> Vec<Tampering> {
    verify_with(directory, witnesses, &NODE).into_iter().flat_map(|month| month.tampering).collect()
}

fn file(directory: &TempDir, number: u32) -> PathBuf {
    segment(directory.path(), "SOCZ", number)
}

/// Where records begin in a segment, and where the last one ends.
fn offsets(path: &Path) -> Vec<usize> {
    let octets = fs::read(path).unwrap();
    let begin = |at: &usize| octets[*at..].starts_with(b"RSMR");
    (0..octets.len()).filter(begin).chain([octets.len()]).collect()
}

/// The first segment with some of its records in another order, or left out.
fn arranged(path: &Path, order: &[usize]) {
    let (octets, at) = (fs::read(path).unwrap(), offsets(path));
    let mut out = octets[..at[0]].to_vec();
    for number in order {
        out.extend_from_slice(&octets[at[*number]..at[*number + 1]]);
    }
    fs::write(path, out).unwrap();
}

fn checkpoints_file(directory: &TempDir) -> PathBuf {
    month_directory(directory.path(), "SOCZ").join("checkpoints.txt")
}

#[tokio::test]
async fn an_untouched_journal_holds_and_says_what_covers_it() {
    let directory = written().await;
    let verified = verify_with(directory.path(), &[], &NODE).remove(0);
    assert!(verified.holds(), "{verified:?}");
    assert_eq!((verified.entries, verified.checkpoints, verified.signed_entries), (8, 2, 8));
    assert_eq!(verified.sealed, None);
    // A further checkpoint of what has not gone on is not written.
    let journal = Journal::open(small(directory.path())).unwrap();
    assert_eq!(checkpoint(&journal, "2026-11-22T13:00:00Z"), []);
}

#[tokio::test]
async fn one_octet_flipped_is_an_alteration() {
    for offset in [3, 130, 200, 400, 1000] {
        let directory = written().await;
        flip(&file(&directory, 0), offset);
        let found = found(directory.path(), &[]);
        assert!(matches!(found[0], Tampering::Altered { .. }), "{offset}: {found:?}");
    }
}

#[tokio::test]
async fn a_record_removed_is_named_by_its_number() {
    let directory = written().await;
    arranged(&file(&directory, 0), &[0, 2, 3]);
    let found = found(directory.path(), &[]);
    assert!(found.contains(&Tampering::Removed { from: 1, to: 1 }), "{found:?}");
}

#[tokio::test]
async fn records_swapped_are_out_of_order_and_not_removed() {
    let directory = written().await;
    arranged(&file(&directory, 0), &[0, 2, 1, 3]);
    let found = found(directory.path(), &[]);
    assert!(found.iter().any(|one| matches!(one, Tampering::Moved { record: 1, .. })), "{found:?}");
    assert!(!found.iter().any(|one| matches!(one, Tampering::Removed { .. })), "{found:?}");
}

#[tokio::test]
async fn a_tail_cut_is_found_by_the_checkpoint_and_without_it_by_the_witness() {
    let directory = written().await;
    let witness = Checkpoint::parse_all(&fs::read_to_string(checkpoints_file(&directory)).unwrap()).0;
    let last = (0..9).rev().map(|number| file(&directory, number)).find(|path| path.exists()).unwrap();
    let keep = offsets(&last)[0];
    fs::write(&last, &fs::read(&last).unwrap()[..keep]).unwrap();
    let by = |tampering: &[Tampering]| {
        let Some(Tampering::TailCut { signed: 8, by, .. }) = tampering.last() else { panic!("{tampering:?}") };
        by.clone()
    };
    assert_eq!(by(&found(directory.path(), &[])), Witnessed::Checkpoint(time("2026-11-22T12:00:00Z")));
    // Whoever cuts the log cuts the checkpoints, too.
    fs::remove_file(checkpoints_file(&directory)).unwrap();
    assert_eq!(found(directory.path(), &[]), []);
    assert_eq!(by(&found(directory.path(), &witness)), Witnessed::Witness(time("2026-11-22T12:00:00Z")));
    // Or takes everything away.
    fs::remove_dir_all(directory.path().join("SOCZ")).unwrap();
    let told = found(directory.path(), &witness);
    assert!(told.contains(&Tampering::MonthGone { signed: 8 }), "{told:?}");
}

#[tokio::test]
async fn a_segment_replaced_by_an_older_copy_is_too_short_for_the_next() {
    let directory = tempdir().unwrap();
    let journal = Journal::open(small(directory.path())).unwrap();
    append(&journal, 2).await;
    journal.close();
    let older = fs::read(file(&directory, 0)).unwrap();
    let journal = Journal::open(small(directory.path())).unwrap();
    append(&journal, 6).await;
    checkpoint(&journal, "2026-11-22T12:00:00Z");
    fs::write(file(&directory, 0), older).unwrap();
    let found = found(directory.path(), &[]);
    assert!(found.iter().any(|one| matches!(one, Tampering::SegmentShort { .. })), "{found:?}");
    assert!(found.iter().any(|one| matches!(one, Tampering::Removed { from: 2, .. })), "{found:?}");
}

#[tokio::test]
async fn a_sealed_month_written_anew_does_not_fit_its_seal() {
    let [directory, forged] = [tempdir().unwrap(), tempdir().unwrap()];
    for directory in [&directory, &forged] {
        let journal = Journal::open(small(directory.path())).unwrap();
        append(&journal, 8).await;
        let (month, over) = ("2026-11".parse().unwrap(), time("2026-12-01T00:10:00Z"));
        assert!(matches!(
            journal.seal(&store("SOCZ"), month, time("2026-11-30T23:00:00Z"), &NODE),
            Err(Error::NotOver { .. })
        ));
        journal
            .seal(
                &store("SOCZ"),
                month,
                over,
                &Hand(if directory.path() == forged.path() { "forger" } else { "the node" }),
            )
            .unwrap();
        // A straggler of the sealed month stands in the next one.
        let receipt = journal.append(&[store("SOCZ")], &accepted(1)).await.unwrap();
        assert_eq!(receipt.record_ids().next().unwrap().to_string(), "SOCZ/2026-12/0");
        journal.close();
        fs::remove_dir_all(directory.path().join("SOCZ/exchange/2026-12")).unwrap();
    }
    let whole = verify_with(directory.path(), &[], &NODE).remove(0);
    assert!(whole.holds() && whole.sealed == Some(time("2026-12-01T00:10:00Z")), "{whole:?}");
    assert!(!month_directory(directory.path(), "SOCZ").join("index.sled").exists());

    // The forger writes other records, consistent among themselves, under the old seal.
    let (own, other) = (month_directory(directory.path(), "SOCZ"), month_directory(forged.path(), "SOCZ"));
    let keep = fs::read(own.join("seal.txt")).unwrap();
    for entry in fs::read_dir(&other).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, own.join(path.file_name().unwrap())).unwrap();
    }
    let signed_anew = found(directory.path(), &[]);
    assert!(
        matches!(&signed_anew[0], Tampering::Signature { why, .. } if why.contains("nobody knows")),
        "{signed_anew:?}"
    );
    fs::write(own.join("seal.txt"), keep).unwrap();
    let kept = found(directory.path(), &[]);
    assert!(kept.iter().any(|one| matches!(one, Tampering::Rewritten { by: Witnessed::Seal(_), .. })), "{kept:?}");
    assert!(kept.iter().any(|one| matches!(one, Tampering::SealedFile { .. })), "{kept:?}");
}

#[tokio::test]
async fn a_log_that_became_shorter_than_what_was_signed_is_told_by_the_next_checkpoint() {
    let directory = written().await;
    let last = (0..9).rev().map(|number| file(&directory, number)).find(|path| path.exists()).unwrap();
    fs::write(&last, &fs::read(&last).unwrap()[..offsets(&last)[0]]).unwrap();
    fs::remove_dir_all(month_directory(directory.path(), "SOCZ").join("index.sled")).unwrap();
    let journal = Journal::open(small(directory.path())).unwrap();
    append(&journal, 1).await;
    journal.close();
    let signed = journal.checkpoint(time("2026-11-22T13:00:00Z"), &NODE);
    let [(_, Err(Error::NotWhole { what }))] = signed.as_slice() else { panic!("{signed:?}") };
    assert!(what.contains("fewer than the 8"), "{what}");
}

#[tokio::test]
async fn a_log_written_anew_is_not_signed_on() {
    let [directory, forged] = [written().await, written().await];
    // Another past under the node's own checkpoints; the index goes, as it would have to.
    for number in 0..3 {
        let _ = fs::copy(file(&forged, number), file(&directory, number));
    }
    let month = month_directory(directory.path(), "SOCZ");
    fs::remove_dir_all(month.join("index.sled")).unwrap();
    let told = found(directory.path(), &[]);
    assert!(told.iter().any(|one| matches!(one, Tampering::Rewritten { entries: 4, .. })), "{told:?}");
    let journal = Journal::open(small(directory.path())).unwrap();
    append(&journal, 1).await;
    journal.close();
    let signed = journal.checkpoint(time("2026-11-22T13:00:00Z"), &NODE);
    assert!(matches!(signed.as_slice(), [(_, Err(Error::NotWhole { .. }))]), "{signed:?}");
    // Nor is it sealed.
    let journal = Journal::open(small(directory.path())).unwrap();
    let sealed = journal.seal(&store("SOCZ"), "2026-11".parse().unwrap(), time("2026-12-02T00:00:00Z"), &NODE);
    assert!(matches!(sealed, Err(Error::NotWhole { .. })), "{sealed:?}");
}

#[tokio::test]
async fn a_checkpoint_covers_all_that_was_acknowledged_before_it() {
    let directory = tempdir().unwrap();
    let journal = Journal::open(options(directory.path())).unwrap();
    for count in [1, 5, 6] {
        append(&journal, count).await;
        let signed = journal.checkpoint(time("2026-11-22T11:00:00Z"), &NODE);
        let entries = signed.into_iter().map(|(_, one)| one.unwrap().head.entries).collect::<Vec<_>>();
        let all = Reader::open(directory.path()).unwrap().list(&journal::Filter::default()).unwrap().count();
        assert_eq!(entries, [all as u64]);
    }
}
