//! Messages such as agencies exchange, made up: signed SOAP with certificates, signatures that nobody foresees, Cyrillic
//! business content that differs from message to message. Sizes are near 12 KB received and 4 KB of splice.

use bytes::Bytes;
use jiff::Timestamp;
use journal::{Body, Form, Header, Kind, Record, Role};
use uuid::Uuid;

const SURNAMES: [&str; 12] = [
    "Иванова",
    "Петров",
    "Сидоренко",
    "Кузнецова",
    "Ахметов",
    "Соколовская",
    "Лебедев",
    "Новикова",
    "Мордвинов",
    "Егорова",
    "Хабибуллин",
    "Чернышёва",
];
const STREETS: [&str; 8] =
    ["Чапаева", "Московская", "Рабочая", "им. Горького А.М.", "Техническая", "Лунная", "2-я Садовая", "Вольская"];
/// Information systems that send.
const SYSTEMS: u64 = 60;

/// Random octets out of a seed (xorshift64, Marsaglia 2003).
pub(crate) struct Seed(u64);

impl Seed {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).unwrap_or_default()
    }

    fn pick<'a>(&mut self, words: &[&'a str]) -> &'a str {
        let at = self.below(words.len());
        words.get(at).copied().unwrap_or_default()
    }

    /// So many characters of base64.
    fn base64(&mut self, length: usize) -> String {
        const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        (0..length).map(|_| char::from(DIGITS.get(self.below(64)).copied().unwrap_or(b'A'))).collect()
    }
}

fn security(actor: &str, id: &str, certificate: &str, seed: &mut Seed) -> String {
    format!(
        r##"<wsse:Security soap:actor="http://smev.gosuslugi.ru/actors/{actor}" xmlns:wsse="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"><wsse:BinarySecurityToken EncodingType="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary" ValueType="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#X509v3" wsu:Id="CertId-{id}">{certificate}</wsse:BinarySecurityToken><ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/><ds:SignatureMethod Algorithm="urn:ietf:params:xml:ns:cpxmlsec:algorithms:gostr34102012-gostr34112012-256"/><ds:Reference URI="#body"><ds:Transforms><ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/></ds:Transforms><ds:DigestMethod Algorithm="urn:ietf:params:xml:ns:cpxmlsec:algorithms:gostr34112012-256"/><ds:DigestValue>{}</ds:DigestValue></ds:Reference></ds:SignedInfo><ds:SignatureValue>{}</ds:SignatureValue><ds:KeyInfo><wsse:SecurityTokenReference><wsse:Reference URI="#CertId-{id}" ValueType="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#X509v3"/></wsse:SecurityTokenReference></ds:KeyInfo></ds:Signature></wsse:Security>"##,
        seed.base64(44),
        seed.base64(88),
    )
}

fn person(seed: &mut Seed) -> String {
    let (surname, street) = (seed.pick(&SURNAMES), seed.pick(&STREETS));
    let mut digits = |count: u32| seed.next() % 10_u64.pow(count);
    format!(
        "<ns2:Person><ns2:FamilyName>{surname}</ns2:FamilyName><ns2:FirstName>Мария</ns2:FirstName><ns2:Snils>{:011}</ns2:Snils><ns2:BirthDate>19{:02}-0{}-1{}</ns2:BirthDate><ns2:Document><ns2:Series>63 {:02}</ns2:Series><ns2:Number>{:06}</ns2:Number><ns2:Issuer>Отделом УФМС России по Саратовской области</ns2:Issuer></ns2:Document><ns2:Address>410{:03}, г. Саратов, ул. {street}, д. {}, кв. {}</ns2:Address><ns2:Benefit code=\"{:04}\">Ежемесячная денежная выплата</ns2:Benefit><ns2:Amount>{}.{:02}</ns2:Amount></ns2:Person>",
        digits(11),
        digits(2),
        digits(1) % 9 + 1,
        digits(1),
        digits(2),
        digits(6),
        digits(3),
        digits(2),
        digits(3),
        digits(4),
        digits(5),
        digits(2),
    )
}

/// An accepted request of about so many octets received, with the splice that forwards it.
pub(crate) fn record(number: u64, octets: usize) -> Record {
    let mut seed = Seed::new(number);
    let system = number % SYSTEMS;
    let certificate = |system: u64| Seed::new(0xCE27 + system).base64(2200);
    let id = Uuid::new_v4();
    let block = security("smev", &id.to_string(), &certificate(system), &mut seed);
    let mut persons = String::new();
    while persons.len() + block.len() + 1200 < octets {
        persons.push_str(&person(&mut seed));
    }
    let (node, case) = (format!("SOCZ{system:05}"), seed.next() % 1_000_000);
    let received = format!(
        r#"<?xml version="1.0" encoding="UTF-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" xmlns:wsu="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"><soap:Header>{block}</soap:Header><soap:Body wsu:Id="body"><ns2:QueryBenefits xmlns:ns2="http://socz.region64.example/benefits/1.00" xmlns:smev="http://smev.gosuslugi.ru/rev120315"><smev:Message><smev:Sender><smev:Code>{node}</smev:Code><smev:Name>Министерство социального развития</smev:Name></smev:Sender><smev:Recipient><smev:Code>ADMS01641</smev:Code><smev:Name>Администрация</smev:Name></smev:Recipient><smev:Service><smev:Mnemonic>ADMS01641</smev:Mnemonic><smev:Version>1.00</smev:Version></smev:Service><smev:TypeCode>GSRV</smev:TypeCode><smev:Status>REQUEST</smev:Status><smev:Date>2026-11-22T10:00:00.{:03}+03:00</smev:Date><smev:ExchangeType>2</smev:ExchangeType><smev:CaseNumber>{case}</smev:CaseNumber></smev:Message><smev:MessageData><smev:AppData>{persons}</smev:AppData></smev:MessageData></ns2:QueryBenefits></soap:Body></soap:Envelope>"#,
        number % 1000,
    );
    let mut splice = vec![1];
    let inserted = format!(
        r#"<smev:Header wsu:Id="smev-header"><smev:NodeId>64</smev:NodeId><smev:MessageId>{id}</smev:MessageId><smev:TimeStamp>2026-11-22T07:00:00.{:03}Z</smev:TimeStamp><smev:MessageClass>REQUEST</smev:MessageClass></smev:Header>{}"#,
        number % 1000,
        security("recipient", &Uuid::new_v4().to_string(), &certificate(SYSTEMS), &mut seed),
    );
    for number in [300, 0, inserted.len() as u64] {
        splice.extend_from_slice(&number.to_be_bytes());
    }
    splice.extend_from_slice(inserted.as_bytes());
    let body = |role, form, octets: Vec<u8>| Body { role, form, octets: Bytes::from(octets) };
    Record {
        header: header(id, &node, case, &mut seed),
        bodies: vec![
            body(Role::Received, Form::Whole, received.into_bytes()),
            body(Role::Forwarded, Form::Splice, splice),
        ],
    }
}

fn header(id: Uuid, sender: &str, case: u64, seed: &mut Seed) -> Header {
    let mut header = Header::new(id, Kind::Accepted, Timestamp::UNIX_EPOCH);
    let fingerprint = |seed: &mut Seed| hex::encode([seed.next().to_le_bytes(); 4].concat());
    header.message_id = Some(id);
    header.received = Some(Timestamp::UNIX_EPOCH);
    header.sent = Some(Timestamp::UNIX_EPOCH);
    header.sender = Some(sender.to_owned());
    header.recipient = Some("ADMS01641".to_owned());
    header.service = Some("SID0064001".to_owned());
    header.service_version = Some("1.00".to_owned());
    header.operation = Some("QueryBenefits".to_owned());
    header.status = Some("REQUEST".to_owned());
    header.case_number = Some(case.to_string());
    header.registry = hex::encode([7; 32]);
    header.certificate = Some(hex::encode([9; 32]));
    header.signature = Some(fingerprint(seed));
    header.endpoint = Some("http://127.0.0.1:9001/benefits".to_owned());
    header.grant = Some("consumer SOCZ01641, service SID0064001, until 2027-12-31".to_owned());
    "accepted".clone_into(&mut header.verdict);
    header
}

/// Octets of the two messages on the wire.
pub(crate) fn wire_octets(record: &Record) -> u64 {
    let messages = [Role::Received, Role::Forwarded].map(|role| record.message(role).ok().flatten());
    messages.into_iter().flatten().map(|message| message.len() as u64).sum()
}
