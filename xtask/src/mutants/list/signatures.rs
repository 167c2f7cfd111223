//! Guards of crate `xmldsig`: structure, references, methods, blocks, keys.

use super::super::Edit;
use super::Mutation;

/// In the order of the sources.
pub(super) const MUTATIONS: &[Mutation] = &[
    Mutation {
        name: "references-counted",
        package: "rsmev",
        test: "attacks::references::ten_thousand_references_and_prefixes",
        edits: &[Edit {
            file: "crates/xmldsig/src/profile.rs",
            from: "const MAX_REFERENCES: usize = 3;",
            to: "const MAX_REFERENCES: usize = 30_000;",
        }],
    },
    Mutation {
        name: "references-distinct",
        package: "rsmev",
        test: "attacks::references::ten_thousand_references_and_prefixes",
        edits: &[Edit {
            file: "crates/xmldsig/src/verify.rs",
            from: "if pinned.iter().any(|other| other.element == target.element) {",
            to: "if pinned.iter().any(|_| false) {",
        }],
    },
    Mutation {
        name: "prefixes-counted",
        package: "rsmev",
        test: "attacks::references::ten_thousand_references_and_prefixes",
        edits: &[Edit {
            file: "crates/xmldsig/src/profile.rs",
            from: "if list.len() > MAX_PREFIXES {",
            to: "if list.len() > usize::MAX - MAX_PREFIXES {",
        }],
    },
    Mutation {
        name: "address-is-an-id",
        package: "rsmev",
        test: "attacks::references::reference_addresses",
        edits: &[
            Edit {
                file: "crates/xmldsig/src/profile.rs",
                from: r#"uri.strip_prefix('#').ok_or(Error::BadSecurity { what: "a reference is not of the form #id" })?"#,
                to: "uri.strip_prefix('#').unwrap_or(uri)",
            },
            Edit {
                file: "crates/xmldsig/src/profile.rs",
                from: "if is_id(id) { Ok(id) } else",
                to: "if id.len() < 10_000 { Ok(id) } else",
            },
            Edit {
                file: "crates/xmldsig/src/judge.rs",
                from: "(*raw).enabledReferenceUris = ffi::xmlSecTransformUriTypeSameDocument;",
                to: "(*raw).enabledReferenceUris = 0xFFFF;",
            },
        ],
    },
    Mutation {
        name: "transforms-closed",
        package: "rsmev",
        test: "attacks::references::transforms",
        edits: &[Edit {
            file: "crates/xmldsig/src/profile.rs",
            from: "if uri != EXCLUSIVE_C14N && uri != ENVELOPED_SIGNATURE {",
            to: "if uri.is_empty() {",
        }],
    },
    Mutation {
        name: "transforms-ordered",
        package: "rsmev",
        test: "attacks::references::transforms",
        edits: &[Edit { file: "crates/xmldsig/src/profile.rs", from: "if !ordered {", to: "if !ordered && false {" }],
    },
    Mutation {
        name: "methods-without-parameters",
        package: "rsmev",
        test: "attacks::algorithms::truncated_methods",
        edits: &[Edit {
            file: "crates/xmldsig/src/profile.rs",
            from: "        let uri = self.method_uri()?;\n        empty(self.method)?;",
            to: "        let uri = self.method_uri()?;",
        }],
    },
    Mutation {
        name: "attributes-by-full-name",
        package: "rsmev",
        test: "attacks::wrapping::look_alike_names_and_polluted_attributes",
        edits: &[Edit {
            file: "crates/xmldsig/src/profile.rs",
            from: "attribute.namespace().is_empty() && names.contains(&attribute.local())",
            to: "names.contains(&attribute.local())",
        }],
    },
    Mutation {
        name: "no-comments-in-signed-info",
        package: "rsmev",
        test: "attacks::references::comments_instructions_and_sections_in_values",
        edits: &[Edit {
            file: "crates/xmldsig/src/profile.rs",
            from: "            Node::Text(_) | Node::Other => {\n                return Err(Error::BadSecurity { what: \"text or a comment where only elements may stand\" });\n            }",
            to: "            Node::Text(_) | Node::Other => {}",
        }],
    },
    Mutation {
        name: "digest-length",
        package: "rsmev",
        test: "attacks::references::digests_loose_short_and_void",
        edits: &[Edit {
            file: "crates/xmldsig/src/profile.rs",
            from: "if digest.len() != digest_algorithm.bytes() {",
            to: "if digest.len() > 1024 {",
        }],
    },
    Mutation {
        name: "value-length",
        package: "rsmev",
        test: "attacks::keys::malformed_signature_values",
        edits: &[Edit {
            file: "crates/xmldsig/src/profile.rs",
            from: "if fits { Ok(value) } else",
            to: "if fits || !value.is_empty() { Ok(value) } else",
        }],
    },
    Mutation {
        name: "canonicalization-closed",
        package: "rsmev",
        test: "attacks::references::comments_instructions_and_sections_in_values",
        edits: &[Edit {
            file: "crates/xmldsig/src/profile.rs",
            from: "        if uri != EXCLUSIVE_C14N {",
            to: "        if uri.is_empty() {",
        }],
    },
    Mutation {
        name: "signature-methods-closed",
        package: "rsmev",
        test: "attacks::algorithms::every_method_with_an_rsa_key",
        edits: &[Edit {
            file: "crates/xmldsig/src/algorithm.rs",
            from: r#"    ("http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", Algorithm::RsaSha256),"#,
            to: "    (\"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256\", Algorithm::RsaSha256),\n    (\"http://www.w3.org/2000/09/xmldsig#rsa-sha1\", Algorithm::RsaSha256),",
        }],
    },
    Mutation {
        name: "method-fits-key",
        package: "rsmev",
        test: "attacks::algorithms::every_method_with_every_kind_of_key",
        edits: &[Edit {
            file: "crates/xmldsig/src/verify.rs",
            from: "if certificate.public_key().algorithm() != algorithm {",
            to: "if certificate.public_key().algorithm() != algorithm && false {",
        }],
    },
    Mutation {
        name: "contour-decides-methods",
        package: "rsmev",
        test: "attacks::algorithms::test_algorithms_in_a_gost_contour",
        edits: &[
            Edit {
                file: "crates/xmldsig/src/verify.rs",
                from: "if policy.algorithms == Algorithms::Gost && !algorithm.is_gost() {",
                to: "if policy.algorithms == Algorithms::Gost && false {",
            },
            Edit {
                file: "crates/xmldsig/src/verify.rs",
                from: "DigestAlgorithm::Sha256 => allowed == Algorithms::GostAndTest && !algorithm.is_gost(),",
                to: "DigestAlgorithm::Sha256 => !algorithm.is_gost() || allowed == Algorithms::GostAndTest,",
            },
        ],
    },
    Mutation {
        name: "digest-fits-method",
        package: "rsmev",
        test: "attacks::algorithms::every_digest_method",
        edits: &[Edit {
            file: "crates/xmldsig/src/verify.rs",
            from: "DigestAlgorithm::Gost94 => algorithm == Algorithm::Gost2001,",
            to: "DigestAlgorithm::Gost94 => true,",
        }],
    },
    Mutation {
        name: "body-covered",
        package: "rsmev",
        test: "attacks::blocks::partial_coverage",
        edits: &[Edit {
            file: "crates/xmldsig/src/verify.rs",
            from: "if !pinned.iter().any(|pinned| pinned.part == *part) {",
            to: "if pinned.is_empty() {",
        }],
    },
    Mutation {
        name: "body-by-position",
        package: "rsmev",
        test: "attacks::wrapping::signed_body_moved_and_a_forged_one_in_its_place",
        edits: &[Edit {
            file: "crates/xmldsig/src/soap.rs",
            from: "if element == self.body {",
            to: r#"if element == self.body || element.is(SOAP, "Body") {"#,
        }],
    },
    Mutation {
        name: "one-id-one-element",
        package: "rsmev",
        test: "attacks::blocks::one_id_on_two_elements_in_every_pair_of_spellings",
        edits: &[Edit {
            file: "crates/xmldsig/src/tree.rs",
            from: "if bearer.is_some_and(|other| other != element) {",
            to: "if bearer.is_some_and(|other| other != element) && false {",
        }],
    },
    Mutation {
        name: "one-block-per-actor",
        package: "rsmev",
        test: "attacks::blocks::actors_wrong_absent_and_doubled",
        edits: &[Edit {
            file: "crates/xmldsig/src/soap.rs",
            from: "(Some(block), None) => Ok(block),\n            (Some(_), Some(_)) => Err(Error::SeveralSecurity { actor }),",
            to: "(Some(block), _) => Ok(block),",
        }],
    },
    Mutation {
        name: "actor-by-full-name",
        package: "rsmev",
        test: "attacks::blocks::actors_wrong_absent_and_doubled",
        edits: &[
            Edit {
                file: "crates/xmldsig/src/soap.rs",
                from: r#"block.attribute(SOAP, "actor") == Some(actor.uri())"#,
                to: r#"block.attributes().any(|found| found.local() == "actor" && found.value() == Some(actor.uri()))"#,
            },
            Edit {
                file: "crates/gateway/src/stage/verify.rs",
                from: "envelope.fields().security_actors.iter().flatten().any(|found| found == actor.uri())",
                to: "actor == Actor::Sender || envelope.fields().security_actors.iter().flatten().any(|found| found == actor.uri())",
            },
        ],
    },
    Mutation {
        name: "one-signature-per-block",
        package: "rsmev",
        test: "attacks::blocks::several_signatures_in_one_block",
        edits: &[Edit {
            file: "crates/xmldsig/src/security.rs",
            from: "(Some(signature), None) => Signature::read(signature)?,\n            (Some(_), Some(_)) => return Err(Error::SeveralSignatures),",
            to: "(Some(signature), _) => Signature::read(signature)?,",
        }],
    },
    Mutation {
        name: "token-in-its-block",
        package: "rsmev",
        test: "attacks::wrapping::token_moved_doubled_or_shared",
        edits: &[Edit {
            file: "crates/xmldsig/src/security.rs",
            from: ".filter(|_| bearer.parent() == Some(block))",
            to: "",
        }],
    },
    Mutation {
        name: "one-token-per-block",
        package: "rsmev",
        test: "attacks::wrapping::token_moved_doubled_or_shared",
        edits: &[Edit {
            file: "crates/xmldsig/src/security.rs",
            from: "if block.children().filter_map(Token::of).count() > 1 {",
            to: "if block.children().filter_map(Token::of).count() > 1_000 {",
        }],
    },
    Mutation {
        name: "token-type",
        package: "rsmev",
        test: "attacks::keys::tokens_of_other_kinds_and_broken_ones",
        edits: &[Edit {
            file: "crates/xmldsig/src/profile.rs",
            from: "if value_type == X509_V3 { Ok(()) } else",
            to: "if value_type.len() < 1_000 { Ok(()) } else",
        }],
    },
    Mutation {
        name: "key-info-is-a-token",
        package: "rsmev",
        test: "attacks::keys::keys_that_the_message_brings_along",
        edits: &[Edit {
            file: "crates/xmldsig/src/profile.rs",
            from: "        let [hint] = key_info.as_slice() else {",
            to: "        let [hint, ..] = key_info.as_slice() else {",
        }],
    },
    Mutation {
        name: "void-canonical-form",
        package: "rsmev",
        test: "attacks::references::digests_loose_short_and_void",
        edits: &[Edit {
            file: "crates/xmldsig/src/judge.rs",
            from: r#"return Err(Error::BadSecurity { what: "a signed part has no canonical form" });"#,
            to: "return Ok(Judgement { references: references.iter().map(|_| Judged { holds: true, octets: b\"<soap:Body xmlns:soap=\\\"http://schemas.xmlsoap.org/soap/envelope/\\\"/>\".to_vec() }).collect(), value: true });",
        }],
    },
    Mutation {
        name: "value-of-the-signature",
        package: "rsmev",
        test: "attacks::keys::malformed_signature_values",
        edits: &[Edit {
            file: "crates/xmldsig/src/judge.rs",
            from: "value: status == ffi::xmlSecDSigStatusSucceeded })",
            to: "value: status == ffi::xmlSecDSigStatusSucceeded || status != ffi::xmlSecDSigStatusSucceeded })",
        }],
    },
];
