//! Canonical XML as text, taken apart into tags and what stands between them. Only for octets that libxml2 has just written.

/// A piece of canonical text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece<'t> {
    /// A start tag, `<` and `>` included.
    Start(&'t str),
    /// An end tag.
    End(&'t str),
    /// Text between tags, escaped as it is.
    Text(&'t str),
    /// A comment or processing instruction.
    Other(&'t str),
}

impl<'t> Piece<'t> {
    /// As it stands in the text.
    pub(super) fn text(self) -> &'t str {
        match self {
            Self::Start(text) | Self::End(text) | Self::Text(text) | Self::Other(text) => text,
        }
    }
}

/// The pieces of `text` in order; together they are `text`.
pub(super) fn pieces(text: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let length = length_of_first(rest)?;
        let (first, after) = rest.split_at_checked(length)?;
        rest = after;
        Some(match first {
            _ if first.starts_with("</") => Piece::End(first),
            _ if first.starts_with("<?") || first.starts_with("<!") => Piece::Other(first),
            _ if first.starts_with('<') => Piece::Start(first),
            _ => Piece::Text(first),
        })
    })
}

fn length_of_first(text: &str) -> Option<usize> {
    let found = |at: Option<usize>| at.unwrap_or(text.len());
    match text {
        "" => None,
        _ if text.starts_with("<!--") => Some(found(text.find("-->").map(|at| at + 3))),
        _ if text.starts_with("<?") => Some(found(text.find("?>").map(|at| at + 2))),
        _ if text.starts_with('<') => Some(found(end_of_tag(text))),
        _ => Some(found(text.find('<'))),
    }
}

/// Behind the `>` that ends a tag: in attribute values it may stand for itself.
fn end_of_tag(text: &str) -> Option<usize> {
    let mut quote = None;
    text.bytes()
        .position(|octet| {
            match (quote, octet) {
                (None, b'>') => return true,
                (None, b'"' | b'\'') => quote = Some(octet),
                (Some(open), octet) if open == octet => quote = None,
                _ => {}
            }
            false
        })
        .map(|at| at + 1)
}

/// A start tag taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tag<'t> {
    /// Qualified name.
    pub(super) name: &'t str,
    /// Prefix (empty: default) and namespace as escaped text, in canonical order.
    pub(super) declarations: Vec<(&'t str, &'t str)>,
    /// Qualified name and escaped value, in canonical order.
    pub(super) attributes: Vec<(&'t str, &'t str)>,
}

impl<'t> Tag<'t> {
    /// Takes a start tag of canonical text apart.
    pub(super) fn read(text: &'t str) -> Option<Self> {
        let inside = text.strip_prefix('<')?.strip_suffix('>')?;
        let (name, mut rest) = inside.split_at_checked(inside.find(' ').unwrap_or(inside.len()))?;
        let mut tag = Self { name, declarations: Vec::new(), attributes: Vec::new() };
        while let Some(attribute) = rest.strip_prefix(' ') {
            let (name, value) = attribute.split_once("=\"")?;
            let (value, after) = value.split_once('"')?;
            rest = after;
            match name.strip_prefix("xmlns") {
                Some("") => tag.declarations.push(("", value)),
                Some(prefix) if prefix.starts_with(':') => tag.declarations.push((prefix.get(1..)?, value)),
                _ => tag.attributes.push((name, value)),
            }
        }
        rest.is_empty().then_some(tag)
    }

    /// Writes it again, declarations sorted by prefix.
    pub(super) fn write(&self, out: &mut String) {
        let mut declarations = self.declarations.clone();
        declarations.sort_unstable();
        out.push('<');
        out.push_str(self.name);
        for (prefix, namespace) in declarations {
            out.push_str(if prefix.is_empty() { " xmlns" } else { " xmlns:" });
            for piece in [prefix, "=\"", namespace, "\""] {
                out.push_str(piece);
            }
        }
        for (name, value) in &self.attributes {
            for piece in [" ", name, "=\"", value, "\""] {
                out.push_str(piece);
            }
        }
        out.push('>');
    }
}

/// Prefix and local part of a qualified name.
pub(super) fn split(name: &str) -> (&str, &str) {
    name.split_once(':').unwrap_or(("", name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_the_whole_text_and_tags_are_written_as_they_were() {
        let text = "<a xmlns=\"u\" xmlns:p=\"v\" b=\"x > y\" p:c=\"&quot;\">t &gt; <!-- < --><?pi <?><p:d></p:d>\n</a>";
        assert_eq!(pieces(text).map(Piece::text).collect::<String>(), text);
        assert_eq!(pieces(text).count(), 8);
        let Some(Piece::Start(start)) = pieces(text).next() else { panic!("no tag") };
        let tag = Tag::read(start).unwrap();
        assert_eq!(tag.declarations, [("", "u"), ("p", "v")]);
        assert_eq!(tag.attributes, [("b", "x > y"), ("p:c", "&quot;")]);
        let mut out = String::new();
        tag.write(&mut out);
        assert_eq!(out, start);
    }

    #[test]
    fn what_is_no_canonical_text_ends_quietly() {
        for text in ["<", "<a", "<!--", "<?", "<a b=\">", ">", "<a b>"] {
            assert_eq!(pieces(text).map(Piece::text).collect::<String>(), text);
            assert_eq!(Tag::read(text), None, "{text}");
        }
    }
}
