//! Words of others, made fit for an operator's terminal: they may neither steer it nor change the order in which he reads.
//! Meant for text output; JSON and raw octets stay what they are.

use std::fmt::Write as _;

/// The text with control characters, line ends included, and bidirectional controls written as `\u001b`.
pub(crate) fn tame(text: &str) -> String {
    let mut tamed = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() || turns_direction(character) {
            // Writing to a String cannot fail.
            let _ = write!(tamed, "\\u{:04x}", u32::from(character));
        } else {
            tamed.push(character);
        }
    }
    tamed
}

/// The tamed text, cut to so many characters; a cut shows as `…`.
pub(crate) fn cell(text: &str, width: usize) -> String {
    let tamed = tame(text);
    if tamed.chars().count() <= width {
        return tamed;
    }
    tamed.chars().take(width.saturating_sub(1)).chain(['…']).collect()
}

/// Characters of a line of the terminal that stdout is, or as COLUMNS says; `None` when nobody reads along.
pub(crate) fn width() -> Option<usize> {
    let set = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok()).filter(|columns| *columns > 0);
    set.or_else(|| terminal_size::terminal_size_of(std::io::stdout()).map(|(width, _)| usize::from(width.0)))
}

/// Marks, embeddings, overrides and isolates of UAX #9, and the separators that end a line without being controls.
fn turns_direction(character: char) -> bool {
    matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sender_cannot_steer_the_terminal_of_the_reader() {
        let told = [
            ("SOCZ01641 Орган", "SOCZ01641 Орган"),
            ("\u{1b}[2J\r\nrefused", "\\u001b[2J\\u000d\\u000arefused"),
            ("\u{9b}31m\u{7f}", "\\u009b31m\\u007f"),
            ("\u{202e}GNIP\u{2066}\u{61c}", "\\u202eGNIP\\u2066\\u061c"),
        ];
        for (sent, shown) in told {
            assert_eq!(tame(sent), shown);
        }
    }

    #[test]
    fn a_long_word_cannot_push_the_columns_of_others_away() {
        assert_eq!(cell("SOCZ01641", 9), "SOCZ01641");
        assert_eq!(cell("ОРГАН016410", 9), "ОРГАН016…");
    }
}
