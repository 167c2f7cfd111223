//! Octets of segments and records: the only file that knows offsets. `docs/JOURNAL.md` has the tables.
//! Pure: no files here.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::record::{Body, BodyInfo, Header, Record};
use crate::{Damage, Digest, Error, Month, StoreName};

/// Octets of a segment's head.
pub(crate) const SEGMENT_HEAD: usize = 128;
/// Octets of a record's head.
pub(crate) const RECORD_HEAD: usize = 152;
/// Largest record, header and bodies together, in octets.
pub(crate) const RECORD_BYTES_MAX: u64 = 64 << 20;

const SEGMENT_MAGIC: [u8; 4] = *b"RSMS";
/// First octets of every record; a search for the next readable record looks for them.
pub(crate) const RECORD_MAGIC: [u8; 4] = *b"RSMR";
const VERSION: u8 = 1;
const FRAME_RECORD: u8 = 1;

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

/// The head of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RecordHead {
    pub(crate) salt: Salt,
    pub(crate) sequence: u64,
    /// Octets of the JSON header.
    pub(crate) header_bytes: u32,
    /// Octets of all bodies.
    pub(crate) bodies_bytes: u64,
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
        out.extend_from_slice(&RECORD_MAGIC);
        out.extend_from_slice(&[VERSION, FRAME_RECORD, 0, 0]);
        out.extend_from_slice(&self.salt);
        out.extend_from_slice(&self.sequence.to_le_bytes());
        out.extend_from_slice(&self.bodies_bytes.to_le_bytes());
        out.extend_from_slice(&self.header_bytes.to_le_bytes());
        out.extend_from_slice(&[0; 8]);
        out.extend_from_slice(self.header_digest.octets());
        out.extend_from_slice(self.bodies_digest.octets());
        out.extend_from_slice(self.previous.octets());
        let digest = Digest::of([out.as_slice()]);
        out.extend_from_slice(&crc32fast::hash(&out).to_le_bytes());
        (out, digest)
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
        rest.take::<8>()?;
        let head = Self {
            salt,
            sequence,
            header_bytes,
            bodies_bytes,
            header_digest: Digest::from_octets(rest.take()?),
            bodies_digest: Digest::from_octets(rest.take()?),
            previous: Digest::from_octets(rest.take()?),
        };
        let digest = Digest::of([covered]);
        if (version, frame, flags) == (VERSION, FRAME_RECORD, 0) {
            return Some((Head::Record(head), digest));
        }
        let damage = Damage::Unsupported { version, frame, flags };
        Some((Head::Unsupported { octets: head.octets(), damage }, digest))
    }

    /// Octets of the whole record.
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
        if bytes > RECORD_BYTES_MAX {
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

    /// Appends the record to `out` and returns its digest.
    pub(crate) fn write(&self, out: &mut Vec<u8>, salt: Salt, sequence: u64, previous: Digest) -> Digest {
        let (head, digest) = RecordHead {
            salt,
            sequence,
            header_bytes: self.header_bytes,
            bodies_bytes: self.bodies_bytes,
            header_digest: self.header_digest,
            bodies_digest: self.bodies_digest,
            previous,
        }
        .encode();
        out.extend_from_slice(&head);
        out.extend_from_slice(&self.json);
        for body in &self.bodies {
            out.extend_from_slice(body);
        }
        digest
    }
}

/// What the JSON of a record says.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) stores: Vec<StoreName>,
    pub(crate) bodies: Vec<BodyInfo>,
    pub(crate) header: Header,
}

/// Reads the JSON; `bodies_bytes` is what the head says of the bodies.
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
        let digest = content.write(&mut octets, [9; 16], 42, Digest::default());
        assert_eq!(octets.len(), content.octets());
        assert_eq!(hex::encode(&octets[..24]), "52534d5201010000".to_owned() + &"09".repeat(16));
        let json = &octets[RECORD_HEAD..octets.len() - 4];
        let expected = r#"{"stores":["SOCZ"],"bodies":[{"role":"received","form":"whole","bytes":4}],"header":{"version":1,"exchange":"00000000-0000-0000-0000-000000000007","kind":"accepted","time":"2026-11-22T10:00:00Z","registry":"","verdict":""}}"#;
        assert_eq!(str::from_utf8(json).unwrap(), expected);
        assert_eq!(
            Digest::of([octets.as_slice()]).to_string(),
            "49823fc14e62f237a4cd0f85deb42da2d0d37609237e73f7eeec19f80bce5559"
        );
        assert_eq!(digest, Digest::of([&octets[..RECORD_HEAD - 4]]));
        let Some((Head::Record(head), read)) = RecordHead::decode(&octets) else { panic!("not a record") };
        assert_eq!((head.sequence, head.octets(), read), (42, octets.len() as u64, digest));
        assert_eq!(read_json(json, 42, 4).unwrap().header, record.header);
    }
}
