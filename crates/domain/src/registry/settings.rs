//! The tables that stand once, in the entry file: node, listen, journal, trust, federal, limits.

use super::keeping::Keep;
use super::kind::{Amount, Choice, Flag, Socket, Text, Url, name};
use super::load::{Draft, FilePath, Loader, normal};
use super::node::{
    Algorithms, ClientPair, Contour, CrlUse, EndpointTls, Federal, Journal, Listen, ListenTls, Node, Trust,
};
use super::people;
use super::rows::FileRef;
use super::table::Table;
use crate::limits::{Limits, Unit};

/// The longest grace and age of a revocation list: a year.
const CRL_MILLIS_MAX: u64 = 366 * 24 * 3_600_000;

/// How often the node signs what its journal has come to, and the rarest.
const CHECKPOINT_MILLIS: u64 = 3_600_000;
const CHECKPOINT_MILLIS_MAX: u64 = 24 * 3_600_000;
/// Free octets kept on a disk of the journal.
const RESERVE_BYTES: u64 = 256 << 20;
/// The longest that records are kept, in months: a hundred years.
const KEEP_MONTHS_MAX: u64 = 1200;

/// The keys of these tables, and `include`.
pub(super) const KEYS: &[&str] = &["include", "node", "listen", "journal", "trust", "federal", "approval", "limits"];

/// Reads them all.
pub(super) fn read(loader: &mut Loader<'_>, file: &mut Table<'_>, draft: &mut Draft) {
    if let Some(table) = file.table("limits") {
        draft.limits = limits(loader, table);
    }
    if let Some(table) = file.need_table("node") {
        draft.node = node(loader, table);
    }
    if let Some(table) = file.need_table("listen") {
        draft.listen = listen(loader, table);
    }
    if let Some(table) = file.need_table("journal") {
        draft.journal = journal(loader, table);
    }
    if let Some(table) = file.table("trust") {
        draft.trust = trust(loader, table);
    }
    if let Some(table) = file.table("approval") {
        draft.approval = people::approval(loader, table);
    }
    if let Some(table) = file.table("federal") {
        loader.names.federal = true;
        draft.federal = federal(loader, table);
    }
}

fn node(loader: &mut Loader<'_>, mut table: Table<'_>) -> Option<Node> {
    let id = table.need("id", &Text);
    let mnemonic = table.need("mnemonic", &name());
    let label = table.need("name", &Text);
    let certificate = loader.file(&mut table, "certificate");
    let key = loader.key(&mut table);
    let contour = table.need("contour", &Choice(&[("test", Contour::Test), ("production", Contour::Production)]));
    let algorithms =
        table.may("algorithms", &Choice(&[("gost", Algorithms::Gost), ("gost-and-test", Algorithms::GostAndTest)]));
    if let (Some(contour), Some(algorithms)) = (&contour, &algorithms)
        && (contour.value, algorithms.value) == (Contour::Production, Algorithms::GostAndTest)
    {
        let problem = algorithms.spot.problem(
            "node.algorithms",
            "\"gost-and-test\" in the production contour",
            "write algorithms = \"gost\", or contour = \"test\" where no real data flow",
        );
        table.report(problem.allowing("\"gost\""));
    }
    table.end(&mut loader.problems);
    Some(Node {
        id: id?.value,
        mnemonic: mnemonic?.value,
        name: label?.value,
        certificate: certificate?,
        key: key?,
        contour: contour?.value,
        algorithms: algorithms.map_or(Algorithms::Gost, |algorithms| algorithms.value),
    })
}

fn listen(loader: &mut Loader<'_>, mut table: Table<'_>) -> Option<Listen> {
    let place = table.header().place();
    let soap = table.need("soap", &Socket);
    let admin = table.need("admin", &Socket);
    let public_url = table.need("public_url", &Url);
    if let (Some(soap), Some(admin)) = (&soap, &admin)
        && soap.value == admin.value
        && soap.value.port() != 0
    {
        let what = format!("{} is the address of listen.soap too", admin.value);
        table.report(admin.spot.problem("listen.admin", what, "give the admin plane a port of its own"));
    }
    let tls = table.table("tls").map(|mut tls| {
        let read = (
            loader.file(&mut tls, "certificate"),
            loader.key_file(&mut tls, "key"),
            loader.file_if_named(&mut tls, "client_ca"),
        );
        tls.end(&mut loader.problems);
        Some(ListenTls { certificate: read.0?, key: read.1?, client_ca: read.2 })
    });
    let signature_tool = table.may("signature_tool", &Flag);
    table.end(&mut loader.problems);
    Some(Listen {
        soap: soap?.value,
        admin: admin?.value,
        public_url: public_url?.value,
        tls: tls.flatten(),
        signature_tool: signature_tool.is_none_or(|offered| offered.value),
        place,
    })
}

const CRL_USE: &[(&str, CrlUse)] =
    &[("always", CrlUse::Always), ("when-present", CrlUse::WhenPresent), ("never", CrlUse::Never)];

fn trust(loader: &mut Loader<'_>, mut table: Table<'_>) -> Trust {
    let anchors = files(loader, &mut table, "anchors", false);
    let intermediates = files(loader, &mut table, "intermediates", false);
    let crl_directory = table.may("crl_directory", &FilePath);
    let crl = table.may("crl", &Choice(CRL_USE));
    let grace = table.may("crl_grace", &Amount::between(Unit::Millis, 0, CRL_MILLIS_MAX));
    let age_limit = table.may("crl_age_limit", &Amount::between(Unit::Millis, 1_000, CRL_MILLIS_MAX));
    if let Some(directory) = &crl_directory
        && anchors.is_empty()
    {
        let what = "names revocation lists, but there is no authority whose signature they could bear";
        let problem = directory.spot.problem("trust.crl_directory", what, "write the authorities into anchors");
        table.report(problem);
    }
    if let Some(crl) = &crl
        && crl.value == CrlUse::Always
        && crl_directory.is_none()
    {
        let what = "asks for a revocation list of every authority, but names no directory of lists";
        table.report(crl.spot.problem("trust.crl", what, "add a line: crl_directory = \"crl\""));
    }
    table.end(&mut loader.problems);
    Trust {
        anchors,
        intermediates,
        crl_directory: crl_directory.map(|directory| loader.root().join(normal(directory.value.as_ref()))),
        crl: crl.map_or(CrlUse::default(), |crl| crl.value),
        crl_grace_ms: grace.map_or(0, |grace| grace.value),
        crl_age_limit_ms: age_limit.map(|limit| limit.value),
    }
}

fn journal(loader: &mut Loader<'_>, mut table: Table<'_>) -> Option<Journal> {
    let directory = table.need("directory", &FilePath);
    let subject_key = loader.subject_key(&mut table);
    loader.names.subject_key = table.has("subject_key");
    let checkpoint = table.may("checkpoint", &Amount::between(Unit::Millis, 1_000, CHECKPOINT_MILLIS_MAX));
    let reserve = table.may("reserve", &Amount::between(Unit::Bytes, 0, 1 << 50));
    let keep = keep(loader, &mut table);
    let node_certificates = files(loader, &mut table, "node_certificates", false);
    table.end(&mut loader.problems);
    Some(Journal {
        directory: loader.root().join(normal(directory?.value.as_ref())),
        subject_key,
        checkpoint_ms: checkpoint.map_or(CHECKPOINT_MILLIS, |amount| amount.value),
        reserve_bytes: reserve.map_or(RESERVE_BYTES, |amount| amount.value),
        keep: keep.unwrap_or_default(),
        node_certificates,
    })
}

/// `keep = { exchange, application, audit }`, in months.
pub(super) fn keep(loader: &mut Loader<'_>, table: &mut Table<'_>) -> Option<Keep> {
    let mut table = table.table("keep")?;
    let usual = Keep::default();
    let mut months = |class, usual| {
        let amount = table.may(class, &Amount::between(Unit::Count, 1, KEEP_MONTHS_MAX));
        amount.and_then(|amount| u32::try_from(amount.value).ok()).unwrap_or(usual)
    };
    let keep = Keep {
        exchange: months("exchange", usual.exchange),
        application: months("application", usual.application),
        audit: months("audit", usual.audit),
    };
    table.end(&mut loader.problems);
    Some(keep)
}

fn federal(loader: &mut Loader<'_>, mut table: Table<'_>) -> Option<Federal> {
    let place = table.header().place();
    let endpoint = table.need("endpoint", &Url);
    let node_id = table.need("node_id", &Text);
    let certificates = files(loader, &mut table, "certificates", true);
    let tls = endpoint_tls(loader, &mut table, endpoint.as_ref().map(|endpoint| endpoint.value.as_str()));
    table.end(&mut loader.problems);
    Some(Federal { endpoint: endpoint?.value, node_id: node_id?.value, certificates, tls, place })
}

fn limits(loader: &mut Loader<'_>, mut table: Table<'_>) -> Limits {
    let mut limits = Limits::default();
    for spec in Limits::SPECS {
        if let Some(amount) = table.may(spec.name, &Amount::of(spec))
            && let Some(changed) = limits.clone().with(spec.name, amount.value)
        {
            limits = changed;
        }
    }
    if limits.bytes_in_flight < limits.message_bytes {
        let problem = table.header().problem(
            "limits.bytes_in_flight",
            "is smaller than limits.message_bytes: the largest message could never be taken",
            "raise bytes_in_flight or lower message_bytes",
        );
        table.report(problem);
    }
    table.end(&mut loader.problems);
    limits
}

/// The files of a list.
pub(super) fn files(
    loader: &mut Loader<'_>,
    table: &mut Table<'_>,
    key: &'static str,
    at_least_one: bool,
) -> Vec<FileRef> {
    let paths = if at_least_one { table.need_list(key, &FilePath) } else { table.list(key, &FilePath) };
    paths.iter().filter_map(|path| loader.file_at(table, key, path)).collect()
}

/// `tls = { ca, certificate?, key? }` towards an endpoint.
pub(super) fn endpoint_tls(loader: &mut Loader<'_>, table: &mut Table<'_>, url: Option<&str>) -> Option<EndpointTls> {
    let key = table.key("tls");
    let mut tls = table.table("tls")?;
    if url.is_some_and(|url| !url.starts_with("https:")) {
        let problem =
            tls.header().problem(&key, "stands beside an address without TLS", "write https:// or take tls out");
        tls.report(problem);
    }
    let ca = loader.file(&mut tls, "ca");
    let client = if tls.has("certificate") || tls.has("key") {
        let pair = (loader.file(&mut tls, "certificate"), loader.key_file(&mut tls, "key"));
        pair.0.zip(pair.1).map(|(certificate, key)| ClientPair { certificate, key })
    } else {
        // Asked for, so that a misspelt key can be recognised.
        loader.file_if_named(&mut tls, "certificate").or(loader.file_if_named(&mut tls, "key"));
        None
    };
    tls.end(&mut loader.problems);
    Some(EndpointTls { ca: ca?, client })
}
