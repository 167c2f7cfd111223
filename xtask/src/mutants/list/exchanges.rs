//! Guards of gateway, trust, matrix and HTTP: who speaks, once, to whom, within which bounds.

use super::super::Edit;
use super::Mutation;

/// In the order of the sources.
pub(super) const MUTATIONS: &[Mutation] = &[
    Mutation {
        name: "foreign-headers-dropped",
        package: "rsmev",
        test: "attacks::wrapping::forged_copy_in_the_header_stays_behind",
        edits: &[Edit {
            file: "crates/gateway/src/stage/seal.rs",
            from: "Rule::Drop => ForeignHeaders::Drop,",
            to: "Rule::Drop => ForeignHeaders::Keep,",
        }],
    },
    Mutation {
        name: "officials-demanded",
        package: "rsmev",
        test: "attacks::attachments::officials_required",
        edits: &[Edit {
            file: "crates/gateway/src/stage/officials.rs",
            from: "if rule == Rule::Require { demand",
            to: "if rule == Rule::Require && false { demand",
        }],
    },
    Mutation {
        name: "signer-is-a-system",
        package: "rsmev",
        test: "attacks::keys::foreign_keys_and_foreign_names",
        edits: &[Edit {
            file: "crates/gateway/src/snapshot.rs",
            from: "        if !accept(owner) {",
            to: "        if !accept(owner) && false {",
        }],
    },
    Mutation {
        name: "sender-is-the-signer",
        package: "rsmev",
        test: "attacks::keys::foreign_keys_and_foreign_names",
        edits: &[Edit {
            file: "crates/gateway/src/stage/verify.rs",
            from: "        && !system.is_called(&claimed.code)",
            to: "        && !system.is_called(&claimed.code)\n        && false",
        }],
    },
    Mutation {
        name: "federal-through-its-node",
        package: "rsmev",
        test: "attacks::keys::foreign_keys_and_foreign_names",
        edits: &[Edit {
            file: "crates/gateway/src/stage/verify.rs",
            from: "if federal && verified.node_signature().is_none() {",
            to: "if federal && verified.node_signature().is_none() && false {",
        }],
    },
    Mutation {
        name: "signature-before-token",
        package: "rsmev",
        test: "attacks::blocks::bearer_tokens",
        edits: &[Edit {
            file: "crates/gateway/src/stage/verify.rs",
            from: "Some(token) if !signed =>",
            to: "Some(token) if !signed || token.len() > 8 =>",
        }],
    },
    Mutation {
        name: "once",
        package: "rsmev",
        test: "attacks::replay::message_sent_again",
        edits: &[Edit {
            file: "crates/gateway/src/repeats.rs",
            from: ".filter(|earlier| earlier.until >= now)",
            to: ".filter(|earlier| earlier.until < now)",
        }],
    },
    Mutation {
        name: "once-across-restarts",
        package: "rsmev",
        test: "attacks::replay::message_sent_again_after_a_restart",
        edits: &[Edit {
            file: "crates/rsmev/src/serve/recall.rs",
            from: "        gateway.recall(*digest, *exchange, *at);",
            to: "        let _ = (gateway, digest, exchange, at);",
        }],
    },
    Mutation {
        name: "date-of-now",
        package: "rsmev",
        test: "attacks::replay::dates_old_ahead_absent_and_none",
        edits: &[Edit {
            file: "crates/gateway/src/stage/once.rs",
            from: "if now.duration_since(date).abs() <= allowed { Ok(()) } else { Err(stale()) }",
            to: "if now.duration_since(date).abs() <= allowed { Ok(()) } else { Ok(()) }",
        }],
    },
    Mutation {
        name: "answer-of-this-request",
        package: "rsmev",
        test: "attacks::answers::answer_of_another_request",
        edits: &[Edit {
            file: "crates/gateway/src/stage/check_reply.rs",
            from: "    refers_to(way, fields.request_id_ref.as_deref(), request)\n}",
            to: "    refers_to(way, None, request)\n}",
        }],
    },
    Mutation {
        name: "action-of-the-operation",
        package: "rsmev",
        test: "attacks::dispatch::soap_action_of_another_operation",
        edits: &[Edit {
            file: "crates/gateway/src/stage/forward.rs",
            from: "told.or_else(|| request.incoming.soap_action.clone())",
            to: "request.incoming.soap_action.clone().or(told)",
        }],
    },
    Mutation {
        name: "operations-listed",
        package: "rsmev",
        test: "attacks::dispatch::operation_of_another_service",
        edits: &[Edit {
            file: "crates/domain/src/access.rs",
            from: "if !operations.is_empty() && !listed {",
            to: "if !operations.is_empty() && !listed && false {",
        }],
    },
    Mutation {
        name: "certificate-dates",
        package: "rsmev",
        test: "attacks::certificates::certificate_zoo",
        edits: &[Edit {
            file: "crates/pki/src/trust/mod.rs",
            from: "if moments.passed(certificate.not_after()) {",
            to: "if moments.passed(certificate.not_after()) && false {",
        }],
    },
    Mutation {
        name: "certificate-use",
        package: "rsmev",
        test: "attacks::certificates::certificate_zoo",
        edits: &[Edit {
            file: "crates/pki/src/trust/mod.rs",
            from: "if let Some(found) = profile.other_usage() {",
            to: "if let Some(found) = profile.other_usage().filter(String::is_empty) {",
        }],
    },
    Mutation {
        name: "critical-extensions",
        package: "rsmev",
        test: "attacks::certificates::certificate_zoo",
        edits: &[Edit {
            file: "crates/pki/src/trust/mod.rs",
            from: "match profile.unknown_critical {",
            to: "match profile.unknown_critical.filter(|_| false) {",
        }],
    },
    Mutation {
        name: "certificate-path",
        package: "rsmev",
        test: "attacks::certificates::certificate_zoo",
        edits: &[Edit {
            file: "crates/pki/src/trust/path.rs",
            from: "self.take().map(|()| certificate.is_signed_by(key).is_ok())",
            to: "self.take().map(|()| certificate.is_signed_by(key).is_ok() || true)",
        }],
    },
    Mutation {
        name: "lists-demanded",
        package: "rsmev",
        test: "attacks::certificates::revocation_lists_stale_missing_or_forged",
        edits: &[Edit {
            file: "crates/pki/src/trust/revocation.rs",
            from: "Choice::None if trust.policy.need == CrlNeed::Always => {",
            to: "Choice::None if trust.policy.need == CrlNeed::Always && false => {",
        }],
    },
    Mutation {
        name: "list-signed",
        package: "rsmev",
        test: "attacks::certificates::revocation_lists_stale_missing_or_forged",
        edits: &[Edit {
            file: "crates/pki/src/trust/path.rs",
            from: "self.take().map(|()| list.is_signed_by(key))",
            to: "self.take().map(|()| list.is_signed_by(key) || true)",
        }],
    },
    Mutation {
        name: "host-once",
        package: "rsmev",
        test: "attacks::framing::heads",
        edits: &[Edit {
            file: "crates/rsmev/src/serve/soap.rs",
            from: "if hosts > 1 || (hosts == 0",
            to: "if hosts > 100 || (hosts > 100",
        }],
    },
    Mutation {
        name: "body-length",
        package: "rsmev",
        test: "attacks::oversized::bodies_larger_than_any_message",
        edits: &[Edit {
            file: "crates/rsmev/src/serve/body.rs",
            from: "        if length > max {",
            to: "        if length > usize::MAX - max {",
        }],
    },
    Mutation {
        name: "head-in-time",
        package: "rsmev",
        test: "attacks::framing::clients_that_take_their_time",
        edits: &[Edit {
            file: "crates/rsmev/src/serve/listener.rs",
            from: "            .header_read_timeout(self.bounds.idle)\n",
            to: "            .header_read_timeout(self.bounds.idle * 90)\n",
        }],
    },
    Mutation {
        name: "path-by-the-letter",
        package: "rsmev",
        test: "attacks::dispatch::paths",
        edits: &[Edit {
            file: "crates/rsmev/src/serve/soap.rs",
            from: "let rest = path.strip_prefix(SERVICES)?;",
            to: "let rest = path.split_once(SERVICES).map(|(_, rest)| rest)?;",
        }],
    },
];
