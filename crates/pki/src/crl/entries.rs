//! The entries of a revocation list (RFC 5280 §5.1.2.6) as sorted records of one size: lists of the national
//! authorities have a million of them.

use der::{Reader as _, SliceReader, Tag, asn1::ObjectIdentifier};
use jiff::Timestamp;
use x509_cert::{certificate::Rfc5280, ext::Extension, serial_number::SerialNumber, time::Time};

use super::Unreliable;
use crate::{Fingerprint, certificate};

const REASON_CODE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.21");
const INVALIDITY_DATE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.24");
const CERTIFICATE_ISSUER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.29");

/// Octets a serial number has at most (RFC 5280 §4.1.2.2).
const SERIAL_MAX: usize = 20;
/// Stands for the length of a serial number that is longer all the same and kept as its digest.
const DIGESTED: u8 = u8::MAX;
/// Stands for an absent reasonCode.
const NO_REASON: u8 = u8::MAX;

/// What one entry says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Revocation {
    /// revocationDate.
    pub(crate) since: Timestamp,
    /// reasonCode (RFC 5280 §5.3.1).
    reason: Option<u8>,
}

impl Revocation {
    /// The reason in the standard's words.
    pub(crate) fn reason(&self) -> Option<&'static str> {
        Some(match self.reason? {
            0 => "unspecified",
            1 => "keyCompromise",
            2 => "cACompromise",
            3 => "affiliationChanged",
            4 => "superseded",
            5 => "cessationOfOperation",
            6 => "certificateHold",
            8 => "removeFromCRL",
            9 => "privilegeWithdrawn",
            10 => "aACompromise",
            _ => return None,
        })
    }

    /// The key is in wrong hands, nobody knows since when: what it signed earlier is not believed either.
    pub(crate) fn is_compromise(&self) -> bool {
        matches!(self.reason, Some(1 | 2))
    }

    /// The certificate is no longer on hold (it makes sense in delta lists only).
    pub(crate) fn is_removal(&self) -> bool {
        self.reason == Some(8)
    }
}

/// All entries, sorted by serial number.
#[derive(Default)]
pub(super) struct Entries {
    sorted: Vec<Record>,
}

/// 32 octets.
#[derive(Clone, Copy)]
struct Record {
    key: Key,
    reason: u8,
    /// Seconds since 1970.
    since: i64,
}

/// A serial number: how long, and its octets from the left.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    length: u8,
    octets: [u8; SERIAL_MAX],
}

impl Key {
    /// Of the octets without a leading zero octet.
    fn of(serial: &[u8]) -> Self {
        let mut octets = [0; SERIAL_MAX];
        let (length, stored) = match u8::try_from(serial.len()) {
            Ok(length) if serial.len() <= SERIAL_MAX => (length, serial),
            _ => {
                let digest = Fingerprint::of(serial);
                octets.iter_mut().zip(digest.as_bytes()).for_each(|(to, from)| *to = *from);
                return Self { length: DIGESTED, octets };
            }
        };
        octets.iter_mut().zip(stored).for_each(|(to, from)| *to = *from);
        Self { length, octets }
    }
}

impl Entries {
    /// Reads the content of `revokedCertificates`; `problem` tells of a critical extension that is not understood.
    pub(super) fn read(reader: &mut SliceReader<'_>, problem: &mut Option<Unreliable>) -> Result<Self, der::Error> {
        let mut sorted = Vec::new();
        while !reader.is_finished() {
            let record = reader.sequence(|entry| Record::read(entry, problem))?;
            sorted.push(record);
        }
        sorted.sort_unstable_by_key(|record: &Record| record.key);
        sorted.shrink_to_fit();
        Ok(Self { sorted })
    }

    pub(super) fn len(&self) -> usize {
        self.sorted.len()
    }

    /// Every entry with this serial number; more than one is against the standard, and each counts.
    pub(super) fn find(&self, serial: &[u8]) -> impl Iterator<Item = Revocation> + '_ {
        let key = Key::of(serial);
        let start = self.sorted.partition_point(|record| record.key < key);
        self.sorted.iter().skip(start).take_while(move |record| record.key == key).map(|record| Revocation {
            since: Timestamp::from_second(record.since).unwrap_or(Timestamp::MIN),
            reason: Some(record.reason).filter(|reason| *reason != NO_REASON),
        })
    }
}

impl Record {
    fn read(entry: &mut SliceReader<'_>, problem: &mut Option<Unreliable>) -> Result<Self, der::Error> {
        let serial: SerialNumber<Rfc5280> = entry.decode()?;
        let since = certificate::timestamp(entry.decode::<Time>()?).as_second();
        let mut reason = NO_REASON;
        // Most entries have none: no vector is made for them.
        for extension in entry.decode::<Option<Vec<Extension>>>()?.unwrap_or_default() {
            match extension.extn_id {
                REASON_CODE => reason = reason_code(extension.extn_value.as_bytes())?,
                CERTIFICATE_ISSUER => *problem = Some(Unreliable::Indirect),
                INVALIDITY_DATE => (),
                oid if extension.critical => *problem = Some(Unreliable::EntryExtension(oid)),
                _ => (),
            }
        }
        Ok(Self { key: Key::of(certificate::serial_octets(serial.as_bytes())), reason, since })
    }
}

/// `CRLReason ::= ENUMERATED`; its values fit one octet.
fn reason_code(value: &[u8]) -> Result<u8, der::Error> {
    match value {
        &[0x0a, 1, code @ 0..=10] => Ok(code),
        _ => Err(Tag::Enumerated.value_error().into()),
    }
}

#[cfg(test)]
mod tests {
    use der::Encode as _;
    use proptest::prelude::*;

    use super::*;

    /// `revokedCertificates` without its header.
    fn written(entries: &[(Vec<u8>, u32, Option<u8>)]) -> Vec<u8> {
        let tlv = |tag: u8, content: &[u8]| {
            assert!(content.len() < 128);
            [&[tag, u8::try_from(content.len()).unwrap()], content].concat()
        };
        let entry = |(serial, since, reason): &(Vec<u8>, u32, Option<u8>)| {
            let date = der::DateTime::from_unix_duration(std::time::Duration::from_secs((*since).into())).unwrap();
            let mut content = SerialNumber::<Rfc5280>::new(serial).unwrap().to_der().unwrap();
            content.extend(der::asn1::UtcTime::from_date_time(date).unwrap().to_der().unwrap());
            if let Some(reason) = reason {
                let extension = [&[6, 3, 0x55, 0x1d, 21][..], &tlv(4, &[10, 1, *reason])].concat();
                content.extend(tlv(0x30, &tlv(0x30, &extension)));
            }
            tlv(0x30, &content)
        };
        entries.iter().flat_map(entry).collect()
    }

    fn read(content: &[u8]) -> Entries {
        Entries::read(&mut SliceReader::new(content).unwrap(), &mut None).unwrap()
    }

    proptest! {
        /// Whatever is in the list is found, and nothing else.
        #[test]
        fn lookup_agrees_with_going_through_all(
            entries in prop::collection::vec(
                // Few values of the first octet, short and long: neighbours, prefixes, duplicates occur.
                (prop::collection::vec(1u8..4, 1..=4).prop_union(prop::collection::vec(1u8..128, 15..=20)),
                 0u32..2_000_000_000, prop::option::of(0u8..=6)),
                1..60,
            ),
            asked in prop::collection::vec(1u8..4, 1..=5),
        ) {
            let found = read(&written(&entries));
            prop_assert_eq!(found.len(), entries.len());
            for serial in entries.iter().map(|entry| &entry.0).chain([&asked]) {
                let mut expected: Vec<_> = entries
                    .iter()
                    .filter(|entry| entry.0 == *serial)
                    .map(|entry| (i64::from(entry.1), entry.2))
                    .collect();
                let mut got: Vec<_> = found.find(serial).map(|it| (it.since.as_second(), it.reason)).collect();
                expected.sort_unstable();
                got.sort_unstable();
                prop_assert_eq!(got, expected);
            }
        }
    }

    #[test]
    fn a_record_is_32_octets_and_longer_serial_numbers_are_told_apart() {
        assert_eq!(size_of::<Record>(), 32);
        let long = |last: u8| [&[1; 20][..], &[last]].concat();
        let entries = [&long(1)[..], &[1; 20]].map(Key::of).map(|key| Record { key, reason: NO_REASON, since: 7 });
        let entries = Entries { sorted: entries.into_iter().rev().collect() };
        assert_eq!(entries.find(&long(1)).count(), 1);
        assert_eq!(entries.find(&long(2)).count(), 0);
        assert_eq!(entries.find(&[1; 20]).count(), 1);
        assert_eq!(entries.find(&[1; 19]).count(), 0);
    }
}
