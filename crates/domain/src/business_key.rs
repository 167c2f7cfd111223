//! Business keys: values inside AppData by which people look for a message (a case number of the agency's own, a SNILS).
//!
//! Here is what the registry says of them and when two spellings are one value. The message is read by `envelope`, the
//! digest of a personal value is made by `gateway`.

use std::fmt;
use std::str::FromStr;

/// Keys of one service at most.
pub const KEYS_PER_SERVICE: usize = 16;
/// Characters of a key's name at most.
pub const KEY_NAME_CHARS: usize = 40;
/// Steps of a path at most.
pub const KEY_STEPS: usize = 16;
/// Values of one key that are taken from one message; further ones are counted only.
pub const VALUES_PER_KEY: usize = 16;
/// Octets of a value at most; a longer one is counted only, for a part of it would be another value.
pub const KEY_VALUE_BYTES: usize = 128;

/// One row of `keys` of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BusinessKey {
    /// Its name, as people ask for it.
    pub name: String,
    /// Where its values stand.
    pub path: KeyPath,
    /// Personal data: the journal keeps a keyed digest in place of the value.
    pub personal: bool,
}

/// A place inside AppData: a small part of XPath 1.0.
///
/// `AppData/Request/Number` counts from MessageData; `//Snils` is anywhere below AppData, `//Person/@id` an attribute there.
/// A step is a local name in whatever namespace, `{namespace}name`, or `*`; the last may be `@name`, an attribute without
/// namespace. No predicates, no functions, no `..`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyPath {
    anywhere: bool,
    steps: Vec<Step>,
    attribute: Option<String>,
}

/// One step of a path: which elements it takes.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Step {
    /// Only of this namespace.
    namespace: Option<String>,
    /// Only of this local name.
    local: Option<String>,
}

/// A text that is no path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct KeyPathError {
    what: String,
    hint: &'static str,
}

impl KeyPathError {
    /// The next step.
    pub fn hint(&self) -> &'static str {
        self.hint
    }
}

impl KeyPath {
    /// What is accepted, in one phrase.
    pub const ALLOWED: &'static str = "AppData/Name/…, or //Name/… for anywhere below AppData; a step is Name, {namespace}Name or *, the last may be @name";

    /// Whether the path leads to an element whose ancestors, from AppData down to itself, are these (namespace, local name).
    pub fn leads_to(&self, open: &[(&str, &str)]) -> bool {
        let reachable = if self.anywhere { open.len() > self.steps.len() } else { open.len() == self.steps.len() };
        reachable && self.steps.iter().rev().zip(open.iter().rev()).all(|(step, element)| step.takes(element))
    }

    /// The attribute that holds the value; `None`: the text of the element does.
    pub fn attribute(&self) -> Option<&str> {
        self.attribute.as_deref()
    }
}

impl Step {
    fn takes(&self, (namespace, local): &(&str, &str)) -> bool {
        self.namespace.as_deref().is_none_or(|wanted| wanted == *namespace)
            && self.local.as_deref().is_none_or(|wanted| wanted == *local)
    }
}

impl FromStr for KeyPath {
    type Err = KeyPathError;

    fn from_str(text: &str) -> Result<Self, KeyPathError> {
        let wrong = |what: String, hint| Err(KeyPathError { what, hint });
        let (anywhere, rest) = text.strip_prefix("//").map_or((false, text), |rest| (true, rest));
        let mut parts = split(rest);
        if parts.len() > KEY_STEPS {
            return wrong(format!("{text:?} has more than {KEY_STEPS} steps"), "begin with // and leave steps out");
        }
        let attribute = parts.pop_if(|last| last.starts_with('@')).map(|last| last.trim_start_matches('@').to_owned());
        if let Some(name) = attribute.as_deref().filter(|name| !is_name(name)) {
            return wrong(format!("@{name} is no attribute"), "write the attribute's name without a prefix");
        }
        let mut steps = Vec::with_capacity(parts.len());
        for part in parts {
            let Some(step) = step(part) else {
                return wrong(format!("{part:?} is no step of a path"), step_hint(part));
            };
            steps.push(step);
        }
        match steps.first() {
            None => wrong(format!("{text:?} names no element"), "name the element: //Name"),
            Some(first) if !anywhere && first.local.as_deref() != Some("AppData") => {
                wrong(format!("{text:?} does not begin with AppData"), "write //… to look anywhere below AppData")
            }
            Some(_) => Ok(Self { anywhere, steps, attribute }),
        }
    }
}

/// Splits at slashes outside braces: namespace names are full of slashes.
fn split(text: &str) -> Vec<&str> {
    let mut inside = false;
    text.split(move |letter| {
        inside = match letter {
            '{' => true,
            '}' => false,
            _ => inside,
        };
        letter == '/' && !inside
    })
    .collect()
}

fn step(part: &str) -> Option<Step> {
    let (namespace, local) = match part.strip_prefix('{').map(|rest| rest.split_once('}')) {
        Some(Some((namespace, local))) if !namespace.contains('{') => (Some(namespace.to_owned()), local),
        Some(_) => return None,
        None => (None, part),
    };
    match local {
        "*" => Some(Step { namespace, local: None }),
        name if is_name(name) => Some(Step { namespace, local: Some(name.to_owned()) }),
        _ => None,
    }
}

fn step_hint(part: &str) -> &'static str {
    match part {
        "" => "// may stand at the beginning only, and no slash at the end",
        "." | ".." => "write the elements from above: AppData/…",
        _ if part.starts_with('{') => "write {namespace}Name",
        _ if part.starts_with('@') => "an attribute may only be the last step",
        _ if part.contains('[') => "conditions in brackets are not known; a key takes all elements of the path",
        _ if part.contains('(') => "functions are not known; the text of the element is the value",
        _ if part.contains(':') => "prefixes are not known here; write {namespace}Name, or the name alone",
        _ => "write the element's local name",
    }
}

/// An XML name without a colon, near enough: what else could stand here is none.
fn is_name(text: &str) -> bool {
    let first = text.chars().next().is_some_and(|letter| letter.is_alphabetic() || letter == '_');
    first && text.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '-' | '.' | '\u{b7}'))
}

impl fmt::Display for KeyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.anywhere { "//" } else { "" })?;
        for (index, step) in self.steps.iter().enumerate() {
            f.write_str(if index > 0 { "/" } else { "" })?;
            if let Some(namespace) = &step.namespace {
                write!(f, "{{{namespace}}}")?;
            }
            f.write_str(step.local.as_deref().unwrap_or("*"))?;
        }
        self.attribute.as_ref().map_or(Ok(()), |attribute| write!(f, "/@{attribute}"))
    }
}

/// One spelling for one value: no blanks around, inner ones single, upper case; of figures with separators the figures alone, so
/// that `112-233-445 95` and `11223344595` are one SNILS. `None` when nothing is left.
pub fn normal_value(text: &str) -> Option<String> {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ").to_uppercase();
    let figures = words.chars().all(|letter| letter.is_ascii_digit() || is_separator(letter));
    let value = if figures { words.chars().filter(char::is_ascii_digit).collect() } else { words };
    Some(value).filter(|value| !value.is_empty())
}

/// What people set between figures: hyphens, dashes, blanks. A dot or a slash may tell one number from another.
fn is_separator(letter: char) -> bool {
    matches!(letter, '-' | ' ' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> KeyPath {
        text.parse().unwrap_or_else(|error: KeyPathError| panic!("{text}: {error}"))
    }

    #[test]
    fn a_path_leads_where_it_says() {
        let open = [("smev", "AppData"), ("urn:a/b", "Request"), ("", "Number")];
        for text in [
            "AppData/Request/Number",
            "//Number",
            "//Request/Number",
            "//{urn:a/b}Request/{}Number",
            "AppData/*/*",
            "//*",
        ] {
            assert!(path(text).leads_to(&open), "{text}");
            assert_eq!(path(text).to_string(), text);
        }
        for text in [
            "AppData/Number",
            "AppData/Request",
            "//Request",
            "//{urn:b}Request/Number",
            "//AppData/Request/Number",
            "//a/b/c/d",
        ] {
            assert!(!path(text).leads_to(&open), "{text}");
        }
        assert_eq!(path("//Person/@id").attribute(), Some("id"));
    }

    #[test]
    fn what_is_no_path_is_told_with_the_next_step() {
        for (text, said, hint) in [
            ("", "\"\" is no step of a path", "slash at the end"),
            ("//", "\"\" is no step of a path", "slash at the end"),
            ("Request/Number", "does not begin with AppData", "write //"),
            ("/AppData/Number", "\"\" is no step", "beginning only"),
            ("//a//b", "\"\" is no step", "beginning only"),
            ("//a[1]", "\"a[1]\" is no step", "brackets"),
            ("//text()", "\"text()\" is no step", "functions"),
            ("//x:a", "\"x:a\" is no step", "{namespace}Name"),
            ("//a/..", "\"..\" is no step", "from above"),
            ("//@id/a", "\"@id\" is no step", "last step"),
            ("//@id", "names no element", "name the element"),
            ("//{urn:a", "is no step", "{namespace}Name"),
            ("//a/@x:id", "@x:id is no attribute", "without a prefix"),
        ] {
            let error = text.parse::<KeyPath>().unwrap_err();
            assert!(
                error.to_string().contains(said) && error.hint().contains(hint),
                "{text}: {error}; {}",
                error.hint()
            );
        }
        assert!("//a".repeat(17).replace("//a//", "//a/").parse::<KeyPath>().is_err());
    }

    #[test]
    fn spellings_of_one_value_are_one() {
        for (text, value) in [
            ("112-233-445 95", Some("11223344595")),
            (" 112 233 445\u{2013}95\n", Some("11223344595")),
            ("64-А/7", Some("64-А/7")),
            ("64/2026", Some("64/2026")),
            ("тестова  Анна", Some("ТЕСТОВА АННА")),
            ("1986-04-12", Some("19860412")),
            (" \t", None),
            ("--", None),
        ] {
            assert_eq!(normal_value(text).as_deref(), value, "{text:?}");
        }
    }
}
