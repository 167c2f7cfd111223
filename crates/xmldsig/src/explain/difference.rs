//! Where two canonical texts first differ, told so that a person finds the place in the message.

use crate::tree::{Element, Tree};

use super::tags::{Piece, pieces};

/// Characters shown before the first difference, and from it on.
const BEFORE: usize = 24;
const AFTER: usize = 40;

/// The first difference between what stands in the message and what was signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Line of the message on which the element begins, from 1.
    pub line: u32,
    /// The element, by its local name.
    pub element: String,
    /// Canonical text of the message around the difference.
    pub message: String,
    /// The text that was signed around the difference.
    pub signed: String,
}

/// The first difference; `apex` is what `message` is the canonical form of, without `without`.
pub(super) fn first(
    tree: &Tree,
    apex: Element<'_>,
    without: Option<Element<'_>>,
    message: &[u8],
    signed: &[u8],
) -> Option<Difference> {
    let (message, signed) = (std::str::from_utf8(message).ok()?, std::str::from_utf8(signed).ok()?);
    let same = message.bytes().zip(signed.bytes()).take_while(|(left, right)| left == right).count();
    let same = (0..=same).rev().find(|at| message.is_char_boundary(*at) && signed.is_char_boundary(*at))?;
    let mut at = 0;
    let opened = pieces(message).take_while(|piece| {
        let before = at <= same;
        at += piece.text().len();
        before
    });
    let number = opened.filter(|piece| matches!(piece, Piece::Start(_))).count().saturating_sub(1);
    let inside = |element: &Element<'_>, of: Element<'_>| element.ancestors().any(|ancestor| ancestor == of);
    let element = tree
        .elements()
        .filter(|element| inside(element, apex) && !without.is_some_and(|without| inside(element, without)))
        .nth(number)
        .unwrap_or(apex);
    Some(Difference {
        line: element.line(),
        element: element.local().to_owned(),
        message: around(message, same),
        signed: around(signed, same),
    })
}

fn around(text: &str, at: usize) -> String {
    let (before, after) = text.split_at_checked(at).unwrap_or((text, ""));
    let skipped = before.chars().count().saturating_sub(BEFORE);
    before.chars().skip(skipped).chain(after.chars().take(AFTER)).collect()
}
