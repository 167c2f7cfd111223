//! What people and programs do to XML between signing and sending, undone on canonical text. Each edit gives the text as it may have
//! been signed, or `None` where there is nothing to undo.

use super::tags::{Piece, Tag, pieces, split};

/// Whether a text node is white space alone.
fn is_blank(text: &str) -> bool {
    text.bytes().all(|octet| octet.is_ascii_whitespace())
}

/// Builds the text anew piece by piece; `None` if it stays the same.
fn rebuilt<'t>(text: &'t str, mut write: impl FnMut(Piece<'t>, &mut String)) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    for piece in pieces(text) {
        write(piece, &mut out);
    }
    (out != text).then_some(out)
}

/// The same with another text in every text node.
fn with_texts(text: &str, mut edit: impl FnMut(&str, &mut String)) -> Option<String> {
    rebuilt(text, |piece, out| match piece {
        Piece::Text(text) => edit(text, out),
        other => out.push_str(other.text()),
    })
}

/// Without text nodes of white space.
pub(super) fn without_blanks(text: &str) -> Option<String> {
    with_texts(text, |text, out| out.push_str(if is_blank(text) { "" } else { text }))
}

/// Without blanks after line ends, in text nodes of white space.
pub(super) fn without_indentation(text: &str) -> Option<String> {
    with_texts(text, |text, out| {
        if is_blank(text) && text.contains('\n') {
            out.extend(text.matches('\n'));
        } else {
            out.push_str(text);
        }
    })
}

/// Indentations that programs make: none but line ends, blanks, tabs.
pub(super) const INDENTATIONS: [&str; 6] = ["", "  ", "    ", "\t", " ", "   "];

/// Indented from end to end, as a program would have written it at this depth: what may have been there before somebody took the
/// white space out, or put his own in.
pub(super) fn indented(text: &str, indentation: &str, depth: usize) -> Option<String> {
    let mut out = String::with_capacity(text.len() * 2);
    let mut depth = depth;
    let mut before: Option<Piece<'_>> = None;
    for piece in pieces(text).filter(|piece| !matches!(piece, Piece::Text(text) if is_blank(text))) {
        if matches!(piece, Piece::End(_)) {
            depth = depth.saturating_sub(1);
        }
        let empty = matches!((before, piece), (Some(Piece::Start(_)), Piece::End(_)));
        let text_beside = matches!(before, None | Some(Piece::Text(_))) || matches!(piece, Piece::Text(_));
        if !empty && !text_beside {
            out.push('\n');
            out.extend(std::iter::repeat_n(indentation, depth));
        }
        out.push_str(piece.text());
        if matches!(piece, Piece::Start(_)) {
            depth += 1;
        }
        before = Some(piece);
    }
    (out != text).then_some(out)
}

/// The content alone indented, as a document of its own put between tags that stand close to it (`apart`: on lines of their own).
pub(super) fn indented_content(text: &str, indentation: &str, apart: bool) -> Option<String> {
    let content = content(text)?;
    let (start, end) = (pieces(text).next()?.text(), text.get(text.rfind("</")?..)?);
    let content = content.trim_ascii();
    let content = indented(content, indentation, 0).unwrap_or_else(|| content.to_owned());
    let between = if apart { "\n" } else { "" };
    let out = format!("{start}{between}{content}{between}{end}");
    (out != text).then_some(out)
}

/// Whether there are several elements, and no white space alone between any two.
pub(super) fn is_flat(text: &str) -> bool {
    let blank = |piece| matches!(piece, Piece::Text(text) if is_blank(text));
    !pieces(text).any(blank) && pieces(text).filter(|piece| matches!(piece, Piece::Start(_))).nth(2).is_some()
}

/// Without white space around any text; what is white space alone stays.
pub(super) fn trimmed(text: &str) -> Option<String> {
    with_texts(text, |text, out| out.push_str(if is_blank(text) { text } else { text.trim_ascii() }))
}

/// With `before` and `after` around the text of this number (from 0, white space alone not counted).
pub(super) fn padded(text: &str, number: usize, before: &str, after: &str) -> Option<String> {
    let mut seen = 0;
    with_texts(text, |text, out| {
        let this = !is_blank(text) && seen == number;
        seen += usize::from(!is_blank(text));
        out.extend([if this { before } else { "" }, text, if this { after } else { "" }]);
    })
}

/// Number of texts that are more than white space.
pub(super) fn texts(text: &str) -> usize {
    pieces(text).filter(|piece| matches!(piece, Piece::Text(text) if !is_blank(text))).count()
}

/// Without line ends and the blanks around them in any text: lines of base64 joined.
pub(super) fn joined(text: &str) -> Option<String> {
    with_texts(text, |text, out| {
        if is_blank(text) {
            return out.push_str(text);
        }
        for line in text.lines() {
            out.push_str(line.trim_ascii());
        }
    })
}

/// With CR before every LF, as an octet or as the character reference that canonicalization makes of it.
pub(super) fn with_carriage_returns(text: &str, carriage_return: &str) -> Option<String> {
    with_texts(text, |text, out| out.push_str(&text.replace('\n', &format!("{carriage_return}\n"))))
}

/// Without character references to CR.
pub(super) fn without_carriage_returns(text: &str) -> Option<String> {
    with_texts(text, |text, out| out.push_str(&text.replace("&#xD;", "")))
}

/// What stands between the start tag and the end tag of the whole.
pub(super) fn content(text: &str) -> Option<String> {
    let start = pieces(text).next()?.text();
    let end = text.rfind("</")?;
    text.get(start.len()..end).filter(|content| !content.is_empty()).map(str::to_owned)
}

/// Without elements of this local name under any prefix bound to `namespace`.
pub(super) fn without_elements(text: &str, namespace: &str, local: &str) -> Option<String> {
    let mut scopes = Scopes::default();
    let mut inside = 0_usize;
    rebuilt(text, |piece, out| {
        match piece {
            Piece::Start(start) => {
                scopes.open(start);
                let names = Tag::read(start).is_some_and(|tag| {
                    let (prefix, name) = split(tag.name);
                    name == local && scopes.namespace(prefix) == Some(namespace)
                });
                inside += usize::from(inside > 0 || (names && scopes.depth() > 1));
            }
            Piece::End(_) => scopes.close(),
            Piece::Text(_) | Piece::Other(_) => {}
        }
        if inside == 0 {
            out.push_str(piece.text());
        }
        if matches!(piece, Piece::End(_)) {
            inside = inside.saturating_sub(1);
        }
    })
}

/// Without the attribute of the first tag that carries this id, and without the declaration that only it needs there.
pub(super) fn without_id(text: &str, id: &str) -> Option<String> {
    edit_first_tag(text, |tag| {
        let at = tag.attributes.iter().position(|(_, value)| *value == id)?;
        let (name, _) = tag.attributes.remove(at);
        let (prefix, _) = split(name);
        let used = split(tag.name).0 == prefix || tag.attributes.iter().any(|(name, _)| split(name).0 == prefix);
        if !used {
            tag.declarations.retain(|(declared, _)| *declared != prefix);
        }
        Some(())
    })
}

/// With one more declaration on the first tag.
pub(super) fn with_declaration(text: &str, prefix: &str, namespace: &str) -> Option<String> {
    edit_first_tag(text, |tag| {
        let declared = tag.declarations.iter().any(|(known, _)| *known == prefix);
        (!declared).then(|| tag.declarations.push((prefix, namespace)))
    })
}

fn edit_first_tag<'t>(text: &'t str, edit: impl FnOnce(&mut Tag<'t>) -> Option<()>) -> Option<String> {
    let start = pieces(text).next()?.text();
    let mut tag = Tag::read(start)?;
    edit(&mut tag)?;
    let mut out = String::with_capacity(text.len());
    tag.write(&mut out);
    out.push_str(text.get(start.len()..)?);
    Some(out)
}

/// With a declaration on every element that uses `prefix` outside of the scope of one.
pub(super) fn with_declarations_where_used(text: &str, prefix: &str, namespace: &str) -> Option<String> {
    let mut scopes = Scopes::default();
    let mut declared_at: Option<usize> = None;
    rebuilt(text, |piece, out| match piece {
        Piece::Start(start) => {
            scopes.open(start);
            let Some(mut tag) = Tag::read(start).filter(|_| declared_at.is_none()) else {
                return out.push_str(start);
            };
            let uses = split(tag.name).0 == prefix || tag.attributes.iter().any(|(name, _)| split(name).0 == prefix);
            if uses && scopes.namespace(prefix).is_none() {
                tag.declarations.push((prefix, namespace));
                declared_at = Some(scopes.depth());
            }
            tag.write(out);
        }
        Piece::End(end) => {
            out.push_str(end);
            if declared_at == Some(scopes.depth()) {
                declared_at = None;
            }
            scopes.close();
        }
        other => out.push_str(other.text()),
    })
}

/// With another prefix for `namespace`, as canonicalization would have written it. `None` also where the new prefix has another use.
pub(super) fn with_prefix(text: &str, namespace: &str, from: &str, to: &str) -> Option<String> {
    if from == to || !may_take(text, namespace, from, to) {
        return None;
    }
    rebuilt(text, |piece, out| match piece {
        Piece::Start(start) => match Tag::read(start) {
            Some(tag) => write_renamed(&tag, namespace, from, to, out),
            None => out.push_str(start),
        },
        Piece::End(end) => {
            let name = end.strip_prefix("</").and_then(|end| end.strip_suffix('>')).unwrap_or_default();
            out.push_str("</");
            out.push_str(&renamed(name, from, to));
            out.push('>');
        }
        other => out.push_str(other.text()),
    })
}

/// `from` stands for `namespace` alone, `to` for nothing, and nothing changes its meaning by gaining or losing a default namespace.
fn may_take(text: &str, namespace: &str, from: &str, to: &str) -> bool {
    let mut found = false;
    for piece in pieces(text) {
        let Piece::Start(start) = piece else { continue };
        let Some(tag) = Tag::read(start) else { return false };
        for (prefix, declared) in &tag.declarations {
            if *prefix == to || (*prefix == from && *declared != namespace) {
                return false;
            }
            found |= *prefix == from;
        }
        let unprefixed = split(tag.name).0.is_empty();
        let attribute = tag.attributes.iter().any(|(name, _)| name.contains(':') && split(name).0 == from);
        if to.is_empty() && (unprefixed || attribute) {
            return false;
        }
    }
    found
}

fn write_renamed(tag: &Tag<'_>, namespace: &str, from: &str, to: &str, out: &mut String) {
    let name = renamed(tag.name, from, to);
    // An attribute without prefix is in no namespace: a default namespace does not reach it.
    let attributes: Vec<_> = tag
        .attributes
        .iter()
        .map(|(name, value)| (if from.is_empty() { (*name).to_owned() } else { renamed(name, from, to) }, *value))
        .collect();
    let declarations = tag
        .declarations
        .iter()
        .map(
            |(prefix, declared)| {
                if *prefix == from && *declared == namespace { (to, *declared) } else { (*prefix, *declared) }
            },
        )
        .collect();
    let attributes = attributes.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    Tag { name: &name, declarations, attributes }.write(out);
}

fn renamed(name: &str, from: &str, to: &str) -> String {
    match split(name) {
        (prefix, local) if prefix == from && to.is_empty() => local.to_owned(),
        (prefix, local) if prefix == from => format!("{to}:{local}"),
        _ => name.to_owned(),
    }
}

/// Whether nearly every start tag stands on a line of its own, indented: what an editor makes of XML.
pub(super) fn is_indented(text: &str) -> bool {
    let (mut tags, mut indented, mut before) = (0_usize, 0_usize, None);
    for piece in pieces(text) {
        if let Piece::Start(_) = piece {
            tags += usize::from(before.is_some());
            let own_line = matches!(before, Some(Piece::Text(text)) if is_blank(text) && text.contains("\n ") || text.contains("\n\t"));
            indented += usize::from(own_line);
        }
        before = Some(piece);
    }
    tags > 0 && indented * 10 >= tags * 9
}

/// Declarations in scope while canonical text is walked.
#[derive(Default)]
struct Scopes<'t> {
    declared: Vec<(usize, &'t str, &'t str)>,
    depth: usize,
}

impl<'t> Scopes<'t> {
    fn open(&mut self, start: &'t str) {
        self.depth += 1;
        let declarations = Tag::read(start).map(|tag| tag.declarations).unwrap_or_default();
        self.declared.extend(declarations.into_iter().map(|(prefix, namespace)| (self.depth, prefix, namespace)));
    }

    fn close(&mut self) {
        while self.declared.last().is_some_and(|(depth, ..)| *depth >= self.depth) {
            self.declared.pop();
        }
        self.depth = self.depth.saturating_sub(1);
    }

    fn depth(&self) -> usize {
        self.depth
    }

    fn namespace(&self, prefix: &str) -> Option<&'t str> {
        self.declared.iter().rev().find(|(_, declared, _)| *declared == prefix).map(|(_, _, namespace)| *namespace)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str =
        "<s:B xmlns:s=\"S\" xmlns:w=\"W\" w:Id=\"b\">\n  <o xmlns=\"O\">\n    <i> 1 </i>\n  </o>\n</s:B>";

    #[test]
    fn white_space() {
        assert_eq!(without_blanks(TEXT).unwrap(), TEXT.replace("\n  ", "").replace("  <i>", "<i>").replace('\n', ""));
        let flat = without_indentation(TEXT).unwrap();
        assert_eq!(flat, "<s:B xmlns:s=\"S\" xmlns:w=\"W\" w:Id=\"b\">\n<o xmlns=\"O\">\n<i> 1 </i>\n</o>\n</s:B>");
        assert_eq!(without_indentation(&flat), None);
        assert!(trimmed(TEXT).unwrap().contains("<i>1</i>"));
        assert_eq!(joined("<a>b\n  c\n</a>").unwrap(), "<a>bc</a>");
        assert_eq!(padded("<a>b<c>d</c> </a>", 1, " ", "\n").unwrap(), "<a>b<c> d\n</c> </a>");
        assert_eq!((padded(TEXT, 1, " ", " "), texts(TEXT)), (None, 1));
        assert!(is_indented(TEXT) && !is_indented(&flat));
    }

    #[test]
    fn indentation_is_put_back() {
        let flat = "<a><b>t</b><c></c><d><e></e></d></a>";
        let indented_twice = "<a>\n    <b>t</b>\n    <c></c>\n    <d>\n      <e></e>\n    </d>\n  </a>";
        assert_eq!(indented(flat, "  ", 1).unwrap(), indented_twice);
        assert_eq!(indented(indented_twice, "", 7).unwrap(), indented_twice.replace(' ', ""));
        assert_eq!(indented(indented_twice, "  ", 1), None);
    }

    #[test]
    fn content_is_indented_by_itself() {
        let (flat, content) = ("<a><b><c>t</c></b></a>", "<b>\n  <c>t</c>\n</b>");
        assert_eq!(indented_content(flat, "  ", false).unwrap(), format!("<a>{content}</a>"));
        assert_eq!(indented_content(flat, "  ", true).unwrap(), format!("<a>\n{content}\n</a>"));
        assert!(is_flat(flat) && !is_flat(TEXT));
    }

    #[test]
    fn prefixes() {
        let renamed = with_prefix(TEXT, "S", "s", "z").unwrap();
        assert!(renamed.starts_with("<z:B xmlns:w=\"W\" xmlns:z=\"S\" w:Id=\"b\">") && renamed.ends_with("</z:B>"));
        assert_eq!(with_prefix(&renamed, "S", "z", "s").unwrap(), TEXT);
        assert_eq!(with_prefix(TEXT, "S", "s", "w"), None, "taken");
        assert_eq!(with_prefix(TEXT, "S", "s", ""), None, "the default namespace is another");
        assert_eq!(with_prefix(TEXT, "other", "s", "z"), None);
        assert!(with_prefix(TEXT, "O", "", "p").unwrap().contains("<p:o xmlns:p=\"O\">\n    <p:i> 1 </p:i>"));
    }

    #[test]
    fn ids_declarations_and_elements() {
        assert!(without_id(TEXT, "b").unwrap().starts_with("<s:B xmlns:s=\"S\">\n"));
        assert_eq!(without_id(TEXT, "c"), None);
        assert!(with_declaration(TEXT, "a", "A").unwrap().starts_with("<s:B xmlns:a=\"A\" xmlns:s=\"S\""));
        assert_eq!(with_declaration(TEXT, "s", "A"), None);
        let undeclared = "<a><p:b><p:c></p:c></p:b><p:b></p:b></a>";
        let declared = "<a><p:b xmlns:p=\"P\"><p:c></p:c></p:b><p:b xmlns:p=\"P\"></p:b></a>";
        assert_eq!(with_declarations_where_used(undeclared, "p", "P").unwrap(), declared);
        assert_eq!(without_elements(declared, "P", "b").unwrap(), "<a></a>");
        assert_eq!(without_elements(declared, "other", "b"), None);
        assert_eq!(content(TEXT).unwrap(), "\n  <o xmlns=\"O\">\n    <i> 1 </i>\n  </o>\n");
    }
}
