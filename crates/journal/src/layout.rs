//! Octets of segments and records: the only file that knows offsets. `docs/JOURNAL.md` has the tables.
//! Pure: no files here.

use std::sync::Arc;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::pack::{Dictionary, Packed};
use crate::record::{Body, BodyInfo, Header, Record};
use crate::{Damage, Digest, Error, Month, StoreName};

/// Octets of a segment's head.
pub(crate) const SEGMENT_HEAD: usize = 128;
/// Octets of a record's head.
pub(crate) const RECORD_HEAD: usize = 160;
/// Largest record, header and bodies together, in octets.
pub(crate) const RECORD_BYTES_MAX: u64 = 64 << 20;

const SEGMENT_MAGIC: [u8; 4] = *b"RSMS";
/// First octets of every record; a search for the next readable record looks for them.
pub(crate) const RECORD_MAGIC: [u8; 4] = *b"RSMR";
const VERSION: u8 = 1;
/// Flag: the bodies are compressed.
const BODIES_PACKED: u16 = 1;
/// Flag: the JSON header is compressed.
const HEADER_PACKED: u16 = 2;
/// Most octets of a JSON header before compression.
pub(crate) const HEADER_BYTES_MAX: usize = 1 << 20;
/// A segment does not begin another group behind this: offsets of dictionaries have 32 bits.
pub(crate) const SEGMENT_BYTES_MAX: u64 = 2 << 30;

/// Random octets of a segment that every record in it repeats, so that octets somebody sends through the bus
/// cannot pass for a record when a search steps over damage.
pub(crate) type Salt = [u8; 16];

/// The head of a segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SegmentHead {
    pub(crate) number: u32,
    /// Number of the first record that may stand here.
    pub(crate) first_sequence: u64,
    /// Where the segment before this one ends: what stands there beyond was never acknowledged.
    pub(crate) previous_end: u64,
    /// Digest of the record before the first one here; zero at the beginning of the month.
    pub(crate) previous: Digest,
    pub(crate) salt: Salt,
}

impl SegmentHead {
    pub(crate) fn encode(&self, store: &StoreName, month: Month) -> [u8; SEGMENT_HEAD] {
        let mut out = Vec::with_capacity(SEGMENT_HEAD);
        out.extend_from_slice(&SEGMENT_MAGIC);
        out.extend_from_slice(&[VERSION, 0, 0, 0]);
        out.extend_from_slice(&self.number.to_le_bytes());
        out.extend_from_slice(&[0; 4]);
        out.extend_from_slice(&self.first_sequence.to_le_bytes());
        out.extend_from_slice(&self.previous_end.to_le_bytes());
        out.extend_from_slice(self.previous.octets());
        out.extend_from_slice(&self.salt);
        out.extend_from_slice(place(store, month).octets());
        out.resize(SEGMENT_HEAD - 4, 0);
        let crc = crc32fast::hash(&out);
        out.extend_from_slice(&crc.to_le_bytes());
        let mut head = [0; SEGMENT_HEAD];
        head.copy_from_slice(&out);
        head
    }

    /// `None` when the octets are damaged or belong to another store or month.
    pub(crate) fn decode(octets: &[u8], store: &StoreName, month: Month) -> Option<Self> {
        let mut rest = Take(checked(octets, SEGMENT_HEAD)?);
        if rest.take::<4>()? != SEGMENT_MAGIC || rest.take::<4>()? != [VERSION, 0, 0, 0] {
            return None;
        }
        let number = u32::from_le_bytes(rest.take()?);
        rest.take::<4>()?;
        let head = Self {
            number,
            first_sequence: u64::from_le_bytes(rest.take()?),
            previous_end: u64::from_le_bytes(rest.take()?),
            previous: Digest::from_octets(rest.take()?),
            salt: rest.take()?,
        };
        (rest.take::<32>()? == *place(store, month).octets()).then_some(head)
    }
}

/// Binds a segment to its directory, so that a file carried elsewhere is seen.
fn place(store: &StoreName, month: Month) -> Digest {
    Digest::of([store.as_str().as_bytes(), b"/", month.to_string().as_bytes()])
}

/// What a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Frame {
    /// One step of one exchange.
    Record,
    /// A dictionary for the compression of records behind it in the same segment: its octets are the bodies.
    Dictionary,
}

impl Frame {
    const fn octet(self) -> u8 {
        match self {
            Self::Record => 1,
            Self::Dictionary => 3,
        }
    }
}

/// The head of a frame: of a record, or of a dictionary, which has a place in the chain like a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RecordHead {
    pub(crate) frame: Frame,
    pub(crate) salt: Salt,
    pub(crate) sequence: u64,
    /// The JSON header is compressed.
    pub(crate) header_packed: bool,
    /// Octets of the JSON header as they lie here.
    pub(crate) header_bytes: u32,
    /// Octets of all bodies as they lie here.
    pub(crate) bodies_bytes: u64,
    /// Octets of all bodies before compression, when they are compressed.
    pub(crate) bodies_packed: Option<u32>,
    /// Octets from the beginning of the group committed at once to this record: 0 for the first of a group.
    pub(crate) into_group: u32,
    /// Offset, in the same segment, of the dictionary needed to read it.
    pub(crate) dictionary: Option<u32>,
    pub(crate) header_digest: Digest,
    pub(crate) bodies_digest: Digest,
    /// Digest of the record before; zero for the first of the month.
    pub(crate) previous: Digest,
}

/// What the octets at a place turn out to be.
pub(crate) enum Head {
    Record(RecordHead),
    /// A frame of a later version; so many octets long in all.
    Unsupported {
        octets: u64,
        damage: Damage,
    },
}

impl RecordHead {
    /// The head's octets and the digest of the record, which covers all of it through the digests within.
    fn encode(&self) -> (Vec<u8>, Digest) {
        let mut out = Vec::with_capacity(RECORD_HEAD);
        let mut flags = 0;
        if self.bodies_packed.is_some() {
            flags |= BODIES_PACKED;
        }
        if self.header_packed {
            flags |= HEADER_PACKED;
        }
        out.extend_from_slice(&RECORD_MAGIC);
        out.extend_from_slice(&[VERSION, self.frame.octet()]);
        out.extend_from_slice(&flags.to_le_bytes());
        out.extend_from_slice(&self.salt);
        out.extend_from_slice(&self.sequence.to_le_bytes());
        out.extend_from_slice(&self.bodies_bytes.to_le_bytes());
        out.extend_from_slice(&self.header_bytes.to_le_bytes());
        out.extend_from_slice(&self.bodies_packed.unwrap_or(0).to_le_bytes());
        out.extend_from_slice(&self.into_group.to_le_bytes());
        out.extend_from_slice(&self.dictionary.unwrap_or(0).to_le_bytes());
        out.extend_from_slice(&[0; 4]);
        out.extend_from_slice(self.header_digest.octets());
        out.extend_from_slice(self.bodies_digest.octets());
        out.extend_from_slice(self.previous.octets());
        let digest = Digest::of([out.as_slice()]);
        out.extend_from_slice(&crc32fast::hash(&out).to_le_bytes());
        (out, digest)
    }

    /// The octets it was read from: a good head has one spelling.
    pub(crate) fn octets_again(&self) -> Vec<u8> {
        self.encode().0
    }

    /// `None` when no head stands here.
    pub(crate) fn decode(octets: &[u8]) -> Option<(Head, Digest)> {
        let covered = checked(octets, RECORD_HEAD)?;
        let mut rest = Take(covered);
        if rest.take::<4>()? != RECORD_MAGIC {
            return None;
        }
        let [version, frame, flags @ ..] = rest.take::<4>()?;
        let flags = u16::from_le_bytes(flags);
        let salt = rest.take()?;
        let sequence = u64::from_le_bytes(rest.take()?);
        let bodies_bytes = u64::from_le_bytes(rest.take()?);
        let header_bytes = u32::from_le_bytes(rest.take()?);
        let plain = u32::from_le_bytes(rest.take()?);
        let into_group = u32::from_le_bytes(rest.take()?);
        let dictionary = u32::from_le_bytes(rest.take()?);
        rest.take::<4>()?;
        let kind = match frame {
            1 => Some(Frame::Record),
            3 => Some(Frame::Dictionary),
            _ => None,
        };
        let head = Self {
            frame: kind.unwrap_or(Frame::Record),
            salt,
            sequence,
            header_packed: flags & HEADER_PACKED != 0,
            header_bytes,
            bodies_bytes,
            bodies_packed: (flags & BODIES_PACKED != 0).then_some(plain),
            into_group,
            dictionary: (dictionary != 0).then_some(dictionary),
            header_digest: Digest::from_octets(rest.take()?),
            bodies_digest: Digest::from_octets(rest.take()?),
            previous: Digest::from_octets(rest.take()?),
        };
        let digest = Digest::of([covered]);
        if version == VERSION && kind.is_some() && flags & !(BODIES_PACKED | HEADER_PACKED) == 0 {
            return Some((Head::Record(head), digest));
        }
        let damage = Damage::Unsupported { version, frame, flags };
        Some((Head::Unsupported { octets: head.octets(), damage }, digest))
    }

    /// Octets of all bodies before compression.
    pub(crate) fn plain_bytes(&self) -> u64 {
        self.bodies_packed.map_or(self.bodies_bytes, u64::from)
    }

    /// Octets of the whole frame.
    pub(crate) fn octets(&self) -> u64 {
        (RECORD_HEAD as u64).saturating_add(u64::from(self.header_bytes)).saturating_add(self.bodies_bytes)
    }
}

/// The first `length - 4` octets, when the CRC-32 behind them agrees.
fn checked(octets: &[u8], length: usize) -> Option<&[u8]> {
    let (covered, crc) = octets.get(..length)?.split_last_chunk::<4>()?;
    (crc32fast::hash(covered).to_le_bytes() == *crc).then_some(covered)
}

/// Takes fixed fields off the front.
struct Take<'a>(&'a [u8]);

impl Take<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (field, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*field)
    }
}

/// The JSON of a record.
#[derive(Debug, Serialize, Deserialize)]
struct Json<H> {
    stores: Vec<String>,
    bodies: Vec<BodyInfo>,
    header: H,
}

/// The JSON of a dictionary.
#[derive(Serialize)]
struct DictionaryJson {
    /// What the octets are.
    dictionary: &'static str,
    bytes: usize,
}

/// Appends the frame of a dictionary to `out`, which holds the group so far, and returns its digest.
pub(crate) fn write_dictionary(out: &mut Vec<u8>, dictionary: &Dictionary, link: &Link) -> Digest {
    let said = DictionaryJson { dictionary: "zstd", bytes: dictionary.octets().len() };
    let json = serde_json::to_vec(&said).unwrap_or_default();
    let (head, digest) = RecordHead {
        frame: Frame::Dictionary,
        salt: link.salt,
        sequence: link.sequence,
        header_packed: false,
        header_bytes: u32::try_from(json.len()).unwrap_or(u32::MAX),
        bodies_bytes: dictionary.octets().len() as u64,
        bodies_packed: None,
        into_group: u32::try_from(out.len()).unwrap_or(u32::MAX),
        dictionary: None,
        header_digest: Digest::of([json.as_slice()]),
        bodies_digest: dictionary.digest(),
        previous: link.previous,
    }
    .encode();
    out.extend_from_slice(&head);
    out.extend_from_slice(&json);
    out.extend_from_slice(dictionary.octets());
    digest
}

/// A record ready to be written: the same octets for every store.
#[derive(Debug)]
pub(crate) struct Content {
    json: Vec<u8>,
    bodies: Vec<Bytes>,
    header_digest: Digest,
    bodies_digest: Digest,
    bodies_bytes: u64,
    header_bytes: u32,
}

impl Content {
    pub(crate) fn of(stores: &[StoreName], record: &Record) -> Result<Self, Error> {
        let info = |body: &Body| BodyInfo { role: body.role, form: body.form, bytes: body.octets.len() as u64 };
        let json = serde_json::to_vec(&Json {
            stores: stores.iter().map(ToString::to_string).collect(),
            bodies: record.bodies.iter().map(info).collect(),
            header: &record.header,
        })
        .map_err(|_| Error::BadRecord { what: "its header has no JSON form" })?;
        let bodies: Vec<Bytes> = record.bodies.iter().map(|body| body.octets.clone()).collect();
        let bodies_bytes = bodies.iter().map(|octets| octets.len() as u64).sum::<u64>();
        let bytes = bodies_bytes.saturating_add(json.len() as u64);
        let too_large = Error::TooLarge { bytes, max: RECORD_BYTES_MAX };
        let Ok(header_bytes) = u32::try_from(json.len()) else {
            return Err(too_large);
        };
        if bytes > RECORD_BYTES_MAX || json.len() > HEADER_BYTES_MAX {
            return Err(too_large);
        }
        Ok(Self {
            header_digest: Digest::of([json.as_slice()]),
            bodies_digest: Digest::of(bodies.iter().map(AsRef::as_ref)),
            json,
            bodies,
            bodies_bytes,
            header_bytes,
        })
    }

    /// Octets on disk, head included.
    pub(crate) fn octets(&self) -> usize {
        self.bodies.iter().fold(RECORD_HEAD.saturating_add(self.json.len()), |sum, body| sum.saturating_add(body.len()))
    }

    /// Digest of header and bodies, whatever the place in a chain.
    pub(crate) fn sha256(&self) -> Digest {
        Digest::of([self.header_digest.octets().as_slice(), self.bodies_digest.octets()])
    }

    /// The parts as they will lie in one store.
    pub(crate) fn pack(&self, dictionary: Option<Arc<Dictionary>>) -> Packed {
        Packed::of(&self.json, self.bodies.iter().map(AsRef::as_ref), dictionary)
    }

    /// Appends the record to `out`, which holds the group so far, and returns its digest. `dictionary` is the offset of the one that packing took.
    pub(crate) fn write(&self, out: &mut Vec<u8>, packed: &Packed, dictionary: Option<u32>, link: &Link) -> Digest {
        let header = packed.header.as_deref();
        let bodies_bytes = packed.bodies.as_ref().map_or(self.bodies_bytes, |bodies| bodies.len() as u64);
        let (head, digest) = RecordHead {
            frame: Frame::Record,
            salt: link.salt,
            sequence: link.sequence,
            header_packed: header.is_some(),
            header_bytes: header.and_then(|octets| u32::try_from(octets.len()).ok()).unwrap_or(self.header_bytes),
            bodies_bytes,
            // A record is no larger than 64 MiB.
            bodies_packed: packed.bodies.is_some().then(|| u32::try_from(self.bodies_bytes).unwrap_or(u32::MAX)),
            into_group: u32::try_from(out.len()).unwrap_or(u32::MAX),
            dictionary,
            header_digest: self.header_digest,
            bodies_digest: self.bodies_digest,
            previous: link.previous,
        }
        .encode();
        out.extend_from_slice(&head);
        out.extend_from_slice(header.unwrap_or(&self.json));
        match &packed.bodies {
            Some(octets) => out.extend_from_slice(octets),
            None => self.bodies.iter().for_each(|body| out.extend_from_slice(body)),
        }
        digest
    }
}

/// Where a frame stands in the chain of its month.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Link {
    /// Salt of the segment.
    pub(crate) salt: Salt,
    /// Its number.
    pub(crate) sequence: u64,
    /// Digest of the frame before it.
    pub(crate) previous: Digest,
}

/// What the JSON of a record says.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) stores: Vec<StoreName>,
    pub(crate) bodies: Vec<BodyInfo>,
    pub(crate) header: Header,
}

/// Reads the JSON; `bodies_bytes` is what the head says of the bodies before compression.
pub(crate) fn read_json(json: &[u8], sequence: u64, bodies_bytes: u64) -> Result<Said, Damage> {
    let meaning = |what: String| Damage::Meaning { sequence, what };
    let read: Json<Header> = serde_json::from_slice(json).map_err(|error| meaning(error.to_string()))?;
    if read.header.version != Header::VERSION {
        return Err(meaning(format!("header version {}", read.header.version)));
    }
    let listed = read.bodies.iter().fold(0_u64, |sum, body| sum.saturating_add(body.bytes));
    if listed != bodies_bytes {
        return Err(meaning(format!("bodies of {listed} octets are listed, {bodies_bytes} are there")));
    }
    let stores = read.stores.iter().map(|name| StoreName::new(name)).collect::<Result<_, _>>();
    Ok(Said { stores: stores.map_err(|error| meaning(error.to_string()))?, bodies: read.bodies, header: read.header })
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use uuid::Uuid;

    use super::*;
    use crate::record::{Form, Kind, Role};

    /// Segments written today must be read in ten years: whoever changes an octet here writes another version.
    #[test]
    fn the_octets_of_version_1_do_not_change() {
        let store = StoreName::new("SOCZ").unwrap();
        let month: Month = "2026-11".parse().unwrap();
        let head = SegmentHead {
            number: 3,
            first_sequence: 1000,
            previous_end: 5_000_000,
            previous: Digest::of([&b"before"[..]]),
            salt: [9; 16],
        };
        let octets = head.encode(&store, month);
        assert_eq!(SegmentHead::decode(&octets, &store, month), Some(head));
        assert_eq!(hex::encode(&octets[..32]), "52534d53010000000300000000000000e803000000000000404b4c0000000000");
        assert_eq!(
            Digest::of([&octets[..]]).to_string(),
            "f4997b5243c281d4468554acbff9737186bfa14caa0f43d7ddad944bf87397f2"
        );

        let time: Timestamp = "2026-11-22T10:00:00Z".parse().unwrap();
        let header = Header::new(Uuid::from_u128(7), Kind::Accepted, time);
        let body = Body { role: Role::Received, form: Form::Whole, octets: Bytes::from_static(b"<e/>") };
        let record = Record { header, bodies: vec![body] };
        let content = Content::of(&[store], &record).unwrap();
        let mut octets = Vec::new();
        let link = Link { salt: [9; 16], sequence: 42, previous: Digest::default() };
        let digest = content.write(&mut octets, &Packed::default(), None, &link);
        assert_eq!(octets.len(), content.octets());
        assert_eq!(hex::encode(&octets[..24]), "52534d5201010000".to_owned() + &"09".repeat(16));
        let json = &octets[RECORD_HEAD..octets.len() - 4];
        let expected = r#"{"stores":["SOCZ"],"bodies":[{"role":"received","form":"whole","bytes":4}],"header":{"version":1,"exchange":"00000000-0000-0000-0000-000000000007","kind":"accepted","time":"2026-11-22T10:00:00Z","registry":"","verdict":""}}"#;
        assert_eq!(str::from_utf8(json).unwrap(), expected);
        assert_eq!(
            Digest::of([octets.as_slice()]).to_string(),
            "18474b9b1ddc7d49bc11d926c3cecdc1b8e0bd43307c229700df414da9f94a65"
        );
        assert_eq!(digest, Digest::of([&octets[..RECORD_HEAD - 4]]));
        let Some((Head::Record(head), read)) = RecordHead::decode(&octets) else { panic!("not a record") };
        assert_eq!((head.sequence, head.octets(), read), (42, octets.len() as u64, digest));
        assert_eq!(read_json(json, 42, 4).unwrap().header, record.header);
    }
}
