//! Signed checkpoints: what the node says a month of a store had come to at a moment. Text, so that it can be printed, read
//! aloud and kept on paper; one behind the other in `checkpoints.txt` of the month.
//!
//! Who signs and how a signature is checked is given by the caller: this crate knows no keys. Seals are in `seal`.

use std::fmt::{self, Write as _};
use std::fs::{self, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;

use jiff::Timestamp;

use crate::place::Place;
use crate::{Digest, Error, Month, StoreName};

/// The file of a month's checkpoints.
const FILE: &str = "checkpoints.txt";
/// First line of a checkpoint.
const TITLE: &str = "rsmev checkpoint 1";
/// What begins the last line: all before it is signed.
const SIGNATURE: &str = "signature ";
/// Longest signature, in octets.
const SIGNATURE_BYTES_MAX: usize = 1024;

/// How far a month of a store has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The store.
    pub store: StoreName,
    /// The month.
    pub month: Month,
    /// Frames in the log: records and dictionaries.
    pub entries: u64,
    /// Number that the next frame gets; more than `entries` where frames were lost.
    pub next: u64,
    /// Digest of the last frame.
    pub last: Digest,
    /// Root of the tree over all frames (RFC 6962).
    pub root: Digest,
    /// False when the log is not the one that an earlier checkpoint was signed over.
    pub continues: bool,
    /// All that was durable is in it.
    pub complete: bool,
}

/// The node's hand: whose name stands under checkpoints and seals.
pub trait Notary: Send + Sync {
    /// Mnemonic of the node.
    fn node(&self) -> String;
    /// Its certificate, DER.
    fn certificate(&self) -> Vec<u8>;
    /// Name of the algorithm, as [`Judge::holds`] will be asked with it.
    fn algorithm(&self) -> String;
    /// Signs the octets; the error is a sentence for the operator.
    fn sign(&self, octets: &[u8]) -> Result<Vec<u8>, String>;
}

/// Checks what a [`Notary`] signed.
pub trait Judge {
    /// A certificate known by its SHA-256; where it is not, the one that lies beside the log is taken.
    fn certificate(&self, sha256: &Digest) -> Option<Vec<u8>> {
        let _ = sha256;
        None
    }
    /// Whether this is the signature of the holder of the certificate (DER) over the octets; the error says why not.
    fn holds(&self, certificate: &[u8], algorithm: &str, octets: &[u8], signature: &[u8]) -> Result<(), String>;
}

/// Who signed a text, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// When.
    pub time: Timestamp,
    /// Mnemonic of the node.
    pub node: String,
    /// SHA-256 of its certificate.
    pub certificate: Digest,
    /// Name of the algorithm.
    pub algorithm: String,
    /// The signature over all lines before its own, line ends included.
    pub signature: Vec<u8>,
}

/// A checkpoint as read; whether its signature holds is asked with [`Checkpoint::check`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// What it says.
    pub head: Head,
    /// Who says it.
    pub signed: Signed,
}

/// Writes the lines that every signed text ends with, and signs them all.
pub(crate) fn sign(mut text: String, time: Timestamp, notary: &dyn Notary) -> Result<String, Error> {
    let certificate = Digest::of([notary.certificate().as_slice()]);
    let (node, algorithm) = (notary.node(), notary.algorithm());
    // Writing to a string does not fail.
    let _ = write!(text, "time {time}\nnode {node}\ncertificate {certificate}\nalgorithm {algorithm}\n");
    let signature = notary.sign(text.as_bytes()).map_err(|what| Error::NotSigned { what })?;
    text.push_str(SIGNATURE);
    text.push_str(&hex::encode(signature));
    text.push('\n');
    Ok(text)
}

/// The lines of a text, taken one by one, each with the word it must begin with.
pub(crate) struct Lines<'a>(std::str::Lines<'a>);

impl<'a> Lines<'a> {
    pub(crate) fn of(text: &'a str) -> Self {
        Self(text.lines())
    }

    pub(crate) fn title(&mut self, title: &str) -> Option<()> {
        (self.0.next()? == title).then_some(())
    }

    pub(crate) fn take(&mut self, word: &str) -> Option<&'a str> {
        self.0.next()?.strip_prefix(word)?.strip_prefix(' ')
    }

    /// The next line when it begins with the word; it stays when it does not.
    pub(crate) fn take_if(&mut self, word: &str) -> Option<&'a str> {
        let mut ahead = self.0.clone();
        let found = ahead.next()?.strip_prefix(word)?.strip_prefix(' ')?;
        self.0 = ahead;
        Some(found)
    }

    pub(crate) fn number(&mut self, word: &str) -> Option<u64> {
        let digits = self.take(word)?;
        // One number has one spelling.
        let number: u64 = digits.parse().ok()?;
        (number.to_string() == digits).then_some(number)
    }

    pub(crate) fn digest(&mut self, word: &str) -> Option<Digest> {
        Digest::parse(self.take(word)?)
    }

    pub(crate) fn head(&mut self) -> Option<Head> {
        Some(Head {
            store: self.take("store")?.parse().ok()?,
            month: self.take("month")?.parse().ok()?,
            entries: self.number("entries")?,
            next: self.number("next")?,
            last: self.digest("last")?,
            root: self.digest("root")?,
            continues: true,
            complete: true,
        })
    }

    /// The end of a signed text; nothing may follow.
    pub(crate) fn signed(&mut self) -> Option<Signed> {
        let signed = Signed {
            time: self.take("time")?.parse().ok()?,
            node: self.take("node")?.to_owned(),
            certificate: self.digest("certificate")?,
            algorithm: self.take("algorithm")?.to_owned(),
            signature: hex::decode(self.take(SIGNATURE.trim_end())?).ok()?,
        };
        let fits = signed.signature.len() <= SIGNATURE_BYTES_MAX && self.0.next().is_none();
        fits.then_some(signed)
    }
}

/// What is signed of a text that ends with a signature.
pub(crate) fn covered(text: &str) -> &str {
    text.rfind(SIGNATURE).and_then(|at| text.get(..at)).unwrap_or_default()
}

impl Head {
    pub(crate) fn lines(&self) -> String {
        let Self { store, month, entries, next, last, root, .. } = self;
        format!("store {store}\nmonth {month}\nentries {entries}\nnext {next}\nlast {last}\nroot {root}\n")
    }
}

impl Checkpoint {
    /// Reads one; `None` for anything that is not exactly such a text.
    pub fn parse(text: &str) -> Option<Self> {
        let mut lines = Lines::of(text);
        lines.title(TITLE)?;
        let read = Self { head: lines.head()?, signed: lines.signed()? };
        (read.to_string() == text).then_some(read)
    }

    /// All checkpoints of a file of them, in order, and how many pieces of it are none: a write that a crash stopped
    /// leaves one behind.
    pub fn parse_all(text: &str) -> (Vec<Self>, usize) {
        let pieces = text.split("\n\n").map(str::trim_start).filter(|piece| !piece.is_empty());
        let (mut read, mut other) = (Vec::new(), 0_usize);
        for piece in pieces {
            let piece = if piece.ends_with('\n') { piece.to_owned() } else { format!("{piece}\n") };
            match Self::parse(&piece) {
                Some(checkpoint) => read.push(checkpoint),
                None => other = other.saturating_add(1),
            }
        }
        (read, other)
    }

    /// Whether its signature is that of the certificate's holder; the certificate must be the one it names.
    pub fn check(&self, certificate: &[u8], judge: &dyn Judge) -> Result<(), String> {
        self.signed.check(covered(&self.to_string()), certificate, judge)
    }
}

impl Signed {
    pub(crate) fn check(&self, covered: &str, certificate: &[u8], judge: &dyn Judge) -> Result<(), String> {
        if Digest::of([certificate]) != self.certificate {
            return Err(format!("it names the certificate {}", self.certificate));
        }
        judge.holds(certificate, &self.algorithm, covered.as_bytes(), &self.signature)
    }

    pub(crate) fn lines(&self) -> String {
        let Self { time, node, certificate, algorithm, signature } = self;
        let signature = hex::encode(signature);
        format!("time {time}\nnode {node}\ncertificate {certificate}\nalgorithm {algorithm}\n{SIGNATURE}{signature}\n")
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{TITLE}\n{}{}", self.head.lines(), self.signed.lines())
    }
}

/// Signs what a month has come to and adds it to the month's file.
pub(crate) fn write(place: &Place, head: &Head, time: Timestamp, notary: &dyn Notary) -> Result<Checkpoint, Error> {
    let text = sign(format!("{TITLE}\n{}", head.lines()), time, notary)?;
    // Read back as a reader will: what could not be read later is not written.
    let unreadable = || Error::NotSigned { what: "the node's name or algorithm cannot stand in a line".to_owned() };
    let checkpoint = Checkpoint::parse(&text).ok_or_else(unreadable)?;
    keep_certificate(place, notary)?;
    let path = place.directory.join(FILE);
    let append = || {
        let mut file = OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(&path)?;
        let mut end = Vec::new();
        let length = file.seek(SeekFrom::End(0))?;
        file.seek(SeekFrom::Start(length.saturating_sub(2)))?;
        file.read_to_end(&mut end)?;
        // Behind the remains of a write that a crash stopped a new paragraph begins.
        let parting = if end.is_empty() || end == b"\n\n" { "" } else { "\n\n" };
        file.write_all(format!("{parting}{text}\n").as_bytes())?;
        file.sync_all()?;
        fs::File::open(&place.directory)?.sync_all()
    };
    append().map_err(Error::io("write", &path))?;
    Ok(checkpoint)
}

/// The node's certificate lies beside what was signed with it, so that a copied directory can be checked by itself.
pub(crate) fn keep_certificate(place: &Place, notary: &dyn Notary) -> Result<(), Error> {
    let certificate = notary.certificate();
    let path = place.certificate(&Digest::of([certificate.as_slice()]));
    if fs::read(&path).is_ok_and(|there| there == certificate) {
        return Ok(());
    }
    fs::write(&path, &certificate).and_then(|()| fs::File::open(&path)?.sync_all()).map_err(Error::io("write", &path))
}

/// The checkpoints of a month, and the number of pieces in their file that are none.
pub(crate) fn read(place: &Place) -> Result<(Vec<Checkpoint>, usize), Error> {
    let path = place.directory.join(FILE);
    match fs::read(&path) {
        Ok(octets) => Ok(Checkpoint::parse_all(&String::from_utf8_lossy(&octets))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok((Vec::new(), 0)),
        Err(error) => Err(Error::io("read", &path)(error)),
    }
}

/// Counts of frames and the roots over them that checkpoints of the month name; unread ones are nobody's hindrance here.
pub(crate) fn signed_roots(place: &Place) -> Vec<(u64, Digest)> {
    let read = read(place).map(|(checkpoints, _)| checkpoints).unwrap_or_default();
    read.into_iter().map(|checkpoint| (checkpoint.head.entries, checkpoint.head.root)).collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// "Signs" by a digest with a secret.
    pub(crate) struct Pretend(pub(crate) &'static str);

    impl Notary for Pretend {
        fn node(&self) -> String {
            "RSMV01641".to_owned()
        }
        fn certificate(&self) -> Vec<u8> {
            self.0.as_bytes().to_vec()
        }
        fn algorithm(&self) -> String {
            "pretend".to_owned()
        }
        fn sign(&self, octets: &[u8]) -> Result<Vec<u8>, String> {
            Ok(Digest::of([self.0.as_bytes(), octets]).octets().to_vec())
        }
    }

    impl Judge for Pretend {
        fn holds(&self, certificate: &[u8], _: &str, octets: &[u8], signature: &[u8]) -> Result<(), String> {
            let good = Digest::of([certificate, octets]).octets() == signature;
            good.then_some(()).ok_or_else(|| "another signature".to_owned())
        }
    }

    fn head(entries: u64) -> Head {
        Head {
            store: StoreName::new("SOCZ.application").unwrap(),
            month: "2026-11".parse().unwrap(),
            entries,
            next: entries,
            last: Digest::of([&b"last"[..]]),
            root: Digest::of([&b"root"[..]]),
            continues: true,
            complete: true,
        }
    }

    #[test]
    fn checkpoints_are_read_as_written_and_not_otherwise() {
        let directory = tempfile::tempdir().unwrap();
        let place = Place {
            directory: directory.path().to_owned(),
            ..Place::of(directory.path(), &head(1).store, head(1).month)
        };
        let time: Timestamp = "2026-11-26T22:00:00Z".parse().unwrap();
        let hand = Pretend("secret");
        let first = write(&place, &head(1), time, &hand).unwrap();
        // A crash in the middle of the next one.
        let path = directory.path().join(FILE);
        let mut torn = fs::read_to_string(&path).unwrap();
        torn.push_str(&first.to_string()[..60]);
        fs::write(&path, &torn).unwrap();
        let second = write(&place, &head(2), time, &hand).unwrap();
        assert_eq!(read(&place).unwrap(), (vec![first.clone(), second], 1));
        assert_eq!(signed_roots(&place).len(), 2);

        assert_eq!(first.check(b"secret", &hand), Ok(()));
        assert!(first.check(b"another", &hand).unwrap_err().contains("names the certificate"));
        let text = first.to_string();
        for (from, to) in [("entries 1", "entries 2"), ("SOCZ", "ZAGS"), ("2026-11-26", "2026-11-25")] {
            let changed = Checkpoint::parse(&text.replacen(from, to, 1)).unwrap();
            assert!(changed.check(b"secret", &hand).is_err(), "{from} -> {to}");
        }
        for broken in [
            text.replace("next", "nxt"),
            text.replace("entries 1", "entries 01"),
            text.clone() + "more\n",
            text.replace("last ", "last  "),
        ] {
            assert_eq!(Checkpoint::parse(&broken), None, "{broken}");
        }
    }
}
