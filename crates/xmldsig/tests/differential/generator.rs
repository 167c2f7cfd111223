//! Elements as source text: namespaces declared again, away and by default, `xml:` attributes, references, CDATA, remarks, line ends.
//!
//! What it writes is well-formed and namespace-well-formed, and every namespace name is an absolute URI: for others canonical XML has
//! no answer, and libxml2 refuses.

use std::collections::BTreeSet;

use crate::numbers::Numbers;

/// Deepest nesting of one element, most of them: canonicalization recurses.
const DEPTH: usize = 40;
/// Prefixes in use; the empty one is the default namespace.
pub(crate) const PREFIXES: [&str; 9] = ["", "a", "b", "c", "soap", "ds", "wsu", "_x", "б"];
/// Namespace names as written between quotes, and what they mean.
const NAMESPACES: [(&str, &str); 8] = [
    ("urn:a", "urn:a"),
    ("urn:b", "urn:b"),
    ("urn:&#98;", "urn:b"),
    ("URN:A", "URN:A"),
    ("http://example.org/?x=1;y=%20", "http://example.org/?x=1;y=%20"),
    ("http://schemas.xmlsoap.org/soap/envelope/", "http://schemas.xmlsoap.org/soap/envelope/"),
    ("http://www.w3.org/2000/09/xmldsig#", "http://www.w3.org/2000/09/xmldsig#"),
    ("http://smev.gosuslugi.ru/rev120315", "http://smev.gosuslugi.ru/rev120315"),
];
const LOCALS: [&str; 7] = ["x", "y", "Message", "элемент", "a-b.c", "_n", "Body"];
const ATTRIBUTES: [&str; 6] = ["k", "m", "A", "B-b", "б", "type"];
const XML_ATTRIBUTES: [&str; 3] = [" xml:lang=\"ru\"", " xml:space='preserve'", " xml:base='http://example.org/'"];
const VALUES: [&str; 16] = [
    "v",
    "",
    " ",
    "a:b",
    "&lt;",
    ">",
    "&amp;amp;",
    "&quot;",
    "&apos;",
    "\t",
    "\n",
    "\r\n",
    "&#x9;&#xA;",
    "&#13;",
    "ж😀",
    "&#x10FFFF;",
];
const TEXTS: [&str; 20] = [
    "text",
    " ",
    "\n  ",
    "\t",
    "\r\n",
    "\r",
    "&#xD;",
    "&#13;&#10;",
    "&lt;&gt;",
    ">",
    "]]&gt;",
    "&amp;lt;",
    "&quot;'\"",
    "ЖЖ 😀",
    "&#x1F600;",
    "\u{85}\u{2028}",
    "a&#x20;b",
    "[ ]",
    "\u{FEFF}",
    "&#9;",
];
const CDATA: [&str; 6] =
    ["<![CDATA[]]>", "<![CDATA[<a>&amp;]]>", "<![CDATA[]] >]]>", "<![CDATA[\r\n]]>", "<![CDATA[']]>", "<![CDATA[ж]]>"];
const REMARKS: [&str; 4] = ["<!---->", "<!-- a - b -->", "<!--<x/>-->", "<!--\r\n&-->"];
const INSTRUCTIONS: [&str; 5] = ["<?p?>", "<?p d?>", "<?p   d  ?>", "<?xml-x <a>&'\"?>", "<?п д\r\nд?>"];

/// A namespace declaration in scope.
#[derive(Clone)]
struct Declaration {
    prefix: &'static str,
    /// Between quotes; empty for a default namespace that was declared away.
    written: &'static str,
    meant: &'static str,
}

/// Writes elements; knows what is in scope where it stands.
pub(crate) struct Generator {
    pub(crate) numbers: Numbers,
    pub(crate) text: String,
    scope: Vec<Declaration>,
    /// Elements it may still write.
    budget: usize,
}

impl Generator {
    pub(crate) fn of(seed: u64) -> Self {
        let mut numbers = Numbers::of(seed);
        let budget = 1 + numbers.below(30);
        Self { numbers, text: String::new(), scope: Vec::new(), budget }
    }

    /// Declares `prefix` on the tag being written.
    pub(crate) fn declare(&mut self, prefix: &'static str, uri: &'static str) {
        self.declaration(Declaration { prefix, written: uri, meant: uri });
    }

    /// Leaves the scope of the element that began when there were so many declarations.
    pub(crate) fn leave(&mut self, declarations: usize) {
        self.scope.truncate(declarations);
    }

    /// Declarations in scope.
    pub(crate) fn declarations(&self) -> usize {
        self.scope.len()
    }

    /// What is in scope now, as attributes, the prefixes of `own` left out: an element taken out of its place needs them.
    pub(crate) fn inherited(&self, own: usize) -> String {
        let (outer, own) = self.scope.split_at(own);
        let mut seen: BTreeSet<&str> = own.iter().map(|declaration| declaration.prefix).collect();
        let mut text = String::new();
        for Declaration { prefix, written, .. } in outer.iter().rev() {
            if seen.insert(prefix) && !written.is_empty() {
                text.push_str(&attribute_of(prefix));
                text.push_str(&format!("=\"{written}\""));
            }
        }
        text
    }

    /// Random declarations on the tag being written, none of a prefix in `taken`.
    pub(crate) fn declarations_but(&mut self, taken: &[&'static str]) {
        let mut taken = taken.to_vec();
        while self.numbers.once_in(3) {
            let prefix = self.numbers.one_of(&PREFIXES);
            if taken.contains(&prefix) {
                continue;
            }
            taken.push(prefix);
            let undeclared = prefix.is_empty() && self.numbers.once_in(3);
            let (written, meant) = if undeclared { ("", "") } else { NAMESPACES[self.numbers.below(NAMESPACES.len())] };
            self.declaration(Declaration { prefix, written, meant });
        }
    }

    fn declaration(&mut self, declaration: Declaration) {
        let Declaration { prefix, written, .. } = declaration;
        self.space();
        self.text.push_str(attribute_of(prefix).trim_start());
        self.equals();
        let quote = self.numbers.one_of(&["'", "\""]);
        self.text.push_str(&format!("{quote}{written}{quote}"));
        self.scope.push(declaration);
    }

    /// Random attributes on the tag being written, in the order of chance.
    pub(crate) fn attributes(&mut self) {
        let mut taken = BTreeSet::new();
        for _ in 0..self.numbers.below(5) {
            let local = self.numbers.one_of(&ATTRIBUTES);
            let prefix = self.numbers.one_of(&PREFIXES);
            let namespace = if prefix.is_empty() { Some("") } else { self.meant(prefix) };
            let Some(namespace) = namespace.filter(|namespace| taken.insert((*namespace, local))) else {
                continue;
            };
            debug_assert!(prefix.is_empty() || !namespace.is_empty());
            self.space();
            let colon = if prefix.is_empty() { "" } else { ":" };
            self.text.push_str(&format!("{prefix}{colon}{local}"));
            self.equals();
            let quote = self.numbers.one_of(&["'", "\""]);
            self.text.push_str(quote);
            for _ in 0..self.numbers.below(4) {
                let value = self.numbers.one_of(&VALUES);
                self.text.push_str(value);
            }
            self.text.push_str(quote);
        }
        for attribute in XML_ATTRIBUTES {
            if self.numbers.once_in(12) {
                self.text.push_str(attribute);
            }
        }
    }

    /// Text, remarks and elements.
    pub(crate) fn content(&mut self, depth: usize) {
        for _ in 0..self.numbers.below(6) {
            let piece = match self.numbers.below(12) {
                0..=3 => self.numbers.one_of(&TEXTS),
                4 => self.numbers.one_of(&CDATA),
                5 => self.numbers.one_of(&REMARKS),
                6 => self.numbers.one_of(&INSTRUCTIONS),
                _ if self.budget > 0 && depth < DEPTH => {
                    self.element(depth + 1);
                    continue;
                }
                _ => continue,
            };
            self.text.push_str(piece);
        }
    }

    /// One element of any name that is in scope.
    pub(crate) fn element(&mut self, depth: usize) {
        self.budget = self.budget.saturating_sub(1);
        let before = self.scope.len();
        let at = self.text.len();
        self.declarations_but(&[]);
        let prefix = self.prefix_in_scope();
        let local = self.numbers.one_of(&LOCALS);
        let name = if prefix.is_empty() { local.to_owned() } else { format!("{prefix}:{local}") };
        self.text.insert_str(at, &format!("<{name}"));
        self.attributes();
        if self.numbers.once_in(3) {
            self.space();
        }
        if self.numbers.once_in(6) {
            self.text.push_str("/>");
        } else {
            self.text.push('>');
            self.content(depth);
            // One child after the other leads deep, too.
            if self.budget > 0 && depth < DEPTH && self.numbers.once_in(2) {
                self.element(depth + 1);
            }
            let end = self.numbers.one_of(&["", " ", "\n"]);
            self.text.push_str(&format!("</{name}{end}>"));
        }
        self.leave(before);
    }

    fn prefix_in_scope(&mut self) -> &'static str {
        let prefix = self.numbers.one_of(&PREFIXES);
        if prefix.is_empty() || self.meant(prefix).is_some() { prefix } else { "" }
    }

    fn meant(&self, prefix: &str) -> Option<&'static str> {
        self.scope.iter().rev().find(|declaration| declaration.prefix == prefix).map(|declaration| declaration.meant)
    }

    fn space(&mut self) {
        let space = self.numbers.one_of(&[" ", " ", " ", "\n", "\t ", "\r\n"]);
        self.text.push_str(space);
    }

    fn equals(&mut self) {
        let equals = self.numbers.one_of(&["=", "=", "=", " =", "= ", " \n= "]);
        self.text.push_str(equals);
    }
}

fn attribute_of(prefix: &str) -> String {
    if prefix.is_empty() { " xmlns".to_owned() } else { format!(" xmlns:{prefix}") }
}
