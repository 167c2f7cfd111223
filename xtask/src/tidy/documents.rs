//! Documents: every decision is in the index, and nothing names a place on somebody's machine.

use super::Finding;
use super::tree::Text;

const DECISIONS: &str = "docs/adr/";
const INDEX: &str = "docs/adr/README.md";
/// Top directories under which people and build machines keep their things.
const PRIVATE_TOPS: [&str; 4] = ["home", "root", "work", "Users"];

/// All checks of this file.
pub(crate) fn check(texts: &[Text]) -> Vec<Finding> {
    let mut findings = unlisted_decisions(texts);
    for text in texts {
        findings.extend(private_paths(text));
    }
    findings
}

fn unlisted_decisions(texts: &[Text]) -> Vec<Finding> {
    let index = texts.iter().find(|text| text.path == INDEX).map_or("", |text| text.content.as_str());
    texts
        .iter()
        .filter(|text| text.is_document() && text.path != INDEX)
        .filter_map(|text| text.path.strip_prefix(DECISIONS))
        .filter(|name| !index.contains(&format!("({name})")))
        .map(|name| Finding {
            file: INDEX.to_owned(),
            line: 1,
            what: format!("{name} is not listed"),
            hint: "add a line with a link to it",
        })
        .collect()
}

fn private_paths(text: &Text) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (number, line) in text.content.lines().enumerate() {
        if let Some(top) = PRIVATE_TOPS.iter().find(|top| names_path_under(line, top)) {
            findings.push(Finding {
                file: text.path.clone(),
                line: number + 1,
                what: format!("names a path under /{top} of somebody's machine"),
                hint: "name it from the root of the repository, or by what it is",
            });
        }
    }
    findings
}

/// Whether `/top/` stands there as the beginning of a path, not in the middle of one or of an address.
fn names_path_under(line: &str, top: &str) -> bool {
    let wanted = format!("/{top}/");
    line.match_indices(&wanted).any(|(at, _)| {
        let before = line.get(..at).and_then(|before| before.chars().next_back());
        !before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '~' | '/' | '}'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(path: &str, content: &str) -> Text {
        Text { path: path.to_owned(), content: content.to_owned() }
    }

    #[test]
    fn a_decision_missing_from_the_index_is_found() {
        let decision = text("docs/adr/0001-sled.md", "# Why sled\n");
        let index = text(INDEX, "- [Why sled](0001-sled.md)\n");
        assert_eq!(check(&[decision, index]), []);
        let found = check(&[text("docs/adr/0002-splice.md", ""), text(INDEX, "")]);
        assert_eq!(found.len(), 1);
    }

    #[test]
    fn paths_of_a_build_machine_are_found() {
        for top in PRIVATE_TOPS {
            let line = format!("see `/{top}/me/file` there\n");
            assert_eq!(check(&[text("docs/a.md", &line)]).len(), 1, "{line}");
            let line = format!("see `crates/a/{top}/file` and https://example.org/{top}/x\n");
            assert_eq!(check(&[text("docs/a.md", &line)]), [], "{line}");
        }
    }
}
