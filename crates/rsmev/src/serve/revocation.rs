//! Revocation lists (CRL) from the directory of `[trust] crl_directory`: read whole, and anew when a file there changes.
//! Fetching them from the authorities is a job for cron; what they mean is decided in `pki::trust`.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use domain::Registry;
use gateway::Snapshot;
use pki::trust::{RevocationList, RevocationLists};

use super::Reload;
use super::remarks::ListAlarms;
use crate::failure::Failure;

/// How often the directory is looked at.
const EVERY: Duration = Duration::from_secs(5);
/// Names of files that hold a list.
const ENDINGS: [&str; 3] = ["crl", "pem", "der"];

/// The files of the directory, so that a change can be seen without reading them.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Files(Vec<(PathBuf, u64, Option<SystemTime>)>);

/// Every list of the directory. One that cannot be read stops everything: an authority must not lose its list unseen.
pub(crate) fn load(registry: &Registry) -> Result<RevocationLists, Failure> {
    let Some(directory) = &registry.trust().crl_directory else {
        return Ok(RevocationLists::default());
    };
    read(directory, &look(directory)?, registry.limits().crl_bytes)
}

fn look(directory: &Path) -> Result<Files, Failure> {
    let bad = |error: std::io::Error| {
        Failure::system("read the revocation lists", format!("{}: {error}", directory.display()))
            .hint("the directory of [trust] crl_directory must be there and readable")
    };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(directory).map_err(bad)? {
        let path = entry.map_err(bad)?.path();
        let bad = |error: std::io::Error| {
            Failure::system("read the revocation lists", format!("{}: {error}", path.display()))
                .hint("take it out, or put a list in its place")
        };
        let wanted =
            path.extension().and_then(|ending| ending.to_str()).is_some_and(|ending| ENDINGS.contains(&ending));
        if wanted {
            let about = std::fs::metadata(&path).map_err(bad)?;
            // A device or a pipe would never end.
            if !about.is_file() {
                return Err(bad(std::io::Error::other("it is no regular file")));
            }
            files.push((path, about.len(), about.modified().ok()));
        }
    }
    files.sort();
    Ok(Files(files))
}

fn read(directory: &Path, files: &Files, bytes_max: usize) -> Result<RevocationLists, Failure> {
    let bytes: u64 = files.0.iter().map(|(_, bytes, _)| bytes).sum();
    if usize::try_from(bytes).map_or(true, |bytes| bytes > bytes_max) {
        return Err(Failure::system(
            "read the revocation lists",
            format!("the files of {} hold {bytes} octets, more than {bytes_max}", directory.display()),
        )
        .hint("raise crl_bytes in [limits], or take out lists of authorities that nobody here uses"));
    }
    let mut lists = Vec::with_capacity(files.0.len());
    for (path, bytes, _) in &files.0 {
        let octets = read_file(path, *bytes)
            .map_err(|error| Failure::system("read a revocation list", format!("{}: {error}", path.display())))?;
        let list = RevocationList::from_file(&octets).map_err(|error| {
            Failure::system("read a revocation list", format!("{}: {error}", path.display())).hint(
                "fetch it again, or take it out if its authority is not used; copy under another name, then rename",
            )
        })?;
        lists.push(list);
    }
    Ok(RevocationLists::new(lists))
}

/// No more octets than the file had when its size was counted.
fn read_file(path: &Path, bytes: u64) -> std::io::Result<Vec<u8>> {
    let mut octets = Vec::new();
    std::fs::File::open(path)?.take(bytes).read_to_end(&mut octets)?;
    Ok(octets)
}

/// Puts lists in force beside those that were: an older list, or none, takes nothing back. Tells what is missing now.
pub(crate) fn put_in_force(snapshot: &Snapshot, read: &RevocationLists, before: &RevocationLists) {
    for list in before.iter().filter(|list| !read.covers(list)) {
        let (issuer, this_update) = (list.issuer(), list.this_update());
        tracing::error!(
            issuer,
            %this_update,
            "a revocation list is gone or was replaced by an older one; what it said stays in force until the next start"
        );
    }
    snapshot.renew_lists(read.and_before(before));
}

/// Looks at the directory until the process ends, and puts changed lists in force. A bad change leaves the old lists in force:
/// they grow old and are told as stale then, but are never forgotten.
pub(crate) async fn watch(reload: Reload) {
    let mut seen: Option<(PathBuf, Files)> = None;
    let mut failed: Option<String> = None;
    // What was so at the start has been told at the start.
    let mut told = ListAlarms::told(&reload.gateway.snapshot());
    let mut turns = tokio::time::interval(EVERY);
    turns.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        turns.tick().await;
        // A reload reads the lists too: one after the other, so that what was read later stays in force.
        let _turn = reload.turn.lock().await;
        let snapshot = reload.gateway.snapshot();
        let Some(directory) = snapshot.registry().trust().crl_directory.clone() else {
            seen = None;
            continue;
        };
        let bytes_max = snapshot.registry().limits().crl_bytes;
        let before = seen.clone().filter(|(known, _)| *known == directory).map(|(_, files)| files);
        let turn = tokio::task::spawn_blocking(move || {
            let files = look(&directory)?;
            let changed = before.as_ref() != Some(&files);
            let lists = if changed { Some(read(&directory, &files, bytes_max)?) } else { None };
            Ok::<_, Failure>((directory, files, lists))
        });
        match turn.await {
            Ok(Ok((directory, files, lists))) => {
                seen = Some((directory, files));
                failed = None;
                if let Some(lists) = lists {
                    tracing::info!(lists = lists.iter().count(), "revocation lists read anew");
                    put_in_force(&snapshot, &lists, &snapshot.trust().lists);
                }
            }
            Ok(Err(failure)) => {
                let failure = failure.to_string();
                if failed.as_ref() != Some(&failure) {
                    tracing::error!(%failure, "revocation lists were not read anew; the old ones stay in force");
                }
                failed = Some(failure);
            }
            Err(error) => tracing::error!(%error, "looking at the revocation lists ended badly"),
        }
        // Also while the directory cannot be read: then above all the lists grow old.
        told.tell_changes(&snapshot);
    }
}
