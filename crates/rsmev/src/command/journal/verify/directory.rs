//! A journal, or a plain copy of a part of it, against what was signed in it and what others hold.

use std::path::{Path, PathBuf};

use journal::{Class, Digest, Judge, Month, Reader, StoreName, Verified};
use serde_json::{Value, json};

use super::super::words::Verify;
use super::{NAME_THE_NODE, witnesses};
use crate::failure::Failure;
use crate::node_certificates::{Anybody, NodeCertificates};
use crate::print;
use crate::terminal::tame;

/// A journal's directory, and the part of it that is meant.
struct Part {
    root: PathBuf,
    agency: Option<String>,
    class: Option<Class>,
    month: Option<Month>,
}

impl Part {
    /// Finds out what the directory is: a journal, or that of an agency, of one of its classes, or of a month.
    fn of(path: &Path) -> Result<Self, Failure> {
        // Links are not followed: an agency may have a place of its own under another name.
        let path =
            std::path::absolute(path).map_err(|error| Failure::system(&format!("read {}", path.display()), error))?;
        let name = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let class_of = |path: &Path| Class::ALL.into_iter().find(|class| class.as_str() == name(path));
        let above = |path: &Path| path.parent().map(Path::to_owned).unwrap_or_default();
        let (one, two) = (above(&path), above(&above(&path)));
        if let (Ok(month), Some(class)) = (name(&path).parse::<Month>(), class_of(&one)) {
            return Ok(Self { root: above(&two), agency: Some(name(&two)), class: Some(class), month: Some(month) });
        }
        if let Some(class) = class_of(&path) {
            return Ok(Self { root: two, agency: Some(name(&one)), class: Some(class), month: None });
        }
        if Class::ALL.iter().any(|class| path.join(class.as_str()).is_dir()) {
            return Ok(Self { root: one, agency: Some(name(&path)), class: None, month: None });
        }
        Ok(Self { root: path, agency: None, class: None, month: None })
    }

    fn has(&self, store: &StoreName, month: Month) -> bool {
        self.agency.as_ref().is_none_or(|agency| agency == store.agency())
            && self.class.is_none_or(|class| class == store.class())
            && self.month.is_none_or(|only| only == month)
    }
}

pub(super) fn verify(words: &Verify, known: &NodeCertificates) -> Result<(), Failure> {
    let failed = |error: journal::Error| Failure::journal(&error);
    let part = Part::of(&words.path)?;
    let store: Option<StoreName> = words.store.as_deref().map(str::parse).transpose().map_err(failed)?;
    let month: Option<Month> = words.month.as_deref().map(str::parse).transpose().map_err(failed)?;
    let only = |other: &StoreName, of: Month| {
        part.has(other, of)
            && store.as_ref().is_none_or(|store| store == other)
            && month.is_none_or(|month| month == of)
    };
    let judge: &dyn Judge = if known.is_empty() { &Anybody } else { known };
    let mut printed = Ok(());
    let reader = Reader::open(&part.root).map_err(failed)?;
    let all = reader
        .verify(only, &witnesses(words)?, judge, |verified| {
            if !words.json && printed.is_ok() {
                printed = print_month(verified);
            }
        })
        .map_err(failed)?;
    printed?;
    if words.json {
        let months: Vec<Value> = all.iter().map(value).collect();
        print::json(
            &json!({"holds": all.iter().all(Verified::holds), "node_known": !known.is_empty(), "months": months}),
        )?;
    }
    if all.is_empty() {
        return Err(Failure::no(format!("{} holds no month of a journal", words.path.display()))
            .hint("directories keep their names when they are copied: AGENCY/exchange/2026-11"));
    }
    let wrong = all.iter().filter(|verified| !verified.holds()).count();
    if wrong > 0 {
        return Err(Failure::no(format!("{wrong} of {} months do not hold", all.len())));
    }
    let signed = all.iter().any(|verified| verified.checkpoints > 0 || verified.sealed.is_some());
    if known.is_empty() && signed {
        return Err(Failure::no("everything fits, but whose signatures these are cannot be said").hint(NAME_THE_NODE));
    }
    Ok(())
}

/// `SOCZ/2026-11: 57 frames, root 3f…; signed up to 57 by 2 checkpoints`.
fn print_month(verified: &Verified) -> Result<(), Failure> {
    let Verified { store, month, entries, root, checkpoints, witnessed, signed_entries, sealed, purged, .. } = verified;
    let plural = if *checkpoints == 1 { "" } else { "s" };
    let mut covers = vec![format!("{checkpoints} checkpoint{plural}")];
    covers.extend((*witnessed > 0).then(|| format!("{witnessed} of witnesses")));
    covers.extend(sealed.map(|time| format!("the seal of {time}")));
    covers.extend(purged.map(|time| format!("the purge report of {time}")));
    print::line(&format!(
        "{store}/{month}: {entries} frames, root {root}; signed up to {signed_entries} by {}",
        covers.join(", ")
    ))?;
    for tampering in &verified.tampering {
        print::line(&tame(&format!("  {tampering}")))?;
    }
    let more = verified.count.saturating_sub(verified.tampering.len() as u64);
    if more > 0 { print::line(&format!("  and {more} more")) } else { Ok(()) }
}

fn value(verified: &Verified) -> Value {
    let Verified {
        store,
        month,
        entries,
        root,
        checkpoints,
        witnessed,
        signed_entries,
        sealed,
        purged,
        tampering,
        count,
    } = verified;
    let root: &Digest = root;
    json!({
        "store": store.as_str(), "month": month.to_string(), "entries": entries, "root": root.to_string(),
        "checkpoints": checkpoints, "witnessed": witnessed, "signed_entries": signed_entries, "sealed": sealed, "purged": purged,
        "holds": verified.holds(), "count": count,
        "tampering": tampering.iter().map(ToString::to_string).collect::<Vec<_>>(),
    })
}
