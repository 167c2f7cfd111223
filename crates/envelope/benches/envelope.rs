//! What an envelope costs beside its cryptography: receiving and reading, and the pieces of sealing that are text.
//!
//! Signing and verifying are measured where they are implemented (crates `gost`, `xmldsig`).

use std::hint::black_box;

use bytes::Bytes;
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use domain::Limits;
use envelope::{Envelope, Revision};

const XML: &str = "text/xml; charset=utf-8";

/// A signed-looking request of about 8 KB: a Security block of real size, Message, business data with some structure.
fn request(octets: usize) -> Bytes {
    let smev = Revision::Rev120315.namespace();
    let mut rows = String::new();
    let frame = |rows: &str| {
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\">\
             <soap:Header><wsse:Security xmlns:wsse=\"http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd\" \
             soap:actor=\"http://smev.gosuslugi.ru/actors/smev\"><wsse:BinarySecurityToken>{token}</wsse:BinarySecurityToken>\
             </wsse:Security></soap:Header><soap:Body><op:getData xmlns:op=\"urn:provider\" xmlns:smev=\"{smev}\"><smev:Message>\
             <smev:Sender><smev:Code>SOCZ01641</smev:Code><smev:Name>Министерство социальной защиты</smev:Name></smev:Sender>\
             <smev:Recipient><smev:Code>FNS001001</smev:Code><smev:Name>ФНС России</smev:Name></smev:Recipient>\
             <smev:ServiceName>ЕГРЮЛ</smev:ServiceName><smev:TypeCode>GSRV</smev:TypeCode><smev:Status>REQUEST</smev:Status>\
             <smev:Date>2026-10-01T12:00:00.000+03:00</smev:Date><smev:ExchangeType>2</smev:ExchangeType></smev:Message>\
             <smev:MessageData><smev:AppData>{rows}</smev:AppData></smev:MessageData></op:getData></soap:Body></soap:Envelope>",
            token = "MIID".repeat(400),
        )
    };
    let bare = frame("").len();
    while bare + rows.len() < octets {
        rows.push_str(
            "<op:row op:kind=\"person\"><op:inn>6449013711</op:inn><op:name>Иванов Иван Иванович</op:name></op:row>",
        );
    }
    frame(&rows).into()
}

fn receive_and_read(criterion: &mut Criterion) {
    let limits = Limits::default();
    for (name, octets) in [("8 KB", 8 << 10), ("1 MB", 1 << 20)] {
        let message = request(octets);
        let mut group = criterion.benchmark_group("envelope");
        group.throughput(Throughput::Bytes(u64::try_from(message.len()).unwrap_or(0)));
        group.bench_function(format!("receive and read {name}"), |bencher| {
            bencher.iter_batched(
                || message.clone(),
                |message| {
                    Envelope::receive(black_box(message), XML, &limits).and_then(|received| received.read(&limits))
                },
                BatchSize::SmallInput,
            );
        });
        group.finish();
    }
}

criterion_group!(benches, receive_and_read);
criterion_main!(benches);
