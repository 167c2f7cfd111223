//! libxml2's own canonical form of a document, asked of lxml in Python: one process, one document after another.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// Reads documents, writes canonical forms: `LENGTH PREFIX…` and octets in, `LENGTH` and octets out.
const SCRIPT: &str = "
import sys
from lxml import etree
parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
source, sink = sys.stdin.buffer, sys.stdout.buffer
sink.write(b'libxml2 %d.%d.%d\\n' % etree.LIBXML_VERSION)
sink.flush()
while True:
    head = source.readline().decode().split()
    if not head:
        break
    root = etree.fromstring(source.read(int(head[0])), parser)
    form = etree.tostring(root, method='c14n', exclusive=True, with_comments=False, inclusive_ns_prefixes=head[1:] or None)
    sink.write(b'%d\\n' % len(form) + form)
    sink.flush()
";

/// A running interpreter.
pub(crate) struct Lxml {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    /// `libxml2 2.9.14`.
    pub(crate) version: String,
}

impl Lxml {
    /// The first interpreter that has lxml; `RSMEV_PYTHON` names another to begin with. `None` says so.
    pub(crate) fn find() -> Option<Self> {
        let named = std::env::var("RSMEV_PYTHON").ok();
        let mut interpreters = named.iter().map(String::as_str).chain(["python3", "/usr/bin/python3"]);
        let found = interpreters.find_map(Self::start);
        if found.is_none() {
            println!("skipped: no python3 with lxml on this machine, libxml2 is not asked apart");
        }
        found
    }

    fn start(interpreter: &str) -> Option<Self> {
        let mut command = Command::new(interpreter);
        command.args(["-c", SCRIPT]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().ok()?;
        let input = child.stdin.take();
        let mut output = BufReader::new(child.stdout.take()?);
        let mut version = String::new();
        output.read_line(&mut version).ok()?;
        let lxml = Self { child, input, output, version: version.trim().to_owned() };
        (!lxml.version.is_empty()).then_some(lxml)
    }

    /// The exclusive canonical form of a document.
    pub(crate) fn canonical(&mut self, document: &str, prefixes: &[String]) -> String {
        let input = self.input.as_mut().unwrap();
        let head = format!("{} {}\n", document.len(), prefixes.join(" "));
        input.write_all(head.as_bytes()).unwrap();
        input.write_all(document.as_bytes()).unwrap();
        input.flush().unwrap();
        let mut length = String::new();
        self.output.read_line(&mut length).unwrap();
        let length = length.trim().parse().unwrap_or_else(|_| panic!("lxml does not answer to\n{document}"));
        let mut octets = vec![0; length];
        self.output.read_exact(&mut octets).unwrap();
        String::from_utf8(octets).unwrap()
    }
}

impl Drop for Lxml {
    fn drop(&mut self) {
        // The end of its input is the end of it.
        self.input = None;
        let _ = self.child.wait();
    }
}
