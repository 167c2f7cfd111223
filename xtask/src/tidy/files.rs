//! Files: how long they are, how they begin, how they and what is in them are called.

use super::Finding;
use super::source::{tokens, views};
use super::tree::Text;

const FILE_LINES_MAX: usize = 500;
/// The file everyone opens first is read in one go.
const PIPELINE: &str = "crates/gateway/src/pipeline.rs";
const PIPELINE_LINES_MAX: usize = 200;
/// Drawers into which anything fits say nothing about what is in them.
const DRAWERS: [&str; 8] = ["util", "utils", "common", "helper", "helpers", "manager", "managers", "misc"];
const DRAWER_HINT: &str = "name it after what it does, in the words of docs/GLOSSARY.md";

/// All checks of this file.
pub(crate) fn check(texts: &[Text]) -> Vec<Finding> {
    let rust = texts.iter().filter(|text| text.is_rust());
    rust.flat_map(|text| {
        let mut findings = Vec::new();
        findings.extend(length(text));
        findings.extend(head(text));
        findings.extend(path_names(text));
        findings.extend(item_names(text));
        findings
    })
    .collect()
}

fn length(text: &Text) -> Option<Finding> {
    let max = if text.path == PIPELINE { PIPELINE_LINES_MAX } else { FILE_LINES_MAX };
    let lines = text.content.lines().count();
    (lines > max).then(|| Finding {
        file: text.path.clone(),
        line: max + 1,
        what: format!("the file has {lines} lines, {max} are allowed"),
        hint: "a part of it has a purpose of its own: give it its own file and name",
    })
}

fn head(text: &Text) -> Option<Finding> {
    (!text.content.starts_with("//!")).then(|| Finding {
        file: text.path.clone(),
        line: 1,
        what: "the file does not begin with //!".to_owned(),
        hint: "say what it is for and what it does not do",
    })
}

fn path_names(text: &Text) -> Vec<Finding> {
    let parts = text.path.split('/');
    parts
        .map(|part| part.trim_end_matches(".rs"))
        .filter(|part| is_drawer(part))
        .map(|part| Finding {
            file: text.path.clone(),
            line: 1,
            what: format!("`{part}` says nothing about what is inside"),
            hint: DRAWER_HINT,
        })
        .collect()
}

/// Modules of such a name, and types that end in it.
fn item_names(text: &Text) -> Vec<Finding> {
    let views = views(&text.content);
    let tokens = tokens(&views.code);
    let mut findings = Vec::new();
    for pair in tokens.windows(2) {
        let [keyword, name] = pair else { continue };
        let bad = match keyword.text {
            "mod" => is_drawer(name.text),
            "struct" | "enum" | "trait" | "type" => {
                let last = name.text.rfind(char::is_uppercase).unwrap_or(0);
                name.text.get(last..).is_some_and(|word| is_drawer(&word.to_lowercase()))
            }
            _ => false,
        };
        if bad {
            findings.push(Finding {
                file: text.path.clone(),
                line: name.line,
                what: format!("`{}` says nothing about what it does", name.text),
                hint: DRAWER_HINT,
            });
        }
    }
    findings
}

fn is_drawer(name: &str) -> bool {
    let last = name.rsplit('_').next().unwrap_or(name);
    DRAWERS.contains(&name) || (DRAWERS.contains(&last) && last != "common")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(path: &str, content: &str) -> Text {
        Text { path: path.to_owned(), content: content.to_owned() }
    }

    fn lines(count: usize) -> String {
        "//! x\n".repeat(count)
    }

    #[test]
    fn long_files_are_found() {
        for (path, max) in [("crates/a/src/b.rs", FILE_LINES_MAX), (PIPELINE, PIPELINE_LINES_MAX)] {
            assert_eq!(check(&[text(path, &lines(max))]), []);
            let found = check(&[text(path, &lines(max + 1))]);
            assert_eq!(found.len(), 1, "{path}");
            assert_eq!(found.first().map(|f| f.line), Some(max + 1));
        }
    }

    #[test]
    fn files_without_a_head_are_found() {
        assert_eq!(check(&[text("tests/a.rs", "//! Why.\n")]), []);
        assert_eq!(check(&[text("tests/a.rs", "// Why.\n")]).len(), 1);
        assert_eq!(check(&[text("tests/a.rs", "")]).len(), 1);
        assert_eq!(check(&[text("notes.txt", "anything")]), []);
    }

    #[test]
    fn drawers_are_found_by_path_module_and_type() {
        let head = "//! x\n";
        for path in ["crates/a/src/utils.rs", "crates/a/src/common/mod.rs", "tests/test_helpers.rs"] {
            assert_eq!(check(&[text(path, head)]).len(), 1, "{path}");
        }
        for item in ["mod helpers;", "struct KeyManager;", "pub enum StringUtils {}", "mod a_util {}"] {
            let found = check(&[text("crates/a/src/b.rs", &format!("{head}{item}"))]);
            assert_eq!(found.len(), 1, "{item}");
            assert_eq!(found.first().map(|f| f.line), Some(2));
        }
        for fine in ["fn common_name() {}", "mod not_common;", "let manager = 1;"] {
            let found = check(&[text("crates/a/src/b.rs", &format!("{head}{fine}"))]);
            assert_eq!(found, [], "{fine}");
        }
    }
}
