//! The matrix as one page for a browser or the printer: nothing is fetched, nothing is computed there, every text escaped.

use std::fmt::Write as _;

use domain::registry::Messages;
use jiff::Timestamp;

use super::matrix::Grid;
use crate::language::Language;

const STYLE: &str = "body{font:14px/1.4 sans-serif;margin:2em;color:#111;background:#fff}\
    h1{font-size:1.3em}table{border-collapse:collapse}caption{text-align:left;margin-bottom:.5em}\
    th,td{border:1px solid #888;padding:.3em .5em;text-align:left;vertical-align:top}\
    thead th{background:#eee}tbody th{background:#f6f6f6;white-space:nowrap}\
    .name{font-weight:normal;font-size:.85em;display:block}p{margin:0}.over{color:#767676;text-decoration:line-through}\
    .test{font-style:italic}@media print{body{margin:0;font-size:9px}thead{display:table-header-group}\
    tr{break-inside:avoid}@page{size:A4 landscape;margin:10mm}}";

/// The whole page.
pub(super) fn page(grid: &Grid<'_>, language: Language, at: Timestamp) -> String {
    let title = language.of("Матрица доступа", "Access matrix");
    let node = grid.registry.node();
    let mut text = format!(
        "<!DOCTYPE html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n<table>\n\
         <caption>{} ({}), {}, {} {}</caption>\n<thead>\n<tr><th scope=\"col\">{}</th>",
        language.of("ru", "en"),
        escaped(&node.name),
        escaped(node.mnemonic.as_str()),
        at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        language.of("реестр", "registry"),
        escaped(grid.registry.digest()),
        language.of("потребитель", "consumer"),
    );
    // Writing to a String cannot fail.
    for sid in &grid.services {
        let name = grid.registry.service_versions(sid).next().map(|service| service.name.as_str()).unwrap_or_default();
        let _ = write!(
            text,
            "<th scope=\"col\">{}<span class=\"name\">{}</span></th>",
            escaped(sid.as_str()),
            escaped(name)
        );
    }
    text.push_str("</tr>\n</thead>\n<tbody>\n");
    for consumer in &grid.consumers {
        let system = grid.registry.system(consumer);
        let participant = system.and_then(|system| grid.registry.participant(&system.participant));
        let name = participant.map(|participant| participant.name.as_str()).unwrap_or_default();
        let _ = write!(
            text,
            "<tr><th scope=\"row\">{}<span class=\"name\">{}</span></th>",
            escaped(consumer.as_str()),
            escaped(name)
        );
        for sid in &grid.services {
            text.push_str("<td>");
            for row in grid.rights(consumer, sid) {
                let class = match (grid.is_over(row), row.messages == Messages::Test) {
                    (true, _) => " class=\"over\"",
                    (false, true) => " class=\"test\"",
                    (false, false) => "",
                };
                let on = row.application.as_ref().map(|number| format!(" [{number}]")).unwrap_or_default();
                let _ = write!(
                    text,
                    "<p{class} title=\"{}\">{}</p>",
                    escaped(&format!("{}{on} — {}", row.ground, row.place)),
                    escaped(&grid.right(row, language))
                );
            }
            text.push_str("</td>");
        }
        text.push_str("</tr>\n");
    }
    text.push_str("</tbody>\n</table>\n</body>\n</html>\n");
    text
}

/// A text inside of an element or a quoted attribute.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}
