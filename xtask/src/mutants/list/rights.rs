//! Guards of rights: the access matrix, what stands against it, and how rights are given.

use super::super::Edit;
use super::Mutation;

/// The model of the matrix.
const MODEL: &str = "matrix_model::permit_agrees_with_the_rules";

/// In the order of the sources.
pub(super) const MUTATIONS: &[Mutation] = &[
    Mutation {
        name: "right-suspended",
        package: "domain",
        test: MODEL,
        edits: &[Edit {
            file: "crates/domain/src/access.rs",
            from: "if let Some((name, row)) = self.suspension(ask.consumer) {",
            to: "if let Some((name, row)) = self.suspension(ask.consumer).filter(|_| false) {",
        }],
    },
    Mutation {
        name: "right-provider-suspended",
        package: "domain",
        test: MODEL,
        edits: &[Edit {
            file: "crates/domain/src/access.rs",
            from: "provider.and_then(|provider| self.suspension(provider)) {",
            to: "provider.and_then(|provider| self.suspension(provider)).filter(|_| false) {",
        }],
    },
    Mutation {
        name: "right-agreement",
        package: "domain",
        test: MODEL,
        edits: &[Edit {
            file: "crates/domain/src/access.rs",
            from: "&& participant.agreement.is_none()",
            to: "&& participant.agreement.is_some()",
        }],
    },
    Mutation {
        name: "right-version-over",
        package: "domain",
        test: MODEL,
        edits: &[Edit {
            file: "crates/domain/src/access.rs",
            from: "service.until.filter(|until| day > *until) {",
            to: "service.until.filter(|until| day >= *until) {",
        }],
    },
    Mutation {
        name: "right-pilot",
        package: "domain",
        test: MODEL,
        edits: &[Edit {
            file: "crates/domain/src/access.rs",
            from: "(real && service.stage == Stage::Pilot)",
            to: "(real && false && service.stage == Stage::Pilot)",
        }],
    },
    Mutation {
        name: "right-test-only",
        package: "domain",
        test: MODEL,
        edits: &[Edit {
            file: "crates/domain/src/access.rs",
            from: "if row.messages == Messages::Test && !ask.test {",
            to: "if row.messages == Messages::Test && !ask.test && false {",
        }],
    },
    Mutation {
        name: "right-last-day",
        package: "domain",
        test: MODEL,
        edits: &[Edit {
            file: "crates/domain/src/access.rs",
            from: "row.until.filter(|until| day > *until)",
            to: "row.until.filter(|until| day > *until && false)",
        }],
    },
];
