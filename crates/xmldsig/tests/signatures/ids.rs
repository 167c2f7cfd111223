//! Ids: spellings, duplicates, namespaces.

use xmldsig::{Error, Part};

use crate::forge::{self, edit, refused, sender, sign, signed, template, verify};

/// Attributes that some reader somewhere takes for an id.
const SPELLINGS: [&str; 10] = [
    "wsu:Id=\"body\"",
    "Id=\"body\"",
    "ID=\"body\"",
    "id=\"body\"",
    "xml:id=\"body\"",
    "xmlns:x=\"urn:x\" x:Id=\"body\"",
    "wsu:ID=\"body\"",
    "iD=\"body\"",
    "wsu:Id=\"body \"",
    "xml:id=\"\n body\"",
];

#[test]
fn duplicate_id_in_every_pair_of_spellings() {
    for on_body in &SPELLINGS[..5] {
        let message = sign(&edit(&template(), "wsu:Id=\"body\"", on_body), sender());
        assert!(verify(&message).is_ok(), "{on_body} alone");
        for elsewhere in SPELLINGS {
            for from in ["<soap:Header>", "<wsse:Security ", "<ds:Signature>", "<smev:NodeId>"] {
                let attack = match from.strip_suffix('>') {
                    Some(open) => edit(&message, from, &format!("{open} {elsewhere}>")),
                    None => edit(&message, from, &format!("{from}{elsewhere} ")),
                };
                refused!(verify(&attack), Error::DuplicateId { id } if id == "body", "{on_body} and {elsewhere} on {from}");
            }
        }
    }
}

#[test]
fn duplicate_id_inside_the_signed_body() {
    let twice = edit(&template(), "<op:ask xmlns", "<op:ask Id=\"body\" xmlns");
    refused!(verify(&sign(&twice, sender())), Error::DuplicateId { .. });
}

#[test]
fn duplicate_id_of_the_token() {
    let attack = edit(&signed(), "<soap:Header>", "<soap:Header><x Id=\"token\"/>");
    refused!(verify(&attack), Error::DuplicateId { id } if id == "token");
}

/// Seen in the wild: one element that says its id twice.
#[test]
fn one_element_may_say_its_id_twice() {
    let twice = edit(&template(), "wsu:Id=\"body\"", "wsu:Id=\"body\" Id=\"body\"");
    assert!(verify(&sign(&twice, sender())).is_ok());
}

/// Content of services repeats ids of its own; nobody refers to them.
#[test]
fn ids_nobody_refers_to_may_repeat() {
    let content = edit(&template(), "<op:inn>", "<op:row id=\"1\"/><op:row id=\"1\"/><op:inn>");
    assert!(verify(&sign(&content, sender())).is_ok());
}

#[test]
fn ids_need_not_be_xml_names() {
    for id in ["3ce304b7-110e-4b3a-9dd8-56876dd91678", "_1", "id-2", "1", "a:b.c"] {
        let message = template().replace("\"body\"", &format!("\"{id}\"")).replace("#body", &format!("#{id}"));
        let verified = verify(&sign(&message, sender())).unwrap();
        assert_eq!((verified.covered[0].id.as_str(), &verified.covered[0].part), (id, &Part::Body));
    }
}

#[test]
fn namespace_confusion_id_in_a_foreign_namespace() {
    for id in
        ["xmlns:x=\"urn:x\" x:Id=\"body\"", "wsu:ID=\"body\"", "soap:Id=\"body\"", "iD=\"body\"", "wsu:Id=\" body\""]
    {
        let template = edit(&template(), "wsu:Id=\"body\"", id);
        refused!(verify(&sign(&template, sender())), Error::UnresolvedReference { id } if id == "body", "{id}");
    }
}

#[test]
fn reference_to_nothing() {
    let attack = edit(&signed(), "<soap:Body wsu:Id=\"body\">", "<soap:Body>");
    refused!(verify(&attack), Error::UnresolvedReference { .. });
}
