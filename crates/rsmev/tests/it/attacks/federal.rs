//! Messages as the federal node hands them over: signed by their sender and, with its smev:Header, by the node.

use super::forge::{BASE64_BINARY, EXCLUSIVE, Forge, SMEV, X509_V3, edit, identity, reference};
use crate::region::Region;

/// A message of the pension fund through the federal node, whose signature covers the parts of these ids.
pub(crate) fn message(region: &Region, cover: &[&str]) -> String {
    let sender = Forge::of(region, "PFRF01001");
    let federal = &region.described.federal;
    let node = Forge::with(region, "PFRF01001", identity(region, &federal.certificate, &federal.key));
    let by_sender = sender.signed();
    let references: String =
        cover.iter().map(|id| reference(id, if *id == "body" { "Body" } else { "Header" })).collect();
    let header = format!(
        "<soap:Header><wsse:Security soap:actor=\"http://smev.gosuslugi.ru/actors/recipient\"><wsse:BinarySecurityToken \
         EncodingType=\"{BASE64_BINARY}\" ValueType=\"{X509_V3}\" wsu:Id=\"node-token\">@token@\
         </wsse:BinarySecurityToken><ds:Signature><ds:SignedInfo xmlns:n=\"urn:node\"><ds:CanonicalizationMethod \
         Algorithm=\"{EXCLUSIVE}\"/><ds:SignatureMethod Algorithm=\"@method@\"/>{references}</ds:SignedInfo>\
         <ds:SignatureValue>@value@</ds:SignatureValue><ds:KeyInfo><wsse:SecurityTokenReference>\
         <wsse:Reference URI=\"#node-token\"/></wsse:SecurityTokenReference></ds:KeyInfo></ds:Signature></wsse:Security>\
         <smev:Header xmlns:smev=\"{SMEV}\" wsu:Id=\"node-header\"><smev:NodeId>00</smev:NodeId>\
         <smev:MessageId>6c08904e-a469-4562-b01e-0b613eb2397d</smev:MessageId>\
         <smev:TimeStamp>2026-01-01T00:00:00.000+03:00</smev:TimeStamp>\
         <smev:MessageClass>REQUEST</smev:MessageClass></smev:Header>"
    );
    // Canonical forms are asked by name, and a name must be there once: the sender's block is put aside while the node signs.
    let block = super::forge::security(&by_sender).to_owned();
    let without = edit(&by_sender, &block, "");
    let signed = node.sign(&edit(&without, "<soap:Header>", &header));
    edit(&signed, "</soap:Header>", &format!("{block}</soap:Header>"))
}
