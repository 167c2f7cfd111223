//! Guards of routing at run time: what is tried out, what rests, whose evidence it is.

use super::super::Edit;
use super::Mutation;

/// In the order of the sources.
pub(super) const MUTATIONS: &[Mutation] = &[
    Mutation {
        name: "canary-goes-back",
        package: "gateway",
        test: "routing::a_canary_that_fails_goes_back_by_itself_and_stays_back_until_it_is_told_to_try_again",
        edits: &[Edit {
            file: "crates/gateway/src/canary.rs",
            from: "if !tried.return_at.is_some_and(|percent| tally.reaches(percent)) {",
            to: "if !tried.return_at.is_some_and(|percent| tally.reaches(percent)) || true {",
        }],
    },
    Mutation {
        name: "canary-stays-back-after-a-restart",
        package: "rsmev",
        test: "routing::a_canary_that_fails_goes_back_by_itself_also_across_a_restart_until_told_to_try_again",
        edits: &[Edit {
            file: "crates/gateway/src/gateway.rs",
            from: "self.canaries.recall(returned);",
            to: "drop(returned);",
        }],
    },
    Mutation {
        name: "only-the-endpoint-counts",
        package: "gateway",
        test: "routing::only_what_the_endpoint_did_counts_against_it",
        edits: &[Edit {
            file: "crates/gateway/src/stage/check_reply.rs",
            from: "local.split('.').next() == Some(\"Server\")",
            to: "!local.is_empty()",
        }],
    },
    Mutation {
        name: "one-side-for-a-conversation",
        package: "gateway",
        test: "routing::all_messages_of_a_conversation_go_to_one_side",
        edits: &[Edit {
            file: "crates/gateway/src/way.rs",
            from: "let first = [&fields.origin_request_id_ref, &fields.request_id_ref].into_iter().flatten();",
            to: "let first = [&fields.request_id_ref, &fields.origin_request_id_ref].into_iter().flatten();",
        }],
    },
    Mutation {
        name: "nobody-calls-what-rests",
        package: "gateway",
        test: "routing::a_service_in_maintenance_is_not_called_and_nothing_of_the_request_is_spent",
        edits: &[Edit {
            file: "crates/gateway/src/pipeline.rs",
            from: "maintenance(way, &destination)?;",
            to: "let _ = maintenance(way, &destination);",
        }],
    },
    Mutation {
        name: "agencies-of-the-key-alone",
        package: "gateway",
        test: "routing::agencies_behind_one_key_have_each_their_own_evidence",
        edits: &[Edit {
            file: "crates/gateway/src/stage/verify.rs",
            from: "agencies.iter().find(|agency| agency.as_str() == named).cloned()",
            to: "agencies.first().and_then(|_| ParticipantCode::new(named).ok())",
        }],
    },
];
