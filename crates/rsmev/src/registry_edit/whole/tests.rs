//! A stop after each step of a change: what is loaded afterwards is the old or the new registry, never something between.

use std::cell::RefCell;

use domain::Registry;

use super::super::Held;
use super::*;
use crate::serve;

fn region() -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    stand::init(directory.path(), &stand::InitOptions::default(), &mut io::sink()).unwrap();
    let config = directory.path().join("routes.toml");
    (directory, config)
}

/// One file replaced, one made, one taken away: the node's name, the rows of a consumer in a file of their own.
fn fates(config: &Path) -> Fates {
    let root = config.parent().unwrap();
    let text = |name: &str| fs::read_to_string(root.join(name)).unwrap();
    let written = |text: String| Fate::Written { octets: text.into_bytes(), secret: false };
    let access = text("routes.d/access.toml");
    let renamed = text("routes.toml").replacen("name = \"", "name = \"Новый ", 1);
    Fates::from([
        ("routes.toml".to_owned(), written(renamed)),
        ("routes.d/rights.toml".to_owned(), written(access)),
        ("routes.d/access.toml".to_owned(), Fate::Removed),
        ("keys/deeper/new.pem".to_owned(), Fate::Written { octets: b"secret".to_vec(), secret: true }),
    ])
}

fn digest_of(config: &Path) -> String {
    serve::load(config).unwrap().registry().digest().to_owned()
}

/// All steps of the change, in order.
fn steps() -> Vec<Step> {
    let (_directory, config) = region();
    let steps = RefCell::new(Vec::new());
    let note = |step: &Step| {
        steps.borrow_mut().push(step.clone());
        Ok(())
    };
    write(&config, &fates(&config), &note).unwrap();
    steps.into_inner()
}

#[test]
fn a_stop_after_any_step_leaves_the_old_or_the_new_registry() {
    let steps = steps();
    assert!(steps.len() >= 10 && steps.ends_with(&[Step::Counted, Step::Ended]), "{steps:?}");
    let intended = steps.iter().position(|step| *step == Step::Intended).unwrap();
    for (at, last) in steps.iter().enumerate() {
        let (directory, config) = region();
        let (old, fates) = (digest_of(&config), fates(&config));
        let stop = |step: &Step| if step == last { Err(io::Error::other("the machine stops")) } else { Ok(()) };
        write(&config, &fates, &stop).unwrap_err();
        let found = digest_of(&config);
        assert_eq!(found == old, at < intended, "stopped after {last:?}");
        assert!(!directory.path().join(DIRECTORY).join(INTENT).exists());
        if at >= intended {
            assert!(!directory.path().join("routes.d/access.toml").exists());
            let secret = fs::metadata(directory.path().join("keys/deeper/new.pem")).unwrap();
            assert_eq!(std::os::unix::fs::PermissionsExt::mode(&secret.permissions()) & 0o777, SECRET);
        }
        // And whatever was left lying is no obstacle to the next change.
        Held::hold(&config).unwrap().write_all(&fates).unwrap();
        assert_ne!(digest_of(&config), old);
    }
}

#[test]
fn nobody_loads_a_registry_in_the_middle_of_a_change() {
    let (directory, config) = region();
    let fates = fates(&config);
    let look = |step: &Step| {
        // Whoever comes while the command works holds no lock and gets nothing.
        let lock = File::open(directory.path()).unwrap();
        lock.try_lock().unwrap();
        if matches!(step, Step::Intended | Step::Settled(_) | Step::Counted) {
            let refused = serve::load(&config).unwrap_err().to_string();
            assert!(refused.contains("another command is changing this registry"), "{refused}");
        }
        Ok(())
    };
    write(&config, &fates, &look).unwrap();
    serve::load(&config).unwrap();
}

#[test]
fn what_was_read_while_a_change_went_by_is_not_taken_for_a_registry() {
    let (_directory, config) = region();
    let still = Still::find(&config).unwrap();
    assert!(still.is_still());
    write(&config, &fates(&config), &|_| Ok(())).unwrap();
    assert!(!still.is_still(), "the change was begun and ended in between");
}

#[test]
fn what_somebody_changed_after_the_stop_is_not_overwritten() {
    let (directory, config) = region();
    let stop = |step: &Step| if *step == Step::Intended { Err(io::Error::other("stop")) } else { Ok(()) };
    write(&config, &fates(&config), &stop).unwrap_err();
    let theirs = fs::read_to_string(&config).unwrap() + "# theirs\n";
    fs::write(&config, &theirs).unwrap();
    let refused = serve::load(&config).unwrap_err().to_string();
    assert!(refused.contains("routes.toml is neither what it was"), "{refused}");
    assert_eq!(fs::read_to_string(&config).unwrap(), theirs);
    fs::rename(&config, directory.path().join("theirs.toml")).unwrap();
    fs::write(&config, theirs.replace("# theirs\n", "")).unwrap();
    assert!(Registry::load(&config, &crate::edge::Disk).is_ok());
    digest_of(&config);
    assert!(fs::read_to_string(&config).unwrap().contains("Новый"), "the change was gone through with");
}

#[test]
fn an_intent_cannot_name_files_outside_of_the_registry() {
    let (directory, config) = region();
    for name in ["../outside", "/tmp/outside", "a/../../outside", ""] {
        let fates = Fates::from([(name.to_owned(), Fate::Written { octets: Vec::new(), secret: false })]);
        assert!(write(&config, &fates, &|_| Ok(())).is_err(), "{name}");
    }
    let beside = directory.path().join(DIRECTORY);
    fs::create_dir_all(&beside).unwrap();
    let intent = r#"{"files":[{"name":"../outside","before":null,"after":null,"secret":false}]}"#;
    fs::write(beside.join(INTENT), intent).unwrap();
    assert!(serve::load(&config).unwrap_err().to_string().contains("no file of the registry"));
}

#[test]
fn nothing_is_written_or_removed_through_a_symbolic_link_to_a_directory() {
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("there.toml"), "theirs").unwrap();
    let untouched = || {
        let names: Vec<_> = fs::read_dir(outside.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["there.toml"]);
        assert_eq!(fs::read_to_string(outside.path().join("there.toml")).unwrap(), "theirs");
    };
    let (directory, config) = region();
    std::os::unix::fs::symlink(outside.path(), directory.path().join("link")).unwrap();
    let written = || Fate::Written { octets: b"ours".to_vec(), secret: false };
    for (name, fate) in [
        ("link/new.toml", written()),
        ("link/there.toml", written()),
        ("link/deeper/new.toml", written()),
        ("link/there.toml", Fate::Removed),
    ] {
        let refused = write(&config, &Fates::from([(name.to_owned(), fate)]), &|_| Ok(())).unwrap_err().to_string();
        assert!(refused.contains("link is a symbolic link"), "{name}: {refused}");
        untouched();
    }
    // An intent on disk, which whoever comes next goes through with.
    let (theirs, beside) = (hex::encode(Sha256::digest("theirs")), directory.path().join(DIRECTORY));
    fs::create_dir_all(&beside).unwrap();
    let intent =
        format!(r#"{{"files":[{{"name":"link/there.toml","before":"{theirs}","after":null,"secret":false}}]}}"#);
    fs::write(beside.join(INTENT), intent).unwrap();
    assert!(serve::load(&config).unwrap_err().to_string().contains("link is a symbolic link"));
    untouched();
    // And the directory where changes are prepared.
    fs::remove_dir_all(&beside).unwrap();
    std::os::unix::fs::symlink(outside.path(), &beside).unwrap();
    let fates = Fates::from([("new.toml".to_owned(), written())]);
    let refused = write(&config, &fates, &|_| Ok(())).unwrap_err().to_string();
    assert!(refused.contains("symbolic link"), "{refused}");
    untouched();
}
