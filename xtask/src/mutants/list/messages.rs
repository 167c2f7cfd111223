//! Guards of crate `envelope`: one reader, one Body, limits, MIME, archives.

use super::super::Edit;
use super::Mutation;

/// In the order of the sources.
pub(super) const MUTATIONS: &[Mutation] = &[
    Mutation {
        name: "fields-read-from-signed-octets",
        package: "envelope",
        test: "tests::verification::fields_that_differ_from_the_signed_octets",
        edits: &[Edit {
            file: "crates/envelope/src/verify.rs",
            from: "fields.body_difference(&again).map_or(Ok(()), |field| Err(Error::ReadDiffers { field }))",
            to: "fields.body_difference(&again).map_or(Ok(()), |_| Ok(()))",
        }],
    },
    Mutation {
        name: "one-body",
        package: "rsmev",
        test: "attacks::wrapping::forged_copy_beside_the_signed_body",
        edits: &[
            Edit {
                file: "crates/envelope/src/read/envelope.rs",
                from: "                if found.is_some() {\n                    return Err(Error::SeveralBodies);\n                }\n",
                to: "",
            },
            Edit {
                file: "crates/xmldsig/src/soap.rs",
                from: "match (next, children.next()) {\n            (Some(body), None) if",
                to: "match (next, children.next().filter(|_| false)) {\n            (Some(body), None) if",
            },
        ],
    },
    Mutation {
        name: "nothing-beside-the-body",
        package: "rsmev",
        test: "attacks::parsers::instructions_and_text_outside_the_body",
        edits: &[
            Edit {
                file: "crates/envelope/src/read/envelope.rs",
                from: "Child::Element(child) => return Err(misplaced(&tokens, &child)),",
                to: "Child::Element(_) => drop(skip(&mut tokens)?),",
            },
            Edit {
                file: "crates/xmldsig/src/soap.rs",
                from: "match (next, children.next()) {\n            (Some(body), None) if",
                to: "match (next, children.next().filter(|_| false)) {\n            (Some(body), None) if",
            },
        ],
    },
    Mutation {
        name: "one-operation",
        package: "rsmev",
        test: "attacks::wrapping::second_message_signed_by_the_sender_himself",
        edits: &[Edit {
            file: "crates/envelope/src/read/body.rs",
            from: "Child::Element(_) => Err(Error::SeveralOperations),\n        Child::End(span) => Ok((content, span.end)),",
            to: "Child::Element(_) => { skip(tokens)?; match next_block(tokens, \"Body\")? { Child::End(span) => Ok((content, span.end)), Child::Element(_) => Err(Error::SeveralOperations) } }\n        Child::End(span) => Ok((content, span.end)),",
        }],
    },
    Mutation {
        name: "no-hidden-message",
        package: "rsmev",
        test: "attacks::wrapping::second_message_signed_by_the_sender_himself",
        edits: &[Edit {
            file: "crates/envelope/src/read/mod.rs",
            from: "if decisive && tokens.name",
            to: "if decisive && false && tokens.name",
        }],
    },
    Mutation {
        name: "no-comment-in-a-field",
        package: "rsmev",
        test: "attacks::parsers::comments_and_instructions_in_routing_fields",
        edits: &[Edit {
            file: "crates/envelope/src/read/mod.rs",
            from: "            Token::Remark => {\n                return Err(Error::CommentInField { field, line: tokens.line() });\n            }",
            to: "            Token::Remark => {}",
        }],
    },
    Mutation {
        name: "field-once",
        package: "rsmev",
        test: "attacks::parsers::comments_and_instructions_in_routing_fields",
        edits: &[Edit {
            file: "crates/envelope/src/read/message.rs",
            from: "        if outline.order.contains(&field) {\n            return Err(Error::RepeatedField { field: field.name(), line: tokens.line() });\n        }\n",
            to: "",
        }],
    },
    Mutation {
        name: "no-document-type",
        package: "rsmev",
        test: "attacks::parsers::document_types_and_entities",
        edits: &[
            Edit {
                file: "crates/envelope/src/xml/tokens.rs",
                from: "Event::DocType(_) => Err(Error::DoctypeForbidden),",
                to: "Event::DocType(_) => Ok(Token::Remark),",
            },
            Edit {
                file: "crates/xmldsig/src/tree.rs",
                from: "            (*(*context).sax).internalSubset = Some(refuse_doctype);\n",
                to: "",
            },
            Edit {
                file: "crates/xmldsig/src/tree.rs",
                from: "if !document.intSubset.is_null() || unsafe",
                to: "if unsafe",
            },
        ],
    },
    Mutation {
        name: "no-instruction-around-the-body",
        package: "rsmev",
        test: "attacks::parsers::instructions_and_text_outside_the_body",
        edits: &[Edit {
            file: "crates/envelope/src/xml/tokens.rs",
            from: "if self.instructions == Instructions::Refused {",
            to: "if self.instructions == Instructions::Refused && false {",
        }],
    },
    Mutation {
        name: "charset-is-utf-8",
        package: "rsmev",
        test: "attacks::parsers::encodings",
        edits: &[Edit { file: "crates/envelope/src/mime/mod.rs", from: "            read.demand_utf8()?;\n", to: "" }],
    },
    Mutation {
        name: "canonical-size",
        package: "rsmev",
        test: "attacks::oversized::canonical_forms_larger_than_the_message",
        edits: &[Edit {
            file: "crates/xmldsig/src/tree.rs",
            from: ".checked_sub(element.namespace_names_written())",
            to: ".checked_sub(element.namespace_names_written().min(0))",
        }],
    },
    Mutation {
        name: "no-content-encoding",
        package: "rsmev",
        test: "attacks::oversized::codings_that_are_named_and_not_there",
        edits: &[Edit {
            file: "crates/rsmev/src/serve/soap.rs",
            from: "        if is_encoded(&head.headers) {",
            to: "        if is_encoded(&head.headers) && false {",
        }],
    },
    Mutation {
        name: "signed-blocks-stay",
        package: "rsmev",
        test: "attacks::interop::signed_block_of_the_header_travels_on",
        edits: &[Edit {
            file: "crates/envelope/src/seal.rs",
            from: "foreign == ForeignHeaders::Drop && block.signed == Signed::Nothing",
            to: "foreign == ForeignHeaders::Drop",
        }],
    },
    Mutation {
        name: "half-signed-blocks",
        package: "rsmev",
        test: "attacks::interop::signed_block_inside_a_block_of_somebody_else",
        edits: &[Edit {
            file: "crates/envelope/src/seal.rs",
            from: "        refuse_half_signed(&layout, foreign)?;\n",
            to: "",
        }],
    },
    Mutation {
        name: "security-children",
        package: "rsmev",
        test: "attacks::interop::security_block_with_more_than_a_signature",
        edits: &[Edit {
            file: "crates/xmldsig/src/security.rs",
            from: "if !block.children().all(|child| known(&child)) {",
            to: "if !block.children().all(|child| known(&child) || true) {",
        }],
    },
    Mutation {
        name: "lists-are-not-unsaid",
        package: "rsmev",
        test: "trust::a_list_that_changes_is_in_force_without_a_restart_and_a_broken_one_changes_nothing",
        edits: &[Edit {
            file: "crates/rsmev/src/serve/revocation.rs",
            from: "    snapshot.renew_lists(read.and_before(before));",
            to: "    snapshot.renew_lists(read.and_before(&RevocationLists::default()));",
        }],
    },
    Mutation {
        name: "depth",
        package: "rsmev",
        test: "attacks::oversized::nesting",
        edits: &[Edit {
            file: "crates/envelope/src/xml/tokens.rs",
            from: "        self.limit(\"depth\", self.depth, self.bounds.depth)?;\n",
            to: "",
        }],
    },
    Mutation {
        name: "elements",
        package: "rsmev",
        test: "attacks::oversized::counts_of_elements_and_other_nodes",
        edits: &[Edit {
            file: "crates/envelope/src/xml/tokens.rs",
            from: r#"self.limit("elements", self.nodes, self.bounds.elements)"#,
            to: r#"self.limit("elements", 0, self.bounds.elements)"#,
        }],
    },
    Mutation {
        name: "attributes",
        package: "rsmev",
        test: "attacks::oversized::counts_of_attributes_and_namespaces",
        edits: &[Edit {
            file: "crates/envelope/src/xml/tokens.rs",
            from: "            self.limit(\"attributes_per_element\", count, self.bounds.attributes_per_element)?;\n",
            to: "",
        }],
    },
    Mutation {
        name: "namespaces",
        package: "rsmev",
        test: "attacks::oversized::counts_of_attributes_and_namespaces",
        edits: &[Edit {
            file: "crates/envelope/src/xml/tokens.rs",
            from: "                self.limit(\"namespaces_in_scope\", self.namespaces.count(), self.bounds.namespaces_in_scope)?;\n",
            to: "",
        }],
    },
    Mutation {
        name: "name-length",
        package: "rsmev",
        test: "attacks::oversized::lengths_of_names_values_and_texts",
        edits: &[Edit {
            file: "crates/envelope/src/xml/tokens.rs",
            from: "        self.limit(\"name_bytes\", name.len(), self.bounds.name_bytes)?;\n",
            to: "",
        }],
    },
    Mutation {
        name: "attribute-length",
        package: "rsmev",
        test: "attacks::oversized::lengths_of_names_values_and_texts",
        edits: &[Edit {
            file: "crates/envelope/src/xml/tokens.rs",
            from: "            self.limit(\"attribute_value_bytes\", one.written, self.bounds.attribute_value_bytes)?;\n",
            to: "",
        }],
    },
    Mutation {
        name: "ids-counted",
        package: "rsmev",
        test: "attacks::oversized::lengths_of_names_values_and_texts",
        edits: &[Edit {
            file: "crates/envelope/src/xml/tokens.rs",
            from: "                self.limit(\"ids\", self.ids, self.bounds.ids)?;\n",
            to: "",
        }],
    },
    Mutation {
        name: "header-length",
        package: "rsmev",
        test: "attacks::oversized::lengths_of_names_values_and_texts",
        edits: &[Edit {
            file: "crates/envelope/src/read/envelope.rs",
            from: "if end - header.tag.start > bounds.header_bytes {",
            to: "if end - header.tag.start > usize::MAX - bounds.header_bytes {",
        }],
    },
    Mutation {
        name: "blocks-counted",
        package: "rsmev",
        test: "attacks::blocks::actors_wrong_absent_and_doubled",
        edits: &[Edit {
            file: "crates/envelope/src/read/envelope.rs",
            from: "if securities > bounds.security_blocks {",
            to: "if securities > usize::MAX - bounds.security_blocks {",
        }],
    },
    Mutation {
        name: "root-part-is-the-first",
        package: "rsmev",
        test: "attacks::mime::parts_that_could_be_taken_for_the_root",
        edits: &[Edit {
            file: "crates/envelope/src/mime/multipart.rs",
            from: r#"if content_type.parameter("start").is_some_and(|start| root.id() != Some(bare(start))) {"#,
            to: r#"if content_type.parameter("start").is_some_and(|start| start.is_empty() && root.id() != Some(bare(start))) {"#,
        }],
    },
    Mutation {
        name: "no-other-xml-part",
        package: "rsmev",
        test: "attacks::mime::parts_that_could_be_taken_for_the_root",
        edits: &[Edit {
            file: "crates/envelope/src/mime/multipart.rs",
            from: "if others.iter().any(Part::may_be_xml) {",
            to: "if others.len() > 10_000 && others.iter().any(Part::may_be_xml) {",
        }],
    },
    Mutation {
        name: "content-ids-distinct",
        package: "rsmev",
        test: "attacks::mime::roots_that_cannot_be_read",
        edits: &[Edit {
            file: "crates/envelope/src/mime/multipart.rs",
            from: "if part.id().is_some_and(|id| !ids.insert(id)) {",
            to: "if part.id().is_some_and(|id| !ids.insert(id) && id.is_empty()) {",
        }],
    },
    Mutation {
        name: "last-boundary",
        package: "rsmev",
        test: "attacks::mime::boundaries",
        edits: &[Edit {
            file: "crates/envelope/src/mime/multipart.rs",
            from: "    if !closed {\n        return Err(broken(\"the closing boundary is missing\"));\n    }\n",
            to: "",
        }],
    },
    Mutation {
        name: "parts-counted",
        package: "rsmev",
        test: "attacks::mime::boundaries",
        edits: &[Edit {
            file: "crates/envelope/src/mime/multipart.rs",
            from: "if parts.len() > limits.mime_parts {",
            to: "if parts.len() > usize::MAX - limits.mime_parts {",
        }],
    },
    Mutation {
        name: "verdicts-by-octets",
        package: "rsmev",
        test: "attacks::attachments::certificates_of_officials_as_large_as_messages",
        edits: &[Edit {
            file: "crates/gateway/src/trust.rs",
            from: "const VERDICT_OCTETS_MAX: usize = 64 << 20;",
            to: "const VERDICT_OCTETS_MAX: usize = 64 << 40;",
        }],
    },
    Mutation {
        name: "archive-inflation",
        package: "rsmev",
        test: "attacks::attachments::archives_that_are_larger_inside",
        edits: &[
            Edit {
                file: "crates/envelope/src/official/archive.rs",
                from: "const FILE_OCTETS_MAX: u64 = 16 << 20;",
                to: "const FILE_OCTETS_MAX: u64 = 16 << 40;",
            },
            Edit {
                file: "crates/envelope/src/official/archive.rs",
                from: "const INFLATED_OCTETS_MAX: u64 = 32 << 20;",
                to: "const INFLATED_OCTETS_MAX: u64 = 32 << 40;",
            },
            Edit {
                file: "crates/envelope/src/official/archive.rs",
                from: "const RATIO_MAX: u64 = 200;",
                to: "const RATIO_MAX: u64 = 200_000;",
            },
        ],
    },
];
