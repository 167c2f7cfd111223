//! One file changed: nobody's work is lost, and what would not load is not written.
//! Changes as a whole: nobody's work overwritten, nothing written that would not load, old or new at any moment.

use std::os::unix::fs::symlink;

use super::text::{Change, Row};
use super::*;

const ROW: Row<'_> = Row::Table("node");
const RENAME: Change<'_> = Change::Set { key: "name", value: "Другое имя", after: "id" };

fn region() -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    stand::init(directory.path(), &stand::InitOptions::default(), &mut io::sink()).unwrap();
    let config = directory.path().join("routes.toml");
    (directory, config)
}

#[test]
fn what_somebody_else_wrote_meanwhile_is_not_overwritten() {
    let (_directory, config) = region();
    let held = Held::hold(&config).unwrap();
    let mut draft = held.edit("routes.toml").unwrap();
    draft.change(ROW, RENAME).unwrap();
    let theirs = fs::read_to_string(&config).unwrap() + "# theirs\n";
    fs::write(&config, &theirs).unwrap();
    let refused = draft.commit().unwrap_err().to_string();
    assert!(refused.contains("changed by somebody else"), "{refused}");
    assert_eq!(fs::read_to_string(&config).unwrap(), theirs);
}

#[test]
fn a_change_that_would_not_load_is_not_written() {
    let (_directory, config) = region();
    let before = fs::read(&config).unwrap();
    let held = Held::hold(&config).unwrap();
    let mut draft = held.edit("routes.toml").unwrap();
    draft.change(ROW, Change::Set { key: "certificate", value: "nowhere.pem", after: "id" }).unwrap();
    assert!(draft.commit().unwrap_err().to_string().contains("nowhere.pem"));
    assert_eq!(fs::read(&config).unwrap(), before);
}

#[test]
fn only_one_command_changes_a_registry_at_a_time() {
    let (_directory, config) = region();
    let held = Held::hold(&config).unwrap();
    assert!(Held::hold(&config).unwrap_err().to_string().contains("another command"));
    drop(held);
    Held::hold(&config).unwrap();
}

#[test]
fn mode_and_symbolic_links_stay() {
    let (directory, config) = region();
    let elsewhere = directory.path().join("elsewhere.toml");
    fs::rename(&config, &elsewhere).unwrap();
    fs::set_permissions(&elsewhere, Permissions::from_mode(0o640)).unwrap();
    symlink("elsewhere.toml", &config).unwrap();
    let held = Held::hold(&config).unwrap();
    let mut draft = held.edit("routes.toml").unwrap();
    draft.change(ROW, RENAME).unwrap();
    assert_eq!(draft.commit().unwrap().registry().node().name, "Другое имя");
    assert!(fs::symlink_metadata(&config).unwrap().is_symlink());
    let metadata = fs::metadata(&elsewhere).unwrap();
    assert_eq!(metadata.permissions().mode() & 0o777, 0o640);
    assert!(fs::read_to_string(&elsewhere).unwrap().contains("Другое имя"));
    let left = fs::read_dir(directory.path())
        .unwrap()
        .filter(|entry| entry.as_ref().is_ok_and(|entry| entry.file_name().to_string_lossy().ends_with(".new")));
    assert_eq!(left.count(), 0);
}

#[test]
fn another_file_of_that_name_is_never_overwritten() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a.pem");
    let placed = Placed::put(path.clone(), b"one", SECRET).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, SECRET);
    let again = Placed::put(path.clone(), b"one", SECRET).unwrap();
    assert!(Placed::put(path.clone(), b"two", SECRET).is_err());
    again.take_away();
    assert!(path.exists(), "it was there before");
    placed.take_away();
    assert!(!path.exists());
}

/// Names the file that the process started by the test below writes again and again.
const WRITER: &str = "RSMEV_TEST_REPLACE_FOR_EVER";

/// Two registries of different lengths, long enough that a writer is often stopped inside of one.
fn states() -> [Vec<u8>; 2] {
    ["old", "new and longer"].map(|state| format!("# {state}\n").repeat(20_000).into_bytes())
}

#[test]
fn at_any_moment_a_file_is_the_old_or_the_new_one() {
    let states = states();
    if let Some(path) = std::env::var_os(WRITER) {
        loop {
            for octets in &states {
                replace(Path::new(&path), octets).unwrap();
            }
        }
    }
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("routes.toml");
    fs::write(&path, &states[0]).unwrap();
    for _ in 0..40 {
        let mut writer = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "registry_edit::tests::at_any_moment_a_file_is_the_old_or_the_new_one", "--nocapture"])
            .env(WRITER, &path)
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let whole = || {
            let read = fs::read(&path).unwrap();
            states.iter().position(|state| *state == read).expect("a whole registry")
        };
        // It is at work when both have been seen; every reading in between is of a whole one.
        let first = whole();
        while whole() == first {
            assert!(writer.try_wait().unwrap().is_none(), "the writer ended by itself");
        }
        writer.kill().unwrap();
        writer.wait().unwrap();
        whole();
    }
    let last = states[1].clone();
    replace(&path, &last).unwrap();
    assert_eq!(fs::read(&path).unwrap(), last, "what a killed writer left behind is in nobody's way");
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
}
