//! The registry of the bus, as a person would write it: `routes.toml` and `routes.d/`.

use std::fmt::Write as _;

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use super::keys::{AUTHORITY, FEDERAL, NODE, NODE_KEY, SUBJECT_KEY};
use super::site::Site;
use crate::Error;
use crate::cast::{self, OFFERS};
use crate::edge::days_from;
use crate::region::{Region, Right, SignedBy, Standing, System, SystemKind};
use crate::wire::compose::moscow;

/// Writes the four files.
pub(super) fn write(site: &mut Site, region: &Region, production: bool, now: Timestamp) -> Result<(), Error> {
    site.open("routes.toml", main_file(region, production).as_bytes())?;
    site.open("routes.d/participants.toml", participants(region, now).as_bytes())?;
    site.open("routes.d/services.toml", services(region).as_bytes())?;
    site.open("routes.d/access.toml", access(region, now).as_bytes())
}

fn main_file(region: &Region, production: bool) -> String {
    let contour =
        if production { "contour = \"production\"             " } else { "contour = \"test\"                   " };
    let node = &region.node;
    let federal = &region.federal;
    format!(
        r#"# Учебный регион 64. Этот файл и routes.d/*.toml — весь реестр шины: кто участвует, какие есть сервисы,
# куда идут сообщения и кто что вправе спрашивать. Пути — относительно файла, в котором записаны.
# A pretend region: everything the bus knows. Check it: rsmev check --config routes.toml

include = ["routes.d/*.toml"]

[node]
id = "{id}"                          # NodeId в smev:Header — код региона
mnemonic = "{mnemonic}"
name = "{name}"
certificate = "{NODE}"      # ЭП-РСМЭВ: ею шина подписывает всё, что передаёт дальше
key = "{NODE_KEY}"
{contour}# test | production
algorithms = "gost"                # gost | gost-and-test (второе — только в тестовом контуре)

[listen]
soap = "{soap}"
admin = "{admin}"
public_url = "http://{soap}"

[journal]
directory = "data"                 # журнал: своё хранилище у каждого ведомства
subject_key = "{SUBJECT_KEY}"   # персональные ключи поиска стоят в журнале только как HMAC с этим ключом

[trust]
anchors = ["{AUTHORITY}"]

[federal]                          # федеральный узел СМЭВ
endpoint = "{endpoint}"
node_id = "{federal_id}"
certificates = ["{FEDERAL}"]

[limits]
message_bytes = "10 MiB"
"#,
        id = node.id,
        mnemonic = node.mnemonic,
        name = cast::NODE_NAME,
        soap = node.soap,
        admin = node.admin,
        endpoint = federal.services_url,
        federal_id = federal.id,
    )
}

fn participants(region: &Region, now: Timestamp) -> String {
    let signed: String = moscow(days_from(now, -30)).chars().take(10).collect();
    let mut text = String::from(
        "# Участники и их информационные системы. Кто прислал сообщение, решает сертификат, а не текст.\n\
         # Participants and their systems. The certificate says who speaks, not the text.\n",
    );
    for system in region.systems.iter().filter(|system| system.standing != Standing::Unregistered) {
        let System { participant, name, kind, mnemonic, certificate, .. } = system;
        let certificate = certificate.display();
        let agreement = match kind {
            SystemKind::Federal => String::new(),
            _ => format!(
                "agreement = {{ number = \"64/{participant}\", date = {signed} }}   # без соглашения — только тестовые сообщения\n"
            ),
        };
        let _ = write!(
            text,
            "\n[[participant]]\ncode = \"{participant}\"\nname = \"{name}\"\nkind = \"{kind}\"\n{agreement}\n\
             [[system]]\nmnemonic = \"{mnemonic}\"\nparticipant = \"{participant}\"\ncertificates = [\"../{certificate}\"]"
        );
        if system.standing == Standing::Expired {
            text.push_str("   # просрочен: для проверки отказа SMEV-100005");
        }
        text.push('\n');
        text.push_str(&signature(system));
    }
    text
}

fn signature(system: &System) -> String {
    let (SignedBy::Hosted, Some(token)) = (system.signature, &system.token) else {
        return "signature = \"own\"\n".to_owned();
    };
    format!(
        "signature = \"hosted\"               # подписывает шина; систему узнают по токену в HTTP\n\
         key = \"../{}\"\ntoken_sha256 = \"{}\"\n",
        system.key.display(),
        hex::encode(Sha256::digest(token.as_bytes()))
    )
}

fn services(region: &Region) -> String {
    let mut text = String::from(
        "# Электронные сервисы и куда шина передаёт их сообщения. to = \"federal\" — через федеральный узел.\n\
         # Services and the way to their providers.\n",
    );
    for service in &region.services {
        let Some(offer) = OFFERS.iter().find(|offer| offer.sid == service.sid) else {
            continue;
        };
        let folder = format!("../services/{}/{}", service.sid, service.version);
        let _ = write!(
            text,
            "\n# {about}\n[[service]]\nsid = \"{sid}\"\nversion = \"{version}\"\nname = \"{name}\"\nowner = \"{owner}\"\n\
             provider = \"{provider}\"\naccess = \"{access}\"\nformat = \"lenient\"\noperations = [\"{operation}\"]\n\
             package = \"services/{sid}/{version}\"\nwsdl = \"{folder}/service.wsdl\"\n\
             control_example = {{ request = \"{folder}/control-example/request.xml\", \
             answer = \"{folder}/control-example/answer.xml\" }}\n",
            about = offer.about,
            sid = service.sid,
            version = service.version,
            name = service.name,
            owner = offer.owner,
            provider = service.provider,
            access = service.access,
            operation = service.operation,
        );
        if let Some(keys) = keys(&service.sid) {
            let _ = writeln!(
                text,
                "# по этим значениям сообщения находят в журнале: rsmev journal trace --key ИМЯ=ЗНАЧЕНИЕ\nkeys = {keys}"
            );
        }
        if let Some(deadline) = offer.answer_deadline {
            let _ = writeln!(text, "answer_deadline = \"{deadline}\"");
        }
        let _ = write!(text, "\n[[route]]\nservice = \"{}\"\nto = \"{}\"\n", service.sid, service.provider_endpoint);
    }
    text
}

/// Business keys of the services that show them.
fn keys(sid: &str) -> Option<&'static str> {
    match sid {
        "SID0064001" => Some(
            "[\n    { name = \"снилс\", path = \"//Snils\", personal = true },\n    \
             { name = \"запись\", path = \"AppData/RecordNumber\" },\n]",
        ),
        _ => None,
    }
}

fn access(region: &Region, now: Timestamp) -> String {
    let day = |days: i64| moscow(days_from(now, days)).chars().take(10).collect::<String>();
    let (from, until, over) = (day(-30), day(2 * 365), day(-7));
    let mut text = String::from(
        "# Матрица доступа: кто какой сервис вправе спрашивать и на каком основании. Чего здесь нет, то запрещено.\n\
         # The access matrix. What does not stand here is refused.\n",
    );
    let mut number = 0u32;
    for row in &region.access {
        number = number.saturating_add(1);
        let (consumer, service) = (&row.consumer, &row.service);
        let (until, remark) = match row.right {
            Right::Granted => (&until, ""),
            Right::Expired => (&over, "   # срок вышел: для проверки отказа SMEV-100012"),
            Right::None => {
                let _ = write!(text, "\n# {consumer} → {service}: строки нет, поэтому SMEV-100012\n");
                continue;
            }
        };
        let _ = write!(
            text,
            "\n[[access]]\nconsumer = \"{consumer}\"\nservice = \"{service}\"\nfrom = {from}\nuntil = {until}{remark}\n\
             ground = \"учебная заявка {number} от {from}\"\n"
        );
    }
    text
}
