//! Every look leaves a trail: before messages are shown it is durable who looks and why. What is written, and where, is in
//! `looked`; this finds out who asks and who can write.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use http::Method;
use journal::{Audited, Error, Journal, Options, Reader, RecordId, StoreName};
use serde_json::{Value, json};
use uuid::Uuid;

use super::directory;
use crate::cli::Places;
use crate::command::admin;
use crate::failure::Failure;
use crate::looked::Looked;
use crate::print;
use crate::terminal::tame;

/// What somebody is about to see.
pub(super) struct Look<'a> {
    /// The command: `show`, `export`, `case`.
    pub(super) action: &'static str,
    /// What was asked for; see [`subject`].
    pub(super) subject: String,
    /// Stores of the records.
    pub(super) stores: BTreeSet<StoreName>,
    /// Records.
    pub(super) count: u64,
    /// Why; must be there when messages are shown.
    pub(super) reason: Option<&'a str>,
    /// Messages are shown, not only what is on record about them.
    pub(super) bodies: bool,
    /// Evidence is held, released or removed: not without a trail.
    pub(super) change: bool,
}

/// The reason, without which messages are not shown.
pub(super) fn reason(given: Option<&str>) -> Result<&str, Failure> {
    given.map(str::trim).filter(|reason| !reason.is_empty()).ok_or_else(|| {
        Failure::usage("messages hold personal data: they are shown for a reason, which goes on record")
            .hint("--reason \"order 17 of 2026-11-20\"")
    })
}

/// What was asked for, fit for a record: identifiers that people do not choose as they are; all else may be a citizen's number,
/// which a plain digest would not hide, for there are few of them.
pub(super) fn subject(asked: &str) -> String {
    let asked = asked.trim();
    if asked.parse::<RecordId>().is_ok() || Uuid::parse_str(asked).is_ok() {
        return asked.to_owned();
    }
    format!("an identifier of {} characters", asked.chars().count())
}

/// Who asks, as this machine knows him.
pub(super) fn who() -> String {
    let uid = rustix::process::getuid().as_raw();
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let named = |uid: u32| format!("{} (uid {uid})", user(&users, uid).unwrap_or("?"));
    // Who logged in, kept by the kernel through sudo and su; where it is not kept there stands the greatest number.
    let login = std::fs::read_to_string("/proc/self/loginuid").ok().and_then(|text| text.trim().parse().ok());
    let login =
        login.filter(|login| *login != u32::MAX && *login != uid).map(|login| format!(", login {}", named(login)));
    // A word of the environment: whoever is this user can set it.
    let sudo = std::env::var("SUDO_USER").ok().map(|user| format!(", sudo of {user}"));
    let who = format!("{}{}{}", named(uid), login.unwrap_or_default(), sudo.unwrap_or_default());
    who.chars().filter(|character| !character.is_control()).take(200).collect()
}

/// The name of a user in the text of `/etc/passwd`.
fn user(users: &str, uid: u32) -> Option<&str> {
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let (name, number) = (fields.next()?, fields.nth(1)?);
        (number.parse() == Ok(uid)).then_some(name)
    })
}

/// Records the look. Messages are not shown, and nothing is changed, when that cannot be done; nothing is written into a copy.
pub(super) fn record(places: &Places, look: &Look<'_>) -> Result<(), Failure> {
    let journal = directory(places)?;
    let must = look.bodies || look.change;
    if places.data.is_some() && !look.change && !Reader::open(&journal).is_ok_and(|reader| reader.is_original()) {
        // What is written into a copy would make it another than what it is a copy of.
        print::talk("remark: this is a copy of a journal: the look is not recorded in it");
        return Ok(());
    }
    let agencies: BTreeSet<String> = look.stores.iter().map(|store| store.agency().to_owned()).collect();
    let node = StoreName::node();
    let looked = Looked {
        journal: journal.canonicalize().unwrap_or_else(|_| journal.clone()),
        agencies: agencies.into_iter().filter(|agency| must && agency != node.agency()).collect(),
        audit: Audited {
            who: who(),
            action: look.action.to_owned(),
            subject: look.subject.clone(),
            reason: look.reason.map(str::to_owned),
            count: look.count,
        },
    };
    let why = match write(&journal, &looked) {
        Ok(()) => return Ok(()),
        Err(NotWritten::Closed | NotWritten::InUse) => match ask(&places.config.config, &looked) {
            Ok(()) => return Ok(()),
            Err(why) => why,
        },
        Err(NotWritten::Failed(why)) => why,
    };
    let why = tame(&why);
    if must {
        return Err(Failure::system("record who looks", why).hint(
            "nothing is shown or changed without that: start the bus, or run this as its user (sudo -u rsmev rsmev …)",
        ));
    }
    print::talk(&format!("remark: this look is not recorded: {why}"));
    Ok(())
}

/// Why this process did not write.
enum NotWritten {
    /// Another process writes the journal.
    InUse,
    /// It is read-only, or another user's: what we left there he could not write to.
    Closed,
    Failed(String),
}

fn write(directory: &Path, looked: &Looked) -> Result<(), NotWritten> {
    let failed = |error: &dyn std::fmt::Display| NotWritten::Failed(error.to_string());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| failed(&error))?;
    let owner = std::fs::metadata(directory).map_err(|error| failed(&error))?.uid();
    if owner != rustix::process::geteuid().as_raw() {
        return Err(NotWritten::Closed);
    }
    let journal = Journal::open(Options::new(directory)).map_err(|error| match &error {
        Error::InUse { .. } => NotWritten::InUse,
        Error::Io { source, .. }
            if matches!(source.kind(), ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem) =>
        {
            NotWritten::Closed
        }
        error => failed(error),
    })?;
    let written = runtime.block_on(looked.write(&journal));
    journal.close();
    written.map(drop).map_err(NotWritten::Failed)
}

fn ask(config: &Path, looked: &Looked) -> Result<(), String> {
    let asked = admin::ask_with(config, Method::POST, "/journal/audit", &json!(looked));
    // Its own hint is not the one that helps here.
    let (recorded, answer) =
        asked.map_err(|failure| failure.to_string().lines().next().unwrap_or_default().to_owned())?;
    if recorded {
        return Ok(());
    }
    let why = answer.get("problem").and_then(Value::as_str).unwrap_or("the bus does not say why");
    Err(why.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn personal_data_do_not_get_into_the_trail() {
        let exchange = "3e8aa056-0c52-4b6e-9c2a-6a5f6f2f6a11";
        for plain in ["SOCZ/2026-11/42", exchange] {
            assert_eq!(subject(plain), plain);
        }
        for personal in ["000-000-600 06", "Иванов Иван", "17/2026"] {
            let shown = subject(personal);
            assert_eq!(shown, format!("an identifier of {} characters", personal.chars().count()));
        }
    }

    #[test]
    fn a_user_has_his_name() {
        let users = "root:x:0:0:root:/root:/bin/bash\nivanov:x:1000:1000::/srv/ivanov:/bin/sh\nbroken\n";
        assert_eq!((user(users, 1000), user(users, 0), user(users, 7)), (Some("ivanov"), Some("root"), None));
    }
}
