//! The row of the matrix that an application stands for: entered, and taken out again.

use office::application::{Granted, Number};

use super::shelf::rows_of;
use crate::amend::Amend;
use crate::failure::Failure;
use crate::registry_edit::Draft;
use crate::registry_edit::text::{Row, literal, literals};

const TABLE: &str = "access";

/// The registry with the row of a granted application in it.
pub(super) fn entered<'a>(amend: &'a Amend<'_>, granted: Granted<'_>) -> Result<Draft<'a>, Failure> {
    let asked = granted.application();
    let mut pairs = vec![("consumer", literal(asked.consumer.as_str())), ("service", literal(asked.service.as_str()))];
    pairs.extend(asked.version.as_ref().map(|version| ("version", literal(version.as_str()))));
    if !asked.operations.is_empty() {
        pairs.push(("operations", literals(asked.operations.iter().map(String::as_str))));
    }
    pairs.push(("until", asked.until.to_string()));
    if asked.messages == domain::registry::Messages::Test {
        pairs.push(("messages", literal("test")));
    }
    pairs.push(("ground", literal(&asked.ground)));
    pairs.push(("application", literal(&asked.number.to_string())));
    let mut draft = amend.draft_for(TABLE)?;
    draft.append(TABLE, &pairs)?;
    Ok(draft)
}

/// The registry without the rows of an application.
pub(super) fn removed<'a>(amend: &'a Amend<'_>, number: Number) -> Result<Draft<'a>, Failure> {
    let mut places: Vec<_> = rows_of(amend.registry(), number).map(|row| &row.place).collect();
    let Some(first) = places.first().copied() else {
        return Err(Failure::no(format!("no row of the matrix names application {number}")));
    };
    if let Some(other) = places.iter().find(|place| place.file != first.file) {
        return Err(Failure::no(format!("application {number} has rows in two files: {first} and {other}"))
            .hint("an application has one row: take the other out by hand, then give the command again"));
    }
    // From below: what stands above keeps its line.
    places.sort_by_key(|place| std::cmp::Reverse(place.line));
    let mut draft = amend.draft(&first.file)?;
    for place in places {
        draft.remove(Row::At { table: TABLE, line: place.line })?;
    }
    Ok(draft)
}
