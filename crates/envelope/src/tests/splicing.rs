//! A property: whatever the layout of an envelope, nothing but the edits differs, and every signature holds.

use proptest::prelude::*;

use super::fixtures::{SOAP, XML};
use super::identities::{WHO, signed, stamp, verify};
use super::sealing::check;
use crate::SenderSecurity;

prop_compose! {
    fn noise()(blank in "[ \t\r\n]{0,3}", remark in proptest::option::of("[a-z ]{0,5}")) -> String {
        match remark {
            Some(remark) => format!("{blank}<!--{remark}-->"),
            None => blank,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// Nothing but the edits differs, however the envelope is laid out.
    #[test]
    fn splicing_is_byte_exact(
        gaps in proptest::collection::vec(noise(), 6),
        prefix in "[a-z]{1,4}",
        body_prefix in "[a-z]{1,4}",
        blocks in proptest::collection::vec("<f xmlns='urn:f'>[a-zа-я&&[^&]]{0,6}</f>", 0..3),
        text in "[a-zА-Я \n]{0,20}",
        dummy in any::<bool>(),
    ) {
        prop_assume!(prefix != "xml" && body_prefix != "xml");
        let dummy = if dummy { "<Header xmlns='http://smev.gosuslugi.ru/rev111111'><MessageId>m</MessageId></Header>" } else { "" };
        let [before, after_envelope, in_header, after_header, in_body, end] = <[String; 6]>::try_from(gaps).unwrap();
        let received = format!(
            "<{prefix}:Envelope xmlns:{prefix}='{SOAP}'>{after_envelope}<{prefix}:Header>{in_header}{dummy}{}</{prefix}:Header>{after_header}\
             <{body_prefix}:Body xmlns:{body_prefix}=\"{SOAP}\">{in_body}<o>{text}</o></{body_prefix}:Body>{before}</{prefix}:Envelope >{end}",
            blocks.concat(),
        );
        let sent = signed(received, XML);
        let sealed = verify(sent.clone(), XML, false).unwrap().seal(&stamp(2), &WHO.node, SenderSecurity::Keep).unwrap();
        check(&sealed, &sent, XML);
        let undone = sealed.splice().edits().iter().rev().fold(sealed.bytes().to_vec(), |mut octets, edit| {
            let grown: usize = sealed.splice().edits().iter().take_while(|other| other.removed.end <= edit.removed.start && *other != edit)
                .map(|other| other.inserted.len()).sum();
            let shrunk: usize = sealed.splice().edits().iter().take_while(|other| other.removed.end <= edit.removed.start && *other != edit)
                .map(|other| other.removed.len()).sum();
            let at = edit.removed.start + grown - shrunk;
            octets.splice(at..at + edit.inserted.len(), sent[edit.removed.clone()].iter().copied());
            octets
        });
        prop_assert_eq!(undone, sent.to_vec());
    }
}
