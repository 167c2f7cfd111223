//! Layers: arrows between the crates of this workspace point downward only.

use super::Finding;
use super::tree::Text;
use crate::json::Value;

/// Every crate and its layer (ARCHITECTURE.md); a crate may use those of lower layers.
const LAYERS: [(&str, u8); 12] = [
    ("domain", 0),
    ("gost", 0),
    ("pki", 1),
    ("xmldsig", 2),
    ("journal", 2),
    ("token", 2),
    ("envelope", 3),
    ("office", 3),
    ("delivery", 3),
    ("gateway", 4),
    ("stand", 4),
    ("rsmev", 5),
];
/// Built on a machine where nothing is yet: from the standard library alone.
const BARE: &str = "xtask";
/// Downward, and wrong all the same: the pretend region sees the bus only from outside.
const NEVER: [(&str, &str); 1] = [("stand", "journal")];
/// The one crate that may speak to C has a lints table of its own.
const OWN_LINTS: &str = "xmldsig";

/// Checks what `cargo metadata --no-deps` says, and that every crate inherits the lints.
pub(crate) fn check(metadata: &Value, texts: &[Text]) -> Vec<Finding> {
    let packages = metadata.get("packages").items();
    let names: Vec<&str> = packages.iter().filter_map(|p| p.get("name").text()).collect();
    let mut findings = Vec::new();
    for package in packages {
        let Some(name) = package.get("name").text() else {
            continue;
        };
        let manifest = Manifest::of(name, texts);
        if name != BARE && layer(name).is_none() {
            findings.push(manifest.finding("", format!("crate `{name}` has no layer"), NO_LAYER_HINT));
        }
        for dependency in package.get("dependencies").items() {
            let Some(used) = dependency.get("name").text() else {
                continue;
            };
            if let Some((what, hint)) = wrong_arrow(name, used, names.contains(&used)) {
                findings.push(manifest.finding(used, what, hint));
            }
        }
        findings.extend(manifest.lints(name));
    }
    findings.extend(workspace_forbids_unsafe(texts));
    findings
}

const NO_LAYER_HINT: &str = "give it one in xtask/src/tidy/layers.rs and in ARCHITECTURE.md";
const ARROW_HINT: &str = "pass what is needed in from above, as a value or behind a trait";

fn layer(name: &str) -> Option<u8> {
    LAYERS.iter().find(|(known, _)| *known == name).map(|(_, layer)| *layer)
}

/// Why `name` must not use `used`, if so. Dependencies of tests and build scripts are arrows too.
fn wrong_arrow(name: &str, used: &str, ours: bool) -> Option<(String, &'static str)> {
    if name == BARE {
        let what = format!("{BARE} uses `{used}`");
        return Some((what, "it must build where nothing is installed yet: use the standard library"));
    }
    if !ours {
        return None;
    }
    if NEVER.contains(&(name, used)) {
        let what = format!("`{name}` uses `{used}`");
        return Some((what, "the pretend region sees the bus only from outside"));
    }
    match (layer(name), layer(used)) {
        (Some(from), Some(to)) if to < from => None,
        (Some(from), Some(to)) => Some((
            format!("`{name}` (layer {from}) uses `{used}` (layer {to}): arrows point downward only"),
            ARROW_HINT,
        )),
        (_, None) => Some((format!("`{name}` uses `{used}`, which has no layer"), NO_LAYER_HINT)),
        (None, _) => None,
    }
}

/// A crate's `Cargo.toml`, to point into.
struct Manifest<'a> {
    path: String,
    content: &'a str,
}

impl<'a> Manifest<'a> {
    fn of(package: &str, texts: &'a [Text]) -> Self {
        let text = texts.iter().find(|text| text.package() == Some(package) && text.path.ends_with("/Cargo.toml"));
        Self {
            path: text.map_or_else(|| format!("{package}/Cargo.toml"), |text| text.path.clone()),
            content: text.map_or("", |text| &text.content),
        }
    }

    /// At the line that begins with `key`, or at the first.
    fn finding(&self, key: &str, what: String, hint: &'static str) -> Finding {
        let at = self.content.lines().position(|line| {
            let rest = line.strip_prefix(key);
            !key.is_empty() && rest.is_some_and(|rest| rest.starts_with(['.', ' ', '=']))
        });
        Finding { file: self.path.clone(), line: at.map_or(1, |at| at + 1), what, hint }
    }

    fn lints(&self, name: &str) -> Option<Finding> {
        let wanted =
            if name == OWN_LINTS { "undocumented_unsafe_blocks = \"deny\"" } else { "[lints]\nworkspace = true" };
        (!self.content.contains(wanted)).then(|| {
            self.finding(
                "[lints]",
                format!("`{}` is missing", wanted.replace('\n', " ")),
                "the lints of the workspace hold in every crate",
            )
        })
    }
}

fn workspace_forbids_unsafe(texts: &[Text]) -> Option<Finding> {
    let root = texts.iter().find(|text| text.path == "Cargo.toml")?;
    (!root.content.contains("unsafe_code = \"forbid\"")).then(|| Finding {
        file: root.path.clone(),
        line: 1,
        what: "the workspace no longer forbids unsafe code".to_owned(),
        hint: "[workspace.lints.rust] unsafe_code = \"forbid\"",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINTS: &str = "[lints]\nworkspace = true\n";

    fn text(path: &str, content: &str) -> Text {
        Text { path: path.to_owned(), content: content.to_owned() }
    }

    /// What cargo says of crates given as `name: dependency dependency`.
    fn metadata(crates: &[(&str, &[&str])]) -> Value {
        let string = |text: &str| Value::String(text.to_owned());
        let package = |(name, used): &(&str, &[&str])| {
            let used = used.iter().map(|n| Value::Object(vec![("name".to_owned(), string(n))]));
            Value::Object(vec![
                ("name".to_owned(), string(name)),
                ("dependencies".to_owned(), Value::Array(used.collect())),
            ])
        };
        let packages = crates.iter().map(package).collect();
        Value::Object(vec![("packages".to_owned(), Value::Array(packages))])
    }

    fn found(crates: &[(&str, &[&str])]) -> Vec<Finding> {
        let texts: Vec<Text> = crates
            .iter()
            .map(|(name, used)| {
                let uses = used.join(".workspace = true\n");
                let path =
                    if *name == BARE { "xtask/Cargo.toml".to_owned() } else { format!("crates/{name}/Cargo.toml") };
                text(&path, &format!("{LINTS}[dependencies]\n{uses}.workspace = true\n"))
            })
            .collect();
        check(&metadata(crates), &texts)
    }

    #[test]
    fn downward_arrows_and_crates_of_others_are_fine() {
        assert_eq!(found(&[("pki", &["gost", "der"]), ("gost", &["streebog"])]), []);
    }

    #[test]
    fn arrows_upward_and_sideways_are_found_with_their_line() {
        for (name, used) in [("gost", "pki"), ("domain", "gost"), ("gateway", "stand"), ("stand", "journal")] {
            let found = found(&[(name, &[used]), (used, &[])]);
            assert_eq!(found.len(), 1, "{name} -> {used}");
            assert_eq!(found.first().map(|f| f.line), Some(4));
        }
    }

    #[test]
    fn a_dependency_of_the_bare_task_runner_is_found() {
        assert_eq!(found(&[("xtask", &["serde"])]).len(), 1);
        assert_eq!(found(&[("xtask", &[])]), []);
    }

    #[test]
    fn a_crate_without_a_layer_is_found() {
        assert_eq!(found(&[("novelty", &[])]).len(), 1);
    }

    #[test]
    fn a_crate_that_does_not_inherit_the_lints_is_found() {
        let check_with = |content: &str| check(&metadata(&[("gost", &[])]), &[text("crates/gost/Cargo.toml", content)]);
        assert_eq!(check_with(LINTS), []);
        assert_eq!(check_with("[lints]\nrust.unsafe_code = \"allow\"\n").len(), 1);
    }

    #[test]
    fn a_workspace_that_allows_unsafe_is_found() {
        let root = |content: &str| check(&metadata(&[]), &[text("Cargo.toml", content)]);
        assert_eq!(root("[workspace.lints.rust]\nunsafe_code = \"forbid\"\n"), []);
        assert_eq!(root("[workspace.lints.rust]\nunsafe_code = \"warn\"\n").len(), 1);
    }
}
