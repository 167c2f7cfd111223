//! Tests of the whole way of a message through its states.

mod archives;
mod attacks;
mod faults;
mod fields;
pub(crate) mod fixtures;
mod format;
mod frames;
mod identities;
mod officials;
mod sealing;
mod splicing;
mod values;
mod verification;
mod zip;
