//! Code: how long functions are, where `unsafe` stands, what must not be left lying about.

use super::Finding;
use super::source::{Token, functions, tokens, views};
use super::tree::Text;

const FUNCTION_LINES_MAX: usize = 70;
/// The one crate that speaks to C.
const UNSAFE_CRATE: &str = "xmldsig";
/// Marks of unfinished work; whole words.
const UNFINISHED: [&str; 3] = ["TODO", "FIXME", "HACK"];
const UNFINISHED_HINT: &str = "finish it, or write down in plain words what is absent and why";

/// Things that are found by the run of their words and signs.
const FORBIDDEN: [(&[&str], &str); 5] = [
    (&["todo", "!"], UNFINISHED_HINT),
    (&["unimplemented", "!"], UNFINISHED_HINT),
    (&["dbg", "!"], "say it through tracing, or not at all"),
    (&["#", "[", "ignore"], "a test that does not run protects nobody: repair or remove it"),
    (&["thread", ":", ":", "sleep"], "wait for the event itself, with a deadline"),
];

/// All checks of this file.
pub(crate) fn check(texts: &[Text]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for text in texts {
        if text.is_rust() {
            let views = views(&text.content);
            let tokens = tokens(&views.code);
            findings.extend(long_functions(text, &tokens));
            findings.extend(forbidden(text, &tokens));
            if text.package() != Some(UNSAFE_CRATE) {
                findings.extend(unsafe_code(text, &tokens));
            }
            findings.extend(unfinished(text, &views.comments));
        } else {
            findings.extend(unfinished(text, &text.content));
        }
    }
    findings
}

fn long_functions(text: &Text, tokens: &[Token<'_>]) -> Vec<Finding> {
    functions(tokens)
        .iter()
        .filter(|function| function.lines > FUNCTION_LINES_MAX)
        .map(|function| Finding {
            file: text.path.clone(),
            line: function.line,
            what: format!(
                "function `{}` has {} lines, {FUNCTION_LINES_MAX} are allowed",
                function.name, function.lines
            ),
            hint: "a part of it can be named: make it a function",
        })
        .collect()
}

fn forbidden(text: &Text, tokens: &[Token<'_>]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (words, hint) in FORBIDDEN {
        for window in tokens.windows(words.len()) {
            if window.iter().map(|token| token.text).eq(words.iter().copied()) {
                findings.push(Finding {
                    file: text.path.clone(),
                    line: window.first().map_or(1, |token| token.line),
                    what: format!("`{}` must not be here", words.concat()),
                    hint,
                });
            }
        }
    }
    findings
}

fn unsafe_code(text: &Text, tokens: &[Token<'_>]) -> Vec<Finding> {
    tokens
        .iter()
        .filter(|token| token.text == "unsafe")
        .map(|token| Finding {
            file: text.path.clone(),
            line: token.line,
            what: format!("`unsafe` outside crates/{UNSAFE_CRATE}"),
            hint: "only the bindings to C may; anything else needs an ADR first",
        })
        .collect()
}

fn unfinished(text: &Text, prose: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (number, line) in prose.lines().enumerate() {
        let mut words = line.split(|c: char| !c.is_alphanumeric() && c != '_');
        if let Some(word) = words.find(|word| UNFINISHED.contains(word)) {
            findings.push(Finding {
                file: text.path.clone(),
                line: number + 1,
                what: format!("`{word}` marks unfinished work"),
                hint: UNFINISHED_HINT,
            });
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(path: &str, content: &str) -> Text {
        Text { path: path.to_owned(), content: content.to_owned() }
    }

    fn found(path: &str, content: &str) -> Vec<usize> {
        check(&[text(path, content)]).iter().map(|f| f.line).collect()
    }

    #[test]
    fn long_functions_are_found() {
        let function = |lines: usize| format!("//! x\nfn f() {{\n{}}}\n", "    a();\n".repeat(lines - 2));
        assert_eq!(found("crates/a/src/b.rs", &function(FUNCTION_LINES_MAX)), []);
        assert_eq!(found("crates/a/src/b.rs", &function(FUNCTION_LINES_MAX + 1)), [2]);
    }

    #[test]
    fn unsafe_is_found_outside_the_bindings() {
        let code = "//! x\nfn f() { unsafe { g() } }";
        assert_eq!(found("crates/gost/src/lib.rs", code), [2]);
        assert_eq!(found("tests/a.rs", code), [2]);
        assert_eq!(found("crates/xmldsig/src/ffi.rs", code), []);
        let words_only = "//! x\n// unsafe\nfn f() { g(\"unsafe\"); }";
        assert_eq!(found("crates/gost/src/lib.rs", words_only), []);
    }

    #[test]
    fn what_must_not_be_left_lying_about_is_found() {
        for bad in [
            "todo!()",
            "unimplemented!()",
            "dbg!(a)",
            "#[ignore]\nfn t() {}",
            "#[ignore = \"slow\"]",
            "std::thread::sleep(d)",
            "// TODO: later",
            "/* FIXME */",
        ] {
            assert_eq!(found("crates/a/src/b.rs", &format!("//! x\n{bad}\n")), [2], "{bad}");
        }
        for fine in ["// what is not dbg!", "\"TODO\"", "fn todo() {}", "let ignore = [0];"] {
            assert_eq!(found("crates/a/src/b.rs", &format!("//! x\n{fine}\n")), [], "{fine}");
        }
    }

    #[test]
    fn unfinished_documents_are_found() {
        assert_eq!(found("docs/OPERATING.md", "Fine.\nTODO write this\n"), [2]);
        assert_eq!(found("docs/OPERATING.md", "TODOS are fine\n"), []);
    }
}
