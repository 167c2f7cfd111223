//! Which Security block and which signature in it: none, several, for another actor, over something else than the Body.

use super::bus::{Bus, Call};
use super::forge::{Forge, WSU, between, edit, reference, security};

const ACTOR: &str = "soap:actor=\"http://smev.gosuslugi.ru/actors/smev\"";
const NO_SIGNATURE: &[&str] = &["SMEV-100008"];

/// That a signature is needed says the registry, never the message.
#[test]
fn signature_left_out() {
    let mut bus = Bus::running();
    let message = bus.forge.signed();
    let block = security(&message);
    let header = between(&message, "<soap:Header>", "</soap:Header>");
    let signature = between(&message, "<ds:Signature>", "</ds:Signature>");
    let token = between(&message, "<wsse:BinarySecurityToken ", "</wsse:BinarySecurityToken>");
    let emptied = format!("<wsse:Security {ACTOR}/>");
    for (name, what, to) in [
        ("no block", block, ""),
        ("an empty block", block, &emptied),
        ("no signature", signature, ""),
        ("no Header", header, ""),
        ("an empty Header", header, "<soap:Header/>"),
        ("a signature elsewhere in the Header", block, signature),
    ] {
        bus.refuses(name, NO_SIGNATURE, edit(&message, what, to));
    }
    bus.refuses("an empty Signature", &["SMEV-100016"], edit(&message, signature, "<ds:Signature/>"));
    bus.refuses("no token", &["SMEV-100004"], edit(&message, token, ""));
    for (name, from, to) in [
        ("wrapped block", block.to_owned(), format!("<w>{block}</w>")),
        ("block in a block", block.to_owned(), format!("<wsse:Security>{block}</wsse:Security>")),
        ("wrapped signature", signature.to_owned(), format!("<w>{signature}</w>")),
    ] {
        bus.refuses(name, NO_SIGNATURE, edit(&message, &from, &to));
    }
    let after = edit(&edit(&message, block, ""), "</soap:Envelope>", &format!("{block}</soap:Envelope>"));
    bus.refuses("block behind the Body", &["SMEV-100002"], after);
    let inside = edit(&edit(&message, block, ""), "</smev:AppData>", &format!("{block}</smev:AppData>"));
    bus.refuses("block in AppData", NO_SIGNATURE, inside);
    bus.account();
}

/// Exactly one block for the actor smev: every actor × every actor, in both orders.
#[test]
fn actors_wrong_absent_and_doubled() {
    let mut bus = Bus::running();
    let message = bus.forge.signed();
    let block = security(&message);
    let wrong = [
        "",
        "actor=\"http://smev.gosuslugi.ru/actors/smev\"",
        "wsse:actor=\"http://smev.gosuslugi.ru/actors/smev\"",
        "soap:actor=\"http://smev.gosuslugi.ru/actors/smev/\"",
        "soap:actor=\"http://SMEV.gosuslugi.ru/actors/smev\"",
        "soap:actor=\" http://smev.gosuslugi.ru/actors/smev\"",
        "soap:actor=\"http://schemas.xmlsoap.org/soap/actor/next\"",
        "soap:Actor=\"http://smev.gosuslugi.ru/actors/smev\"",
        "soap:role=\"http://smev.gosuslugi.ru/actors/smev\"",
    ];
    for actor in wrong {
        bus.refuses(format!("actor {actor:?}"), NO_SIGNATURE, edit(&message, ACTOR, actor));
    }
    let node = "soap:actor=\"http://smev.gosuslugi.ru/actors/recipient\"";
    bus.refuses("the node's actor", NO_SIGNATURE, edit(&message, ACTOR, node));
    let stranger = Forge::of(&bus.region, "STRN01641").signed();
    let foreign = security(&stranger).replace("wsu:Id=\"token\"", "wsu:Id=\"t2\"").replace("#token", "#t2");
    for second in [block.to_owned(), foreign.clone(), format!("<wsse:Security {ACTOR}/>")] {
        for both in [format!("{block}{second}"), format!("{second}{block}")] {
            bus.refuses("two blocks of the sender", &["SMEV-100016"], edit(&message, block, &both));
        }
    }
    // A block of the node that nobody made: it must hold too, or the message has not come through the node.
    for (name, other) in [
        ("empty", format!("<wsse:Security {node}/>")),
        ("a stranger's", foreign.replace(ACTOR, node)),
        (
            "the sender's own",
            block.replace(ACTOR, node).replace("wsu:Id=\"token\"", "wsu:Id=\"t2\"").replace("#token", "#t2"),
        ),
    ] {
        let codes = &["SMEV-100008", "SMEV-100009", "SMEV-100011"];
        for both in [format!("{block}{other}"), format!("{other}{block}")] {
            bus.refuses(format!("a block of the node: {name}"), codes, edit(&message, block, &both));
        }
    }
    let five = format!("<wsse:Security/>{}", "<wsse:Security soap:actor=\"urn:x\"/>".repeat(4));
    bus.refuses("six blocks", &["SMEV-100002"], edit(&message, block, &format!("{five}{block}")));
    bus.account();
}

#[test]
fn several_signatures_in_one_block() {
    let mut bus = Bus::running();
    let message = bus.forge.signed();
    let signature = between(&message, "<ds:Signature>", "</ds:Signature>");
    let stranger = Forge::of(&bus.region, "STRN01641").signed();
    let foreign = between(&stranger, "<ds:Signature>", "</ds:Signature>");
    for second in ["<ds:Signature/>", signature, foreign] {
        for both in [format!("{signature}{second}"), format!("{second}{signature}")] {
            bus.refuses("two signatures", &["SMEV-100016"], edit(&message, signature, &both));
        }
    }
    let own = foreign.replace("#body", "#other");
    let nested = edit(&message, "</ds:KeyInfo>", &format!("</ds:KeyInfo><ds:KeyInfo>{own}</ds:KeyInfo>"));
    bus.refuses("a signature in a second KeyInfo", &["SMEV-100016"], nested);
    bus.account();
}

/// A good signature over something that is not the Body (class of CVE-2012-2379).
#[test]
fn partial_coverage() {
    let mut bus = Bus::running();
    let stamp = "<wsu:Timestamp wsu:Id=\"stamp\"><wsu:Created>2026-01-01T00:00:00Z</wsu:Created></wsu:Timestamp>";
    let with_stamp = edit(&bus.forge.template(), "</soap:Header>", &format!("{stamp}</soap:Header>"));
    let of = |id: &str, name: &str| reference(id, name);
    let timestamp = of("stamp", &format!("{{{WSU}}}Timestamp"));
    let body = of("body", "Body");
    let operation = "{http://zags.region64.example/record/1.00}getRecord";
    let inner = edit(&bus.forge.template(), "<op:getRecord>", "<op:getRecord wsu:Id=\"inner\">");
    for (name, template) in [
        ("Timestamp alone", edit(&with_stamp, &body, &timestamp)),
        ("the operation and not its Body", edit(&inner, &body, &of("inner", operation))),
        (
            "the token alone",
            edit(&bus.forge.template(), &body, &of("token", &format!("{{{}}}BinarySecurityToken", super::forge::WSSE))),
        ),
    ] {
        let attack = bus.forge.sign(&template);
        bus.refuses(name, &["SMEV-100009"], attack);
    }
    // Of several references each must hold.
    let both = bus.forge.sign(&edit(&with_stamp, &body, &format!("{timestamp}{body}")));
    bus.refuses("a changed Timestamp beside a good Body", &["SMEV-100003"], edit(&both, "2026-01-01", "2036-01-01"));
    for (name, id) in [("nothing", "nothing"), ("another spelling", "Body"), ("a prefix of it", "bod")] {
        let attack = edit(&bus.forge.signed(), "URI=\"#body\"", &format!("URI=\"#{id}\""));
        bus.refuses(format!("a reference to {name}"), &["SMEV-100016"], attack);
    }
    bus.account();
}

/// Every pair of spellings of an id, on every kind of element: one value may name one element only.
#[test]
fn one_id_on_two_elements_in_every_pair_of_spellings() {
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
    let mut bus = Bus::running();
    for on_body in &SPELLINGS[..5] {
        let template = edit(&bus.forge.template(), "wsu:Id=\"body\"", on_body);
        let message = bus.forge.sign(&template);
        bus.serves(format!("{on_body} alone"), &message);
        for elsewhere in SPELLINGS {
            for from in ["<soap:Header>", "<wsse:Security ", "<ds:Signature>", "<soap:Envelope "] {
                let start = from.trim_end_matches(['>', ' ']);
                let attack = edit(&message, from, &format!("{start} {elsewhere}{}", &from[start.len()..]));
                bus.refuses(format!("{on_body} and {elsewhere} on {from}"), &["SMEV-100016"], attack);
            }
        }
    }
    // Ids of foreign namespaces are no ids: then the reference leads nowhere.
    for id in
        ["xmlns:x=\"urn:x\" x:Id=\"body\"", "wsu:ID=\"body\"", "soap:Id=\"body\"", "iD=\"body\"", "wsu:Id=\" body\""]
    {
        let attack = bus.forge.sign(&edit(&bus.forge.template(), "wsu:Id=\"body\"", id));
        bus.refuses(format!("{id} alone"), &["SMEV-100016", "SMEV-100003"], attack);
    }
    bus.account();
}

/// The token of a hosted system opens only what is its own.
#[test]
fn bearer_tokens() {
    let mut bus = Bus::running();
    let token = bus.region.described.system("ARHV01641").unwrap().token.clone().unwrap();
    let archive = Forge::of(&bus.region, "ARHV01641");
    let bare = |message: String| edit(&message, security(&message), "");
    let with = |token: &str| Call { headers: vec![format!("Authorization: {token}")], ..Call::default() };
    let good = with(&format!("Bearer {token}"));
    bus.serves_in("the hosted system itself", &good, bare(archive.signed()));
    let other = bare(bus.forge.signed());
    bus.refuses_in("another's name under the token", &["SMEV-100012"], &good, &other);
    for wrong in [
        "Bearer",
        "Bearer ",
        "Bearer 0000",
        &format!("Basic {token}"),
        &token,
        &format!("Bearer {token}x"),
        &format!("Bearer {}", token.to_uppercase()),
    ] {
        bus.refuses_in(format!("Authorization {wrong:?}"), NO_SIGNATURE, &with(wrong), bare(archive.signed()));
    }
    let twice = Call {
        headers: vec!["Authorization: Bearer 0000".to_owned(), format!("Authorization: Bearer {token}")],
        ..Call::default()
    };
    bus.refuses_in("two tokens, the first wrong", NO_SIGNATURE, &twice, bare(archive.signed()));
    // A signature that is there must hold, whatever token comes with it.
    let signed = archive.signed();
    let attack = super::forge::forged(&signed);
    bus.refuses_in("a bad signature under a good token", &["SMEV-100003"], &good, attack);
    let empty = edit(&signed, security(&signed), &format!("<wsse:Security {ACTOR}/>"));
    bus.refuses_in("an empty block under a good token", NO_SIGNATURE, &good, empty);
    bus.account();
}
