//! The mutations: a guard, the smallest change that takes it away, the test that must notice. Texts are those of the sources; a
//! guard that was rewritten has its line here rewritten too (`every_mutation_still_fits_the_sources` says when).

mod applications;
mod approvals;
mod evidence;
mod exchanges;
mod messages;
mod rights;
mod routing;
mod signatures;

use super::Edit;

/// A guard taken away.
pub(super) struct Mutation {
    /// As `docs/THREATS.md` calls it.
    pub(super) name: &'static str,
    /// Package of the test.
    pub(super) package: &'static str,
    /// Its test, with the modules it stands in.
    pub(super) test: &'static str,
    /// More than one where two guards stand behind each other: without both the attack gets through.
    pub(super) edits: &'static [Edit],
}

/// Every mutation.
pub(super) fn all() -> impl Iterator<Item = &'static Mutation> {
    [
        signatures::MUTATIONS,
        messages::MUTATIONS,
        exchanges::MUTATIONS,
        rights::MUTATIONS,
        routing::MUTATIONS,
        applications::MUTATIONS,
        approvals::MUTATIONS,
        evidence::MUTATIONS,
    ]
    .into_iter()
    .flatten()
}
