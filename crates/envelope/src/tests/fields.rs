//! What is read from Message, Header and Fault, in the revisions and shapes that occur.

use super::fixtures::{SOAP, envelope, message_children, operation, read, request, sample};
use crate::{Error, Fields, NodeHeader, Party, QName, Revision, SoapFault};

fn fields(text: &str) -> Fields {
    read(text.to_owned()).unwrap_or_else(|error| panic!("{error}\n{text}")).fields().clone()
}

fn party(code: &str, name: &str) -> Party {
    Party { code: code.to_owned(), name: name.to_owned() }
}

#[test]
fn every_field_of_every_revision_is_read() {
    for revision in Revision::ALL {
        let read = fields(&request(revision));
        let some = |text: &str| Some(text.to_owned());
        let newer = |text: &str| Some(text.to_owned()).filter(|_| revision != Revision::Rev110801);
        let newest = |text: &str| Some(text.to_owned()).filter(|_| revision == Revision::Rev120315);
        let want = Fields {
            revision: Some(revision),
            operation: QName { namespace: "urn:provider".to_owned(), local: "getData".to_owned() },
            sender: Some(party("SOCZ01641", "Минсоц & труд")),
            recipient: Some(party("FNS001001", "ФНС")),
            originator: Some(party("PGU001641", "РПГУ")),
            service_name: None,
            service_mnemonic: newest("ZAGS"),
            service_version: newest("1.00"),
            type_code: some("GSRV"),
            status: newer("REQUEST"),
            date: some("2026-10-01T12:00:00.5+03:00"),
            exchange_type: newer("2"),
            request_id_ref: some("r-1"),
            origin_request_id_ref: some("o-1"),
            service_code: some("10000013628"),
            case_number: some("64/17"),
            test_msg: newer("Контрольный пример"),
            oktmo: newer("63701000"),
            fault: None,
            node_header: None,
            security_actors: Vec::new(),
        };
        assert_eq!(read, want);
    }
}

#[test]
fn values_are_trimmed_and_references_and_cdata_are_joined() {
    let children = "<smev:Sender>\n <smev:Code>\r\n SO<![CDATA[C]]>&#90;01641\t</smev:Code><smev:Name> a\r\nb\rc </smev:Name></smev:Sender>\
                    <smev:TestMsg/><smev:ServiceName>Запрос в орган ЗАГС</smev:ServiceName>";
    let read = fields(&envelope("", &operation(Revision::Rev120315, children)));
    assert_eq!(read.sender, Some(party("SOCZ01641", "a\nb\nc")));
    assert_eq!(read.test_msg.as_deref(), Some(""), "an empty TestMsg still marks a test");
    assert_eq!(read.service_name.as_deref(), Some("Запрос в орган ЗАГС"));
}

#[test]
fn odd_shapes_that_occur_are_read() {
    let rev = "http://smev.gosuslugi.ru/rev111111";
    let code = "<Sender><Code>A</Code></Sender>";
    for (name, text) in [
        (
            "SOAP and SMEV as default namespaces, byte-order mark",
            format!(
                "\u{FEFF}<Envelope xmlns='{SOAP}'><Body><o xmlns='urn:o'><Message xmlns='{rev}'>{code}</Message></o></Body></Envelope>"
            ),
        ),
        ("wrapper in the SMEV namespace", envelope("", &format!("<o xmlns='{rev}'><Message>{code}</Message></o>"))),
        (
            "Body with its own prefix, Header empty, remarks around",
            format!(
                "<!-- a --><e:Envelope xmlns:e='{SOAP}'><e:Header/><!-- b -->\n<b:Body xmlns:b='{SOAP}'>\n<o>\n<Message xmlns='{rev}'>{code}</Message></o>\n\
             <!-- c --></b:Body></e:Envelope>\n<!-- d -->"
            ),
        ),
        (
            "Message behind MessageData and foreign elements",
            envelope(
                "",
                &format!(
                    "<o xmlns:s='{rev}'><x/><s:MessageData/>t<s:Message>{}</s:Message></o>",
                    code.replace('<', "<s:").replace("<s:/", "</s:")
                ),
            ),
        ),
        (
            "look-alike children in other namespaces",
            envelope(
                "",
                &format!(
                    "<o xmlns:s='{rev}' xmlns:f='urn:f'><f:Message><f:Sender/></f:Message><s:Message><f:Sender/>{}</s:Message></o>",
                    code.replace('<', "<s:").replace("<s:/", "</s:")
                ),
            ),
        ),
    ] {
        let read = fields(&text);
        assert_eq!(read.sender, Some(party("A", "")), "{name}");
        assert_eq!(read.revision, Some(Revision::Rev111111), "{name}");
    }
}

#[test]
fn a_service_without_message_has_only_its_operation() {
    let read = fields(&envelope("", "<GetForm9Async xmlns='http://tempuri.org/'><id>1</id></GetForm9Async>"));
    let operation = QName { namespace: "http://tempuri.org/".to_owned(), local: "GetForm9Async".to_owned() };
    assert_eq!(read, Fields::of_operation(operation));
}

#[test]
fn message_in_business_data_is_not_the_message() {
    let inner = operation(Revision::Rev120315, &message_children(Revision::Rev120315));
    let data = format!("<m:MessageData><m:AppData>{inner}</m:AppData></m:MessageData>");
    let namespace = Revision::Rev111111.namespace();
    let read = fields(&envelope("", &format!("<o xmlns='urn:o' xmlns:m='{namespace}'>{data}</o>")));
    assert_eq!((read.revision, read.sender), (None, None));
}

#[test]
fn a_fault_is_read_in_the_forms_stacks_write() {
    let plain = "<soap:Fault><faultcode>soap:Server</faultcode><faultstring> Нет\n<!-- x -->данных </faultstring><detail><a/></detail></soap:Fault>";
    let qualified = "<soap:Fault><soap:faultcode>SMEV-300001</soap:faultcode><soap:faultactor/></soap:Fault>";
    for (text, code, string) in
        [(plain, "soap:Server", "Нет\nданных"), (qualified, "SMEV-300001", ""), ("<soap:Fault/>", "", "")]
    {
        let read = fields(&envelope("", text));
        assert_eq!(read.fault, Some(SoapFault { code: code.to_owned(), string: string.to_owned() }));
        assert_eq!(read.operation.local, "Fault");
    }
}

#[test]
fn a_long_fault_string_is_cut_not_refused() {
    let text = envelope("", &format!("<soap:Fault><faultstring>{}</faultstring></soap:Fault>", "ы".repeat(50_000)));
    let string = fields(&text).fault.unwrap().string;
    assert!(string.len() <= 4096 && string.len() > 4090, "{}", string.len());
}

#[test]
fn header_blocks_are_recorded() {
    let header = format!(
        "<soap:Header xmlns:w='{}'><w:Security soap:actor='{}'/><wsa:To xmlns:wsa='urn:a'>x</wsa:To><w:Security/>\
         <h:Header xmlns:h='http://smev.gosuslugi.ru/rev110801'><h:MessageId>M</h:MessageId><h:timestamp>T</h:timestamp><h:More/></h:Header>\
         </soap:Header>",
        crate::uri::WSSE,
        xmldsig::ACTOR_SMEV
    );
    let read = fields(&envelope(&header, "<o/>"));
    assert_eq!(read.security_actors, [Some(xmldsig::ACTOR_SMEV.to_owned()), None]);
    let want = NodeHeader {
        revision: Revision::Rev110801,
        node_id: None,
        message_id: Some("M".to_owned()),
        timestamp: Some("T".to_owned()),
        class: None,
    };
    assert_eq!(read.node_header, Some(want));
}

#[test]
fn fields_serialise_for_people_and_journal() {
    let json = serde_json::to_value(fields(&request(Revision::Rev111111))).unwrap();
    assert_eq!(json["revision"], "rev111111");
    assert_eq!(json["sender"]["code"], "SOCZ01641");
}

#[test]
fn the_body_span_is_the_octets_from_start_tag_to_end_tag() {
    let text = envelope("<soap:Header>\n</soap:Header>", "<o> </o>");
    assert_eq!(read(text).unwrap().body_span(), b"<soap:Body><o> </o></soap:Body>");
}

/// What is known of the real messages: file, revision, Sender/Code, Status, operation (`-`: not compared), number of Security blocks.
const SAMPLES: &str = "
01-request-after-smev-rev110801-two-signatures.xml        rev110801 -         -       -           2
02-response-appdocument-xop-reference-reformatted.xml     rev111111 -         -       -           1
03-response-after-smev-rev111111-invalid-reindented.xml   rev111111 -         INVALID -           2
04-request-rev120315-signed.xml                           rev120315 PNZR01581 REQUEST putData     1
05-request-rev120315-epsp-in-appdata-and-epov.xml         rev120315 -         -       PutDocument 1
06-request-rev120315-appdocument-binarydata.xml           rev120315 -         -       -           1
07-response-rev120315-gost2012-256.xml                    rev120315 IAC       -       -           1
08-async-ping-request-rev111111.xml                       rev111111 -         PING    -           1
09-async-result-response-rev111111.xml                    rev111111 -         RESULT  -           1
10-response-soap-fault-signed-reformatted.xml             none      -         -       Fault       1
11-request-rev111111-unsigned.xml                         rev111111 -         REQUEST -           0
12-smev3-getrequest-signed-by-caller.xml                  none      -         -       -           0
";

#[test]
fn samples_are_read() {
    for line in SAMPLES.lines().filter(|line| !line.is_empty()) {
        let [name, revision, sender, status, operation, actors] =
            <[&str; 6]>::try_from(line.split_whitespace().collect::<Vec<_>>()).unwrap();
        let Some(octets) = sample(name) else { return };
        let read = read(octets).unwrap_or_else(|error| panic!("{name}: {error}"));
        let fields = read.fields();
        let found = fields.revision.map_or("none", |revision| revision.namespace().rsplit('/').next().unwrap());
        assert_eq!(found, revision, "{name}");
        assert_eq!(fields.security_actors.len().to_string(), actors, "{name}");
        assert_eq!(fields.fault.is_some(), name.starts_with("10"), "{name}");
        assert_eq!(fields.sender.is_some(), revision != "none", "{name}");
        for (want, found) in [
            (sender, fields.sender.as_ref().map_or("", |sender| sender.code.as_str())),
            (status, fields.status.as_deref().unwrap_or_default()),
            (operation, fields.operation.local.as_str()),
        ] {
            assert!(want == "-" || want == found, "{name}: {found} is not {want}");
        }
    }
}

#[test]
fn a_message_in_two_revisions_is_refused() {
    let two = format!(
        "<o><Message xmlns='{}'/><Message xmlns='{}'/></o>",
        Revision::Rev111111.namespace(),
        Revision::Rev120315.namespace()
    );
    assert!(matches!(read(envelope("", &two)), Err(Error::SeveralMessages)));
}
