//! `rsmev service cutover`: one consumer after the other moves to a new version of a service, without a change on its side.

use domain::registry::Cutover as Moved;

use super::routing::{Cutover, must_be_there};
use crate::amend::{Amend, Done};
use crate::failure::Failure;
use crate::names;
use crate::registry_edit::text::{Change, Row, literal};

pub(super) fn cutover(words: &Cutover) -> Result<(), Failure> {
    let (sid, consumer) = (&words.service, &words.consumer);
    let amend = Amend::begin(&words.words)?;
    let registry = amend.registry();
    must_be_there(registry, sid, words.version.as_ref())?;
    names::system(registry, consumer.as_str())?;
    let moved = registry.cutovers().iter().find(|moved| moved.consumer == *consumer && moved.service == *sid);
    let Some(version) = &words.version else {
        let moved = moved.ok_or_else(|| {
            Failure::no(format!("{consumer} means the default version of {sid} already"))
                .hint("nothing is to be undone")
        })?;
        let mut draft = amend.draft(&moved.place.file)?;
        draft.remove(row_of(moved))?;
        let what = format!("service cutover {sid} --consumer {consumer} --back, before {}", moved.version);
        let told = format!("{consumer} means the default version of {sid} again");
        return amend.finish(draft, &Done { what, told });
    };
    let draft = if let Some(moved) = moved {
        let mut draft = amend.draft(&moved.place.file)?;
        draft.change(row_of(moved), Change::Set { key: "version", value: version.as_str(), after: "service" })?;
        draft
    } else {
        let mut draft = amend.draft_for("cutover")?;
        let texts = [("consumer", consumer.as_str()), ("service", sid.as_str()), ("version", version.as_str())];
        draft.append("cutover", &texts.map(|(key, text)| (key, literal(text))))?;
        draft
    };
    let what = format!("service cutover {sid} {version} --consumer {consumer}");
    let told = format!("{consumer} means version {version} of {sid} where it names none");
    amend.finish(draft, &Done { what, told })
}

fn row_of(moved: &Moved) -> Row<'static> {
    Row::At { table: "cutover", line: moved.place.line }
}
