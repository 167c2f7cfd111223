//! The report of a case for people: one HTML page in Russian, without scripts and without anything from outside, fit for print.
//!
//! A pure function of the evidence: whoever checks a case file makes the page anew and compares. It judges nothing.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::Timestamp;
use journal::proof::{Cover, Lifted};
use journal::{Digest, Header, Kind, SignerFound};
use pki::Certificate;
use uuid::Uuid;

use super::words;
use super::{Case, Piece};

const STYLE: &str = "body{font:15px/1.45 'Segoe UI','Helvetica Neue',Arial,'DejaVu Sans',sans-serif;color:#1b1f24;max-width:62rem;margin:2rem auto;padding:0 1.2rem}\
h1{font-size:1.6rem;margin:0 0 .3rem}h2{font-size:1.2rem;margin:2.2rem 0 .6rem;border-bottom:2px solid #30475e;padding-bottom:.2rem}\
h3{font-size:1rem;margin:1.2rem 0 .4rem;color:#30475e}p{margin:.4rem 0}table{border-collapse:collapse;width:100%;margin:.4rem 0;table-layout:fixed}\
th,td{border:1px solid #c8ced6;padding:.35rem .5rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}\
th{background:#eef2f6;font-weight:600}th.w0{width:1.6rem}th.w1{width:12rem}th.w2{width:9.5rem}code{font:12px/1.4 'DejaVu Sans Mono',Consolas,monospace;overflow-wrap:anywhere}\
.sub{color:#55606c}.yes{color:#176639}.no{color:#a3261b}.wait{color:#8a5a00}.box{border:1px solid #c8ced6;border-left:5px solid #30475e;padding:.6rem .9rem;margin:.7rem 0;background:#f7f9fb}\
pre{background:#f4f6f8;padding:.6rem .8rem;white-space:pre-wrap;overflow-wrap:anywhere;font:12px/1.4 'DejaVu Sans Mono',Consolas,monospace}\
@media print{body{margin:0;max-width:none;font-size:11px}h2{break-after:avoid}tr,.box{break-inside:avoid}a{color:inherit;text-decoration:none}}";

/// The page.
pub(super) fn render(case: &Case) -> String {
    let lifted: Vec<(&Piece, Lifted)> =
        case.pieces.iter().filter_map(|piece| Some((piece, piece.lifted().ok()?))).collect();
    let mut page = Page { out: String::new(), people: people(case) };
    page.open(case, &lifted);
    page.course(&by_exchange(&lifted));
    for (number, (exchange, records)) in by_exchange(&lifted).into_iter().enumerate() {
        page.exchange(number.saturating_add(1), exchange, &records);
    }
    page.proofs(&lifted);
    page.registry(case, &lifted);
    page.close(case);
    page.out
}

/// Text that somebody else wrote, harmless in a page.
fn safe(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // They would turn the direction in which the rest is read.
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                out.push('\u{fffd}');
            }
            other if other.is_control() => out.push('\u{fffd}'),
            other => out.push(other),
        }
    }
    out
}

fn time(time: Timestamp) -> String {
    time.strftime("%d.%m.%Y %H:%M:%S%.3f").to_string()
}

fn word(text: Option<&String>) -> String {
    text.map_or_else(|| "—".to_owned(), |text| safe(text))
}

/// Subjects of the certificates of the case, by fingerprint.
fn people(case: &Case) -> BTreeMap<String, Certificate> {
    let read = |octets: &bytes::Bytes| Certificate::from_der(octets).ok();
    case.certificates
        .iter()
        .chain(&case.nodes)
        .filter_map(read)
        .map(|certificate| (certificate.fingerprint().to_string(), certificate))
        .collect()
}

type Records<'a> = Vec<(&'a Piece, &'a Lifted)>;

/// Records of one exchange together, exchanges in the order of their first records.
fn by_exchange<'a>(lifted: &'a [(&'a Piece, Lifted)]) -> Vec<(Uuid, Records<'a>)> {
    let mut exchanges: Vec<(Uuid, Records<'a>)> = Vec::new();
    for (piece, record) in lifted {
        let exchange = record.entry.header.exchange;
        match exchanges.iter_mut().find(|(known, _)| *known == exchange) {
            Some((_, records)) => records.push((piece, record)),
            None => exchanges.push((exchange, vec![(piece, record)])),
        }
    }
    exchanges
}

/// Each step once, however many stores have it.
fn steps<'a>(records: &Records<'a>) -> Vec<&'a Header> {
    let mut steps: Vec<&Header> = Vec::new();
    for (_, record) in records {
        let header = &record.entry.header;
        if !steps.iter().any(|known| known.kind == header.kind) {
            steps.push(header);
        }
    }
    steps
}

struct Page {
    out: String,
    people: BTreeMap<String, Certificate>,
}

impl Page {
    fn add(&mut self, html: &str) {
        self.out.push_str(html);
        self.out.push('\n');
    }

    /// A line of a table of two columns.
    fn fact(&mut self, name: &str, value: &str) {
        self.add(&format!("<tr><th class=\"w1\">{name}</th><td>{value}</td></tr>"));
    }

    fn open(&mut self, case: &Case, lifted: &[(&Piece, Lifted)]) {
        let made = &case.made;
        let title = format!("Дело об обмене: {}", safe(&made.asked));
        self.add("<!DOCTYPE html>\n<html lang=\"ru\">\n<head>\n<meta charset=\"utf-8\">");
        self.add(
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">",
        );
        self.add(&format!("<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>"));
        self.add(
            "<p class=\"sub\">Выписка из журнала узла межведомственного обмена. Всё время указано по UTC.</p>\n<table>",
        );
        self.fact("Составлено", &time(made.time));
        self.fact("Кем", &safe(&made.who));
        self.fact("Основание", &safe(&made.reason));
        let exchanges = by_exchange(lifted).len();
        let covered = case.pieces.iter().filter(|piece| piece.proof.is_some()).count();
        self.fact("Обменов, записей", &format!("{exchanges}, {}", case.pieces.len()));
        let all = covered == case.pieces.len();
        let class = if all { "yes" } else { "wait" };
        self.fact("Под подписью узла", &format!("<span class=\"{class}\">{covered} из {}</span>", case.pieces.len()));
        self.add("</table>");
        if !case.made.complete {
            self.add("<p class=\"no\">Дело может быть неполным: поиск остановлен на пределе числа записей, или часть журнала не читается.</p>");
        }
        for piece in case.pieces.iter().filter(|piece| piece.lifted().is_err()) {
            self.add(&format!(
                "<p class=\"no\">Запись {} не соответствует своим суммам и не показана.</p>",
                safe(&piece.id.to_string())
            ));
        }
    }

    /// The whole case at a glance.
    fn course(&mut self, exchanges: &[(Uuid, Records<'_>)]) {
        self.add("<h2>Ход дела</h2>\n<table><tr><th class=\"w0\">№</th><th class=\"w1\">Время (UTC)</th><th>Кто кому</th><th>Сервис, операция</th><th>Запрос и исход</th></tr>");
        for (number, (_, records)) in exchanges.iter().enumerate() {
            let steps = steps(records);
            let Some(first) = steps.first() else { continue };
            let row = format!(
                "<tr><td>{}</td><td>{}</td><td>{} → {}</td><td>{}, {}</td><td>{}: {}</td></tr>",
                number.saturating_add(1),
                time(first.received.unwrap_or(first.time)),
                word(first.sender.as_ref()),
                word(first.recipient.as_ref()),
                word(first.service.as_ref()),
                word(first.operation.as_ref()),
                word(first.status.as_ref()),
                outcome(&steps),
            );
            self.add(&row);
        }
        self.add("</table>");
    }

    fn exchange(&mut self, number: usize, exchange: Uuid, records: &Records<'_>) {
        let steps = steps(records);
        let Some(first) = steps.first() else { return };
        let parties = format!("{} → {}", word(first.sender.as_ref()), word(first.recipient.as_ref()));
        self.add(&format!("<h2>{number}. {parties}</h2>\n<table>"));
        self.fact("MessageId запроса", &format!("<code>{exchange}</code>"));
        let version =
            first.service_version.as_ref().map(|version| format!(", версия {}", safe(version))).unwrap_or_default();
        self.fact("Электронный сервис", &format!("{}{version}", word(first.service.as_ref())));
        self.fact("Операция", &word(first.operation.as_ref()));
        if first.case_number.is_some() || first.service_code.is_some() {
            let code = first.service_code.as_ref().map(|code| format!(" (услуга {})", safe(code))).unwrap_or_default();
            self.fact("Номер дела", &format!("{}{code}", word(first.case_number.as_ref())));
        }
        self.fact(
            "По какому праву",
            &first.grant.as_ref().map_or("право не установлено".to_owned(), |grant| {
                format!("строка матрицы доступа {}", safe(grant))
            }),
        );
        self.fact("Чем закончилось", &outcome(&steps));
        self.add("</table>\n<h3>Что произошло</h3>\n<table><tr><th class=\"w1\">Время (UTC)</th><th>Событие</th></tr>");
        let mut events: Vec<(Timestamp, String)> = steps.iter().flat_map(|header| events(header)).collect();
        events.sort_by_key(|(time, _)| *time);
        for (at, event) in events {
            self.add(&format!("<tr><td>{}</td><td>{event}</td></tr>", time(at)));
        }
        self.add("</table>");
        self.signatures(&steps);
        self.evidence(records);
    }

    fn signatures(&mut self, steps: &[&Header]) {
        self.add("<h3>Подписи, как их проверила шина</h3>\n<table><tr><th class=\"w1\">Подпись</th><th>Чья</th><th>Вывод</th></tr>");
        let mut any = false;
        for header in steps {
            let kind = words::message(header.kind);
            let found =
                [("ЭП-ОВ", &header.signer, header.certificate.as_ref()), ("ЭП-СМЭВ", &header.node_signer, None)];
            for (name, signer, certificate) in found {
                let Some(signer) = signer else { continue };
                any = true;
                let fingerprint = certificate.or(signer.path.first());
                let row = format!(
                    "<tr><td>{name} {kind}</td><td>{}</td><td>{}</td></tr>",
                    self.person(fingerprint),
                    verdict(signer)
                );
                self.add(&row);
            }
            for official in &header.officials {
                any = true;
                let trust = official
                    .trust
                    .as_ref()
                    .map(|trust| format!("; сертификат: {}", safe(words::signer(trust))))
                    .unwrap_or_default();
                let row = format!(
                    "<tr><td>ЭП-СП {kind}<br><span class=\"sub\">{}</span></td><td>{}</td><td>{}{trust}</td></tr>",
                    safe(&official.place),
                    self.person(official.certificate.as_ref()),
                    safe(&words::official(&official.outcome)),
                );
                self.add(&row);
            }
        }
        if !any {
            self.add("<tr><td colspan=\"3\">Подписей отправителя на записи нет: за систему подписывает шина, или сообщение отклонено раньше.</td></tr>");
        }
        self.add("</table>");
    }

    /// Whose certificate it is.
    fn person(&self, fingerprint: Option<&String>) -> String {
        let Some(fingerprint) = fingerprint else { return "—".to_owned() };
        let code = format!("<code>SHA-256 {}</code>", safe(fingerprint));
        match self.people.get(fingerprint) {
            None => code,
            Some(certificate) => format!(
                "{}<br><span class=\"sub\">выдан: {}; действует {} – {}</span><br>{code}",
                safe(certificate.subject()),
                safe(certificate.issuer()),
                certificate.not_before().strftime("%d.%m.%Y"),
                certificate.not_after().strftime("%d.%m.%Y"),
            ),
        }
    }

    fn evidence(&mut self, records: &Records<'_>) {
        self.add("<h3>Записи журнала</h3>\n<table><tr><th class=\"w1\">Запись</th><th class=\"w2\">Шаг</th><th>Сообщения (длина, SHA-256)</th></tr>");
        for (piece, record) in records {
            let mut messages = String::new();
            for body in &record.record.bodies {
                let Ok(Some(octets)) = record.record.message(body.role) else { continue };
                let role = words::role(body.role);
                // Writing to a string does not fail.
                let _ = write!(
                    messages,
                    "{role}: {} октетов<br><code>{}</code><br>",
                    octets.len(),
                    Digest::of([octets.as_ref()])
                );
            }
            let id = safe(&piece.id.to_string());
            let kind = words::kind(record.entry.header.kind);
            self.add(&format!(
                "<tr><td>{id}<br><span class=\"sub\">records/{id}/</span></td><td>{kind}</td><td>{messages}</td></tr>"
            ));
        }
        self.add("</table>");
    }

    fn proofs(&mut self, lifted: &[(&Piece, Lifted)]) {
        self.add("<h2>Чем доказана неизменность</h2>");
        self.add("<p>Каждая запись журнала имеет контрольную сумму, в которую входят её заголовок, сообщения и сумма предыдущей записи. Суммы месяца составляют дерево; его корень узел подписывает своим ключом. Путь от записи к подписанному корню лежит в этом деле: изменить, подменить или вставить запись, не нарушив путь или подпись, нельзя.</p>");
        let mut covers: Vec<(&Cover, Vec<String>)> = Vec::new();
        let mut without = Vec::new();
        for (piece, _) in lifted {
            let id = piece.id.to_string();
            match &piece.proof {
                None => without.push(id),
                Some((_, cover)) => match covers.iter_mut().find(|(known, _)| *known == cover) {
                    Some((_, ids)) => ids.push(id),
                    None => covers.push((cover, vec![id])),
                },
            }
        }
        for (cover, ids) in covers {
            let (head, signed) = (cover.head(), cover.signed());
            let what = match cover {
                Cover::Checkpoint(_) => "Контрольная точка",
                Cover::Seal(_) => "Печать месяца",
            };
            let person = self.person(Some(&signed.certificate.to_string()));
            self.add(&format!(
                "<div class=\"box\"><p><b>{what}</b>: узел {} {} подписал ({}), что хранилище {} за {} содержит {} кадров (записей и словарей сжатия) с корнем <code>{}</code>.</p><p>Сертификат узла: {person}</p><p>Под ней записи: {}.</p></div>",
                safe(&signed.node),
                time(signed.time),
                safe(&signed.algorithm),
                safe(head.store.as_str()),
                head.month,
                head.entries,
                head.root,
                safe(&ids.join(", ")),
            ));
        }
        if !without.is_empty() {
            self.add(&format!(
                "<p class=\"wait\">Ещё не под подписью узла: {}. Составьте дело заново, когда узел подпишет следующую контрольную точку.</p>",
                safe(&without.join(", "))
            ));
        }
    }

    fn registry(&mut self, case: &Case, lifted: &[(&Piece, Lifted)]) {
        let mut digests: Vec<&str> = lifted.iter().map(|(_, record)| record.entry.header.registry.as_str()).collect();
        digests.sort_unstable();
        digests.dedup();
        let current = case.registry.as_ref().map(|manifest| Digest::of([manifest.as_ref()]).to_string());
        self.add("<h2>Версия реестра и матрицы доступа</h2>");
        for digest in digests.into_iter().filter(|digest| !digest.is_empty()) {
            let there = if current.as_deref() == Some(digest) {
                "опись её файлов с суммами лежит в registry.txt"
            } else {
                "с тех пор заменена; её файлы ищите по этой сумме в истории реестра"
            };
            self.add(&format!("<p><code>{}</code><br>{there}</p>", safe(digest)));
        }
    }

    fn close(&mut self, case: &Case) {
        self.add("<h2>Как проверить</h2>");
        self.add("<p>На любой машине, без шины и без журнала, программой rsmev и сертификатом узла, полученным не из этого дела:</p>");
        self.add("<pre>rsmev journal verify ДЕЛО.zip --node-certificate узел.pem --lang ru</pre>");
        self.add("<p class=\"sub\">Эта страница составлена из файлов дела; проверка составляет её заново и сравнивает. Суммы всех файлов — в manifest.json.</p>");
        self.add(&format!(
            "<p class=\"sub\">Составлено программой rsmev {}.</p>\n</body>\n</html>",
            safe(&case.made.program)
        ));
    }
}

fn outcome(steps: &[&Header]) -> String {
    let last = steps.iter().find(|header| header.kind != Kind::Accepted);
    let Some(last) = last else {
        return "<span class=\"wait\">ответа на записи нет</span>".to_owned();
    };
    let class = if last.kind == Kind::Answered { "yes" } else { "no" };
    let code = last.code.as_ref().map(|code| format!(", {}", safe(code))).unwrap_or_default();
    let status = last.status.as_ref().filter(|_| last.kind == Kind::Answered);
    let status = status.map(|status| format!(", статус {}", safe(status))).unwrap_or_default();
    let why = if last.kind == Kind::Answered { String::new() } else { format!("<br>{}", safe(&last.verdict)) };
    format!("<span class=\"{class}\">{}{status}{code}</span>{why}", words::kind(last.kind))
}

/// What a record says happened, and when.
fn events(header: &Header) -> Vec<(Timestamp, String)> {
    let (from, to) = (word(header.sender.as_ref()), word(header.recipient.as_ref()));
    let status = header.status.as_ref().map(|status| format!(" (статус {})", safe(status))).unwrap_or_default();
    let code = header.code.as_ref().map(|code| safe(code)).unwrap_or_default();
    let endpoint =
        header.endpoint.as_ref().map(|endpoint| format!(" по адресу {}", safe(endpoint))).unwrap_or_default();
    let mut events = Vec::new();
    let received = match header.kind {
        Kind::Answered => format!("Получен ответ от {from}{status}"),
        Kind::Failed => format!("Получено от {to} то, что ответом не признано"),
        _ => format!("Получено сообщение от {from}{status}"),
    };
    events.extend(header.received.map(|time| (time, received)));
    match header.kind {
        Kind::Accepted => {
            events.push((header.time, "Подпись и право проверены; запрос записан в журнал".to_owned()));
            events.extend(header.sent.map(|time| (time, format!("Запрос передан {to}{endpoint}"))));
        }
        Kind::Answered => {
            events.push((header.time, "Ответ проверен и записан в журнал".to_owned()));
            events.extend(header.sent.map(|time| (time, format!("Ответ передан {to}"))));
        }
        Kind::Failed | Kind::Refused => {
            events.push((header.time, format!("Возвращён отказ {code}: {}", safe(&header.verdict))));
        }
        Kind::Audited => {}
    }
    events
}

fn verdict(signer: &SignerFound) -> String {
    let good = matches!(signer.outcome.as_str(), "trusted" | "dates_only");
    let class = if good { "yes" } else { "no" };
    let mut text = format!("<span class=\"{class}\">{}</span>", safe(words::signer(&signer.outcome)));
    for list in &signer.lists {
        let grace = if list.in_grace { ", в пределах допустимой задержки" } else { "" };
        let _ = write!(
            text,
            "<br><span class=\"sub\">СОС от {}{grace}</span><br><code>SHA-256 {}</code>",
            time(list.this_update),
            safe(&list.sha256)
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::safe;

    #[test]
    fn a_sender_cannot_put_markup_into_the_auditors_page() {
        assert_eq!(
            safe("<script>alert('x')</script> & \"y\"\u{202e}\u{0}"),
            "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;y&quot;\u{fffd}\u{fffd}"
        );
    }
}
