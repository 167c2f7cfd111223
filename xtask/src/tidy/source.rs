//! Rust text taken apart: what is code, what is comment, in words and signs with their lines.
//!
//! Not a parser: strings are blanked, macros are read as plain code. Enough to count and to find.

/// The code of a file and its comments, each with the lines of the original.
pub(crate) struct Views {
    /// Code with comments and the insides of literals blanked.
    pub(crate) code: String,
    /// Comments alone.
    pub(crate) comments: String,
}

/// A word (identifier, keyword, number) or a single sign of the code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token<'a> {
    pub(crate) text: &'a str,
    pub(crate) line: usize,
}

/// A function with a body.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Function<'a> {
    pub(crate) name: &'a str,
    pub(crate) line: usize,
    /// From `fn` to the closing brace, both lines included.
    pub(crate) lines: usize,
}

/// Separates code from comments.
pub(crate) fn views(text: &str) -> Views {
    let mut splitter =
        Splitter { text: text.chars().collect(), at: 0, views: Views { code: String::new(), comments: String::new() } };
    while splitter.at < splitter.text.len() {
        splitter.step();
    }
    splitter.views
}

struct Splitter {
    text: Vec<char>,
    at: usize,
    views: Views,
}

impl Splitter {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.text.get(self.at + ahead).copied()
    }

    /// Whether the text goes on with these characters.
    fn sees(&self, wanted: &str) -> bool {
        wanted.chars().enumerate().all(|(ahead, c)| self.peek(ahead) == Some(c))
    }

    fn take(&mut self, code: bool, comment: bool) {
        if let Some(c) = self.peek(0) {
            let shown = |wanted| if wanted || c == '\n' { c } else { ' ' };
            self.views.code.push(shown(code));
            self.views.comments.push(shown(comment));
            self.at += 1;
        }
    }

    fn step(&mut self) {
        if self.sees("//") {
            while self.peek(0).is_some_and(|c| c != '\n') {
                self.take(false, true);
            }
        } else if self.sees("/*") {
            self.block_comment();
        } else if self.sees("\"") {
            self.string();
        } else if self.sees("'") {
            self.quote();
        } else if self.peek(0).is_some_and(in_word) {
            self.word();
        } else {
            self.take(true, false);
        }
    }

    fn block_comment(&mut self) {
        let mut depth = 0_usize;
        while self.at < self.text.len() {
            let (opens, closes) = (self.sees("/*"), self.sees("*/"));
            if opens || closes {
                self.take(false, true);
            }
            self.take(false, true);
            depth = if opens { depth + 1 } else { depth - usize::from(closes) };
            if depth == 0 {
                return;
            }
        }
    }

    fn string(&mut self) {
        self.take(true, false);
        while let Some(c) = self.peek(0) {
            if c == '\\' {
                self.take(false, false);
            } else if c == '"' {
                self.take(true, false);
                return;
            }
            self.take(false, false);
        }
    }

    /// A character literal, or a lifetime, which has no closing quote.
    fn quote(&mut self) {
        let literal = self.peek(1) == Some('\\') || self.peek(2) == Some('\'');
        self.take(true, false);
        if !literal {
            return;
        }
        if self.peek(0) == Some('\\') {
            self.take(false, false);
        }
        self.take(false, false);
        while self.peek(0).is_some_and(|c| c != '\'') {
            self.take(false, false);
        }
        self.take(true, false);
    }

    /// A word, or the prefix of a raw string (`r"…"`, `br#"…"#`).
    fn word(&mut self) {
        let start = self.at;
        while self.peek(0).is_some_and(in_word) {
            self.take(true, false);
        }
        let word: String = self.text.get(start..self.at).into_iter().flatten().collect();
        if !matches!(word.as_str(), "r" | "br" | "cr") {
            return;
        }
        let hashes = self.text.iter().skip(self.at).take_while(|c| **c == '#').count();
        if self.peek(hashes) != Some('"') {
            return;
        }
        let end = format!("\"{}", "#".repeat(hashes));
        for _ in 0..=hashes {
            self.take(false, false);
        }
        while self.at < self.text.len() && !self.sees(&end) {
            self.take(false, false);
        }
        for _ in 0..=hashes {
            self.take(false, false);
        }
    }
}

fn in_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The words and signs of a code view.
pub(crate) fn tokens(code: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    for (number, line) in code.lines().enumerate() {
        let mut rest = line.trim_start();
        while let Some(first) = rest.chars().next() {
            let length =
                if in_word(first) { rest.find(|c| !in_word(c)).unwrap_or(rest.len()) } else { first.len_utf8() };
            let (text, after) = rest.split_at(length);
            tokens.push(Token { text, line: number + 1 });
            rest = after.trim_start();
        }
    }
    tokens
}

/// Every function that has a body, nested ones too.
pub(crate) fn functions<'a>(tokens: &[Token<'a>]) -> Vec<Function<'a>> {
    let mut found = Vec::new();
    for (at, pair) in tokens.windows(2).enumerate() {
        if let [keyword, name] = pair
            && keyword.text == "fn"
            && name.text.starts_with(in_word)
            && let Some(last) = body_end(tokens.get(at + 2..).unwrap_or_default())
        {
            found.push(Function { name: name.text, line: keyword.line, lines: last - keyword.line + 1 });
        }
    }
    found
}

/// The line of the brace that closes the body; `None` for a declaration that ends in `;`.
fn body_end(tokens: &[Token<'_>]) -> Option<usize> {
    // `;` and braces within the brackets of a signature (`[u8; 32]`) are not the body's.
    let mut brackets = 0_usize;
    let mut braces = 0_usize;
    for token in tokens {
        match token.text {
            "(" | "[" => brackets += 1,
            ")" | "]" => brackets = brackets.saturating_sub(1),
            ";" if brackets == 0 && braces == 0 => return None,
            "{" if brackets == 0 || braces > 0 => braces += 1,
            "}" if braces == 1 => return Some(token.line),
            "}" => braces = braces.saturating_sub(1),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_and_comments_are_not_code() {
        let text =
            "let a = \"// not \\\" a comment\"; // but this\nlet b = r#\"unsafe \" \"#; /* a /* b */ c */ let c = 'x';";
        let views = views(text);
        assert!(!views.code.contains("comment") && !views.code.contains("unsafe"));
        assert!(!views.code.contains('x'));
        assert!(views.code.contains("let c"), "code after a nested comment: {}", views.code);
        assert!(views.comments.contains("but this") && views.comments.contains("/* a /* b */ c */"));
        assert!(!views.comments.contains("not"));
        assert_eq!(views.code.lines().count(), 2);
    }

    #[test]
    fn a_quote_character_or_a_lifetime_opens_nothing() {
        for text in ["f::<'a>(x); after", "'\"'; after", "'\\''; after", "'\\u{7f}'; after", "b'\"'; after"] {
            let code = views(text).code;
            assert!(code.ends_with("; after"), "{text} became {code}");
        }
    }

    #[test]
    fn functions_are_measured_with_their_braces() {
        let text = "\
trait T { fn declared(&self) -> [u8; 4]; }
fn short() {}
pub fn long<const N: usize>(a: [u8; N]) -> Vec<fn(u8)>
where A: B
{
    let s = \"}\"; // }
    if x { y[{ 0 }]; }
}
";
        let views = views(text);
        let tokens = tokens(&views.code);
        let found = functions(&tokens);
        let expected = [("short", 2, 1), ("long", 3, 6)];
        let found: Vec<_> = found.iter().map(|f| (f.name, f.line, f.lines)).collect();
        assert_eq!(found, expected);
    }
}
