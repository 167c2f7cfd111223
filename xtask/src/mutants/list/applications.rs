//! Guards of decisions about access: the cases of `office`.

use super::Mutation;
use crate::mutants::Edit;

const CASE: &str = "crates/office/src/application/case.rs";

pub(super) const MUTATIONS: &[Mutation] = &[
    Mutation {
        name: "lines-in-a-chain",
        package: "office",
        test: "application::tests::a_removed_line_is_found_with_its_place",
        edits: &[Edit {
            file: CASE,
            from: "if line.prev != self.head() {",
            to: "if line.prev != self.head() && text.is_empty() {",
        }],
    },
    Mutation {
        name: "decision-is-signed-over-its-line",
        package: "office",
        test: "application::tests::a_foreign_signature_does_not_hold",
        edits: &[Edit {
            file: CASE,
            from: "|| key.verify(signed.as_bytes(), &octets).is_err() {",
            to: "|| octets.is_empty() {",
        }],
    },
    Mutation {
        name: "officer-in-office",
        package: "office",
        test: "application::tests::an_officer_out_of_office_decides_nothing_and_what_he_decided_before_stays",
        edits: &[Edit {
            file: CASE,
            from: ".filter(|officer| officer.until.is_none_or(|until| day <= until))",
            to: ".filter(|officer| officer.until.is_none_or(|until| until.year() > 0))",
        }],
    },
    Mutation {
        name: "owner-consents",
        package: "office",
        test: "application::tests::another_agency_cannot_consent_for_the_owner",
        edits: &[Edit {
            file: CASE,
            from: "signers.iter().find(|officer| officer.side == *needed)",
            to: "signers.iter().find(|officer| officer.side == *needed || signers.len() == 1)",
        }],
    },
    Mutation {
        name: "no-grant-before-consent",
        package: "office",
        test: "application::tests::nobody_grants_before_the_owner_has_agreed",
        edits: &[
            Edit {
                file: CASE,
                from: "(Event::Grant { .. }, State::ConsentAsked) => {",
                to: "(Event::Grant { .. }, State::Withdrawn) => {",
            },
            Edit {
                file: CASE,
                from: "(Event::Grant { persons }, State::Submitted | State::Consented) => {",
                to: "(Event::Grant { persons }, State::Submitted | State::Consented | State::ConsentAsked) => {",
            },
        ],
    },
    Mutation {
        name: "who-asked-does-not-decide",
        package: "office",
        test: "application::tests::who_made_the_application_is_none_of_the_two_persons",
        edits: &[Edit {
            file: CASE,
            from: "Some(requester) if requester.is_same_person(officer) => {",
            to: "Some(requester) if requester.is_same_person(officer) && persons > 2 => {",
        }],
    },
    Mutation {
        name: "two-persons-differ",
        package: "office",
        test: "application::tests::two_persons_are_two_persons",
        edits: &[Edit { file: CASE, from: "if persons == 2 && before.iter()", to: "if persons > 2 && before.iter()" }],
    },
];
