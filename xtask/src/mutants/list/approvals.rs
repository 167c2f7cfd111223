//! Guards of the two-person rule.

use super::super::Edit;
use super::Mutation;

const FILE: &str = "crates/office/src/approval.rs";

/// In the order of the sources.
pub(super) const MUTATIONS: &[Mutation] = &[
    Mutation {
        name: "approval-value",
        package: "office",
        test: "approval::tests::a_signature_moved_to_another_digest_does_not_count",
        edits: &[Edit {
            file: FILE,
            from: "if !signature.holds(node, officer) {",
            to: "if !signature.holds(node, officer) && false {",
        }],
    },
    Mutation {
        name: "approval-enough",
        package: "office",
        test: "approval::tests::one_signature_is_not_enough",
        edits: &[Edit { file: FILE, from: "self.signed.len() >= PERSONS", to: "!self.signed.is_empty()" }],
    },
    Mutation {
        name: "approval-operator",
        package: "office",
        test: "approval::tests::an_unknown_certificate_does_not_count",
        edits: &[Edit {
            file: FILE,
            from: "let of_operator = registry.officers().iter().filter(|officer| officer.side == Side::Operator);",
            to: "let of_operator = registry.officers().iter();",
        }],
    },
    Mutation {
        name: "approval-same-person",
        package: "office",
        test: "approval::tests::the_same_officer_twice_is_one_person",
        edits: &[Edit {
            file: FILE,
            from: "counted.iter().any(|known| known.is_same_person(officer))",
            to: "counted.iter().any(|known| known.is_same_person(officer) && false)",
        }],
    },
    Mutation {
        name: "approval-digest",
        package: "office",
        test: "approval::tests::a_signature_over_another_digest_does_not_count",
        edits: &[Edit {
            file: FILE,
            from: "if signature.protected != protected {",
            to: "if signature.protected != protected && false {",
        }],
    },
    Mutation {
        name: "approval-after",
        package: "office",
        test: "approval::tests::signatures_of_the_past_do_not_bring_back_what_was_taken_away",
        edits: &[Edit {
            file: FILE,
            from: "if after.is_some_and(|after| signature.after != after) {",
            to: "if after.is_some_and(|after| signature.after != after && false) {",
        }],
    },
    Mutation {
        name: "approval-in-office",
        package: "office",
        test: "approval::tests::an_officer_out_of_date_does_not_count",
        edits: &[Edit {
            file: FILE,
            from: "if is_in_office(officer, moment) { Ok(officer) }",
            to: "if is_in_office(officer, moment) || true { Ok(officer) }",
        }],
    },
    Mutation {
        name: "approval-before",
        package: "rsmev",
        test: "states::two_persons_are_not_switched_off_by_one",
        edits: &[Edit {
            file: FILE,
            from: "let before = old.is_some_and(|old| old.approval().two_persons",
            to: "let before = old.is_some_and(|old| old.approval().two_persons && false",
        }],
    },
];
