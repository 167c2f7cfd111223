//! Guards of what auditors take away: case files, tables, and the trail of looks.

use super::super::Edit;
use super::Mutation;

/// In the order of the sources.
pub(super) const MUTATIONS: &[Mutation] = &[
    Mutation {
        name: "path-to-the-signed-root",
        package: "rsmev",
        test: "command::journal::verify::case::tests::a_path_changed_does_not_lead_to_the_signed_root",
        edits: &[Edit {
            file: "crates/journal/src/proof.rs",
            from: "Some(root) if root == head.root => Ok(()),",
            to: "Some(root) if root == head.root || true => Ok(()),",
        }],
    },
    Mutation {
        name: "case-file-bounds",
        package: "rsmev",
        test: "case::archive::tests::zip_bomb_is_not_inflated",
        edits: &[Edit {
            file: "crates/rsmev/src/case/archive.rs",
            from: "inflated > INFLATED_OCTETS_MAX || !roomy(size, packed) {",
            to: "inflated > INFLATED_OCTETS_MAX {",
        }],
    },
    Mutation {
        name: "no-formula-in-a-cell",
        package: "rsmev",
        test: "command::journal::csv::tests::a_sender_cannot_put_a_formula_into_the_auditors_spreadsheet",
        edits: &[Edit {
            file: "crates/rsmev/src/command/journal/csv.rs",
            from: "let guard = if formula { \"'\" } else { \"\" };",
            to: "let guard = if formula { \"\" } else { \"\" };",
        }],
    },
    Mutation {
        name: "no-look-without-a-trail",
        package: "rsmev",
        test: "auditing::messages_are_shown_for_a_reason_and_the_look_is_on_record",
        edits: &[Edit {
            file: "crates/rsmev/src/command/journal/trail.rs",
            from: "    if must {\n        return Err(",
            to: "    if must && false {\n        return Err(",
        }],
    },
    Mutation {
        name: "case-follows-from-evidence",
        package: "rsmev",
        test: "command::journal::verify::case::tests::any_file_of_a_case_changed_is_found_also_when_the_manifest_is_made_anew",
        edits: &[Edit {
            file: "crates/rsmev/src/command/journal/verify/case.rs",
            from: "    if differing.is_empty() {",
            to: "    if differing.is_empty() || true {",
        }],
    },
    Mutation {
        name: "node-is-the-named-one",
        package: "rsmev",
        test: "command::journal::verify::case::tests::a_checkpoint_of_another_key_is_not_the_nodes",
        edits: &[Edit {
            file: "crates/rsmev/src/command/journal/verify/case.rs",
            from: "    if known.contain(sha256) {",
            to: "    if known.contain(sha256) || true {",
        }],
    },
];
