//! A writer of XML text: elements, attributes as given, escaped values, indentation if wanted. No reading, no namespaces.

/// Text under way. Elements are closed by the caller in the right order.
pub(crate) struct Writer {
    text: String,
    indent: bool,
    depth: usize,
}

impl Writer {
    /// `depth` is where the first element stands when indented.
    pub(crate) fn new(indent: bool, depth: usize) -> Writer {
        Writer { text: String::new(), indent, depth }
    }

    /// Start tag; `attributes` is written as it is (with a leading space) or empty.
    pub(crate) fn open(&mut self, name: &str, attributes: &str) {
        self.new_line();
        self.text.push('<');
        self.text.push_str(name);
        self.text.push_str(attributes);
        self.text.push('>');
        self.depth = self.depth.saturating_add(1);
    }

    /// End tag.
    pub(crate) fn close(&mut self, name: &str) {
        self.depth = self.depth.saturating_sub(1);
        self.new_line();
        self.end_tag(name);
    }

    /// An element with a value.
    pub(crate) fn leaf(&mut self, name: &str, value: &str) {
        self.new_line();
        self.text.push('<');
        self.text.push_str(name);
        self.text.push('>');
        self.text.push_str(&escape(value));
        self.end_tag(name);
    }

    /// The text written.
    pub(crate) fn finish(self) -> String {
        self.text
    }

    fn end_tag(&mut self, name: &str) {
        self.text.push_str("</");
        self.text.push_str(name);
        self.text.push('>');
    }

    fn new_line(&mut self) {
        if self.indent {
            self.text.push('\n');
            for _ in 0..self.depth {
                self.text.push_str("  ");
            }
        }
    }
}

/// A value as element content or inside a double-quoted attribute.
pub(crate) fn escape(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for letter in value.chars() {
        match letter {
            '&' => text.push_str("&amp;"),
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            '"' => text.push_str("&quot;"),
            other => text.push(other),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_cannot_open_elements() {
        let mut writer = Writer::new(false, 0);
        writer.leaf("a", "<b attr=\"1\">&");
        assert_eq!(writer.finish(), "<a>&lt;b attr=&quot;1&quot;&gt;&amp;</a>");
    }

    #[test]
    fn indented_elements_stand_on_their_own_lines() {
        let mut writer = Writer::new(true, 1);
        writer.open("a", " x=\"1\"");
        writer.leaf("b", "v");
        writer.close("a");
        assert_eq!(writer.finish(), "\n  <a x=\"1\">\n    <b>v</b>\n  </a>");
    }
}
