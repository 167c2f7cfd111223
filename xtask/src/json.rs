//! Just enough JSON to read what `cargo metadata` and the ready lines of `rsmev` say.
//!
//! It reads trusted output of programs that we started; it is not made for strangers' input.

use std::iter::Peekable;
use std::str::Chars;

/// A JSON value; numbers stay text because nothing here counts with them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Number(String),
    String(String),
    Array(Vec<Value>),
    Object(Vec<(String, Value)>),
}

/// Nothing that we read is nested deeper.
const DEPTH_MAX: usize = 64;

impl Value {
    /// Reads one value that fills the whole text.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut reader = Reader { left: text.chars().peekable(), depth: 0 };
        let value = reader.value()?;
        reader.space();
        match reader.left.next() {
            None => Ok(value),
            Some(extra) => Err(format!("unexpected {extra:?} after the value")),
        }
    }

    /// The member of an object; absent members and members of anything else read as null.
    pub(crate) fn get(&self, key: &str) -> &Self {
        match self {
            Self::Object(members) => {
                members.iter().find(|(name, _)| name == key).map_or(&Self::Null, |(_, value)| value)
            }
            _ => &Self::Null,
        }
    }

    /// The text of a string.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The items of an array; anything else has none.
    pub(crate) fn items(&self) -> &[Self] {
        match self {
            Self::Array(items) => items,
            _ => &[],
        }
    }
}

struct Reader<'a> {
    left: Peekable<Chars<'a>>,
    depth: usize,
}

impl Reader<'_> {
    fn space(&mut self) {
        while self.left.next_if(char::is_ascii_whitespace).is_some() {}
    }

    fn expect(&mut self, wanted: char) -> Result<(), String> {
        match self.left.next() {
            Some(found) if found == wanted => Ok(()),
            found => Err(format!("expected {wanted:?}, found {found:?}")),
        }
    }

    fn value(&mut self) -> Result<Value, String> {
        self.space();
        match self.left.peek() {
            Some('{') => self.nested(Self::object),
            Some('[') => self.nested(Self::array),
            Some('"') => Ok(Value::String(self.string()?)),
            Some('-' | '0'..='9') => {
                Ok(Value::Number(self.run_of(|c| c.is_ascii_digit() || matches!(c, '-' | '+' | '.' | 'e' | 'E'))))
            }
            Some('a'..='z') => {
                let word = self.run_of(|c| c.is_ascii_lowercase());
                match word.as_str() {
                    "null" => Ok(Value::Null),
                    "true" => Ok(Value::Bool(true)),
                    "false" => Ok(Value::Bool(false)),
                    _ => Err(format!("unknown word {word}")),
                }
            }
            other => Err(format!("expected a value, found {other:?}")),
        }
    }

    fn nested(&mut self, read: impl Fn(&mut Self) -> Result<Value, String>) -> Result<Value, String> {
        if self.depth == DEPTH_MAX {
            return Err(format!("nested deeper than {DEPTH_MAX}"));
        }
        self.depth += 1;
        let value = read(self);
        self.depth -= 1;
        value
    }

    fn object(&mut self) -> Result<Value, String> {
        self.expect('{')?;
        let mut members = Vec::new();
        self.space();
        if self.left.next_if_eq(&'}').is_some() {
            return Ok(Value::Object(members));
        }
        loop {
            self.space();
            let key = self.string()?;
            self.space();
            self.expect(':')?;
            members.push((key, self.value()?));
            self.space();
            if self.left.next_if_eq(&',').is_none() {
                self.expect('}')?;
                return Ok(Value::Object(members));
            }
        }
    }

    fn array(&mut self) -> Result<Value, String> {
        self.expect('[')?;
        let mut items = Vec::new();
        self.space();
        if self.left.next_if_eq(&']').is_some() {
            return Ok(Value::Array(items));
        }
        loop {
            items.push(self.value()?);
            self.space();
            if self.left.next_if_eq(&',').is_none() {
                self.expect(']')?;
                return Ok(Value::Array(items));
            }
        }
    }

    fn string(&mut self) -> Result<String, String> {
        self.expect('"')?;
        let mut text = String::new();
        loop {
            match self.left.next() {
                Some('"') => return Ok(text),
                Some('\\') => text.push(self.escaped()?),
                Some(plain) => text.push(plain),
                None => return Err("the text ends inside a string".to_owned()),
            }
        }
    }

    fn escaped(&mut self) -> Result<char, String> {
        match self.left.next() {
            Some(same @ ('"' | '\\' | '/')) => Ok(same),
            Some('b') => Ok('\u{8}'),
            Some('f') => Ok('\u{c}'),
            Some('n') => Ok('\n'),
            Some('r') => Ok('\r'),
            Some('t') => Ok('\t'),
            Some('u') => {
                let unit = self.unit()?;
                if !(0xd800..0xdc00).contains(&unit) {
                    return char::from_u32(unit).ok_or_else(|| format!("lone surrogate {unit:x}"));
                }
                self.expect('\\')?;
                self.expect('u')?;
                let low = self.unit()?;
                char::decode_utf16([unit, low].map(|u| u16::try_from(u).unwrap_or(u16::MAX)))
                    .next()
                    .and_then(Result::ok)
                    .ok_or_else(|| format!("lone surrogate {unit:x}"))
            }
            other => Err(format!("unknown escape {other:?}")),
        }
    }

    fn unit(&mut self) -> Result<u32, String> {
        let digits: String = self.left.by_ref().take(4).collect();
        u32::from_str_radix(&digits, 16).map_err(|error| format!("\\u{digits}: {error}"))
    }

    fn run_of(&mut self, belongs: impl Fn(char) -> bool) -> String {
        let mut text = String::new();
        while let Some(c) = self.left.next_if(|&c| belongs(c)) {
            text.push(c);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_ready_line() {
        let line = r#"{"ready":true,"soap":"127.0.0.1:8080","pid":4711,"more":[1,-2.5e3,null,{}]}"#;
        let value = Value::parse(line).expect("valid");
        assert_eq!(value.get("ready"), &Value::Bool(true));
        assert_eq!(value.get("soap").text(), Some("127.0.0.1:8080"));
        assert_eq!(value.get("pid"), &Value::Number("4711".to_owned()));
        assert_eq!(value.get("more").items().len(), 4);
        assert_eq!(value.get("absent"), &Value::Null);
    }

    #[test]
    fn reads_escapes() {
        let value = Value::parse(r#""a\"\\\/\n\u0416\ud83d\ude00""#).expect("valid");
        assert_eq!(value.text(), Some("a\"\\/\nЖ😀"));
    }

    #[test]
    fn refuses_what_is_not_json() {
        let deep = "[".repeat(DEPTH_MAX + 1);
        for text in ["", "{", "[1,]", "{\"a\" 1}", "\"open", "tru", "1 2", r#""\x""#, r#""\ud800""#, &deep] {
            assert!(Value::parse(text).is_err(), "accepted {text:?}");
        }
    }
}
