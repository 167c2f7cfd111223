//! XML indented for people. What it prints is not what was signed: white space is added and long texts are cut.

use quick_xml::Reader;
use quick_xml::events::Event;

use crate::terminal::tame;

/// Characters of a text shown at most: base64 content has megabytes.
const TEXT_SHOWN: usize = 400;
/// Indentation stops there: a message of a stranger may nest without end.
const DEPTH_SHOWN: usize = 40;

/// The message with an element a line. Where it stops being XML the rest is shown as it is, cut.
pub(super) fn indented(octets: &[u8]) -> String {
    let text = String::from_utf8_lossy(octets);
    let text = text.trim_start_matches('\u{feff}');
    let mut reader = Reader::from_str(text);
    reader.config_mut().check_end_names = false;
    reader.config_mut().allow_unmatched_ends = true;
    let mut page = Page::default();
    loop {
        let from = position(&reader);
        match reader.read_event() {
            Ok(Event::Eof) => break,
            Ok(event) => page.take(&event, text.get(from..position(&reader)).unwrap_or_default()),
            Err(_) => {
                page.line(&format!("<!-- no XML from octet {from} on: -->"));
                page.line(&shortened(text.get(from..).unwrap_or_default()));
                break;
            }
        }
    }
    page.lines.join("\n")
}

fn position(reader: &Reader<&[u8]>) -> usize {
    usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX)
}

#[derive(Default)]
struct Page {
    lines: Vec<String>,
    depth: usize,
    /// The last line is a start tag, with text perhaps: its end tag may join it.
    open: bool,
    /// Text since the last tag.
    text: String,
}

impl Page {
    fn take(&mut self, event: &Event<'_>, written: &str) {
        match event {
            Event::Text(_) | Event::CData(_) | Event::GeneralRef(_) => self.text.push_str(written),
            Event::Start(_) => {
                self.flush();
                self.line(written);
                self.depth = self.depth.saturating_add(1);
                self.open = true;
            }
            Event::End(_) => self.end(written),
            _ => {
                self.flush();
                self.line(written);
            }
        }
    }

    /// `<a>text</a>` stays on one line.
    fn end(&mut self, written: &str) {
        self.depth = self.depth.saturating_sub(1);
        if std::mem::take(&mut self.open)
            && let Some(line) = self.lines.last_mut()
        {
            line.push_str(&shortened(self.text.trim()));
            line.push_str(&tame(written));
            self.text.clear();
            return;
        }
        self.depth = self.depth.saturating_add(1);
        self.flush();
        self.depth = self.depth.saturating_sub(1);
        self.line(written);
    }

    /// Text between tags of other elements gets a line of its own.
    fn flush(&mut self) {
        self.open = false;
        let text = std::mem::take(&mut self.text);
        if !text.trim().is_empty() {
            self.line(&shortened(text.trim()));
        }
    }

    fn line(&mut self, text: &str) {
        self.lines.push(format!("{}{}", "  ".repeat(self.depth.min(DEPTH_SHOWN)), tame(text.trim())));
    }
}

fn shortened(text: &str) -> String {
    let characters = text.chars().count();
    if characters <= TEXT_SHOWN {
        return tame(text);
    }
    let shown: String = text.chars().take(TEXT_SHOWN).collect();
    format!("{}… [{} more characters]", tame(&shown), characters.saturating_sub(TEXT_SHOWN))
}

#[cfg(test)]
mod tests {
    use super::indented;

    #[test]
    fn elements_get_lines_and_nothing_steers_the_terminal() {
        let message = "\u{feff}<?xml version=\"1.0\"?><a x=\"1\"><b>один &amp; два</b><c/><d>\n  <e>\u{202e}\u{9b}31m</e></d>x</a>";
        let lines = [
            "<?xml version=\"1.0\"?>",
            "<a x=\"1\">",
            "  <b>один &amp; два</b>",
            "  <c/>",
            "  <d>",
            "    <e>\\u202e\\u009b31m</e>",
            "  </d>",
            "  x",
            "</a>",
        ];
        assert_eq!(indented(message.as_bytes()), lines.join("\n"));
    }

    #[test]
    fn what_is_no_xml_is_shown_and_long_texts_are_cut() {
        let broken = indented(b"<a><b attr\x1b[2J");
        assert!(
            broken.starts_with("<a>\n") && broken.contains("no XML from octet 3") && broken.contains("\\u001b[2J"),
            "{broken}"
        );
        let long = indented(format!("<a>{}</a>", "Q".repeat(5000)).as_bytes());
        assert!(long.len() < 500 && long.ends_with("… [4600 more characters]</a>"), "{long}");
    }
}
