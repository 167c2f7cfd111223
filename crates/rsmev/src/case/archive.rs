//! The zip of a case file: written the same way each time, read under bounds. Nothing is written to disk when it is read, and a file
//! in which two programs would find different contents is refused.

use std::collections::HashSet;
use std::io::Write as _;

use bytes::Bytes;
use miniz_oxide::deflate::compress_to_vec;
use miniz_oxide::inflate::decompress_to_vec_with_limit;
use rawzip::extra_fields::ExtraFieldId;
use rawzip::time::UtcDateTime;
use rawzip::{CompressionMethod, ZipArchive, ZipArchiveWriter, ZipSliceArchive};

use super::Files;

/// The largest zip, in octets.
pub(crate) const ZIP_OCTETS_MAX: u64 = 512 << 20;
/// The most files.
const FILES_MAX: usize = 20_000;
/// The longest name, in octets.
const NAME_OCTETS_MAX: usize = 200;
/// The largest file, in octets: a message is smaller.
const FILE_OCTETS_MAX: u64 = 128 << 20;
/// The most octets of all files.
const INFLATED_OCTETS_MAX: u64 = 512 << 20;
/// How many times larger than packed a file may be: DEFLATE itself ends near 1032.
const RATIO_MAX: u64 = 200;
/// … when it is larger than this, in octets.
const RATIO_FREE_OCTETS: u64 = 1 << 20;
/// Between two entries stands a data descriptor at most (APPNOTE 4.3.9): a hidden entry is longer.
const DESCRIPTOR_OCTETS: u64 = 24;
/// The time of every file, 1980-01-01: when a case file was made stands in its manifest.
const TIME: i64 = 315_532_800;
/// Level of DEFLATE.
const LEVEL: u8 = 6;

/// Writes the zip: files in the order of their names, all of one time.
pub(crate) fn write(files: &Files) -> Result<Vec<u8>, String> {
    let octets = files.values().fold(0_u64, |sum, file| sum.saturating_add(file.len() as u64));
    if octets > INFLATED_OCTETS_MAX || files.len() > FILES_MAX {
        let most = INFLATED_OCTETS_MAX >> 20;
        return Err(format!(
            "the case has {} files of {octets} octets: more than {FILES_MAX}, or than {most} MiB",
            files.len()
        ));
    }
    let failed = |error: &dyn std::fmt::Display| error.to_string();
    let mut archive = ZipArchiveWriter::new(Vec::new());
    for (name, octets) in files {
        let packed = compress_to_vec(octets, LEVEL);
        // What a reader would take for a bomb stays as it is.
        let stored = packed.len() >= octets.len() || !roomy(octets.len() as u64, packed.len() as u64);
        let method = if stored { CompressionMethod::STORE } else { CompressionMethod::DEFLATE };
        let builder = archive.new_file(name.as_str()).compression_method(method);
        let builder = builder.last_modified(UtcDateTime::from_unix(TIME));
        let (mut entry, config) = builder.start().map_err(|error| failed(&error))?;
        let mut crc = config.wrap(std::io::sink());
        crc.write_all(octets).map_err(|error| failed(&error))?;
        let (_, descriptor) = crc.finish().map_err(|error| failed(&error))?;
        entry.write_all(if stored { octets } else { &packed }).map_err(|error| failed(&error))?;
        entry.finish(descriptor).map_err(|error| failed(&error))?;
    }
    archive.finish().map_err(|error| failed(&error))
}

fn roomy(size: u64, packed: u64) -> bool {
    size <= RATIO_FREE_OCTETS.max(packed.saturating_mul(RATIO_MAX))
}

/// Whether the octets begin as those of a zip.
pub(crate) fn is_zip(octets: &[u8]) -> bool {
    octets.starts_with(b"PK\x03\x04")
}

/// Reads all files; the error says what is wrong with the zip.
pub(crate) fn read(octets: &[u8]) -> Result<Files, String> {
    let archive = ZipArchive::from_slice(octets).map_err(|error| format!("it is no zip: {error}"))?;
    let mut files = Files::new();
    let (mut spans, mut folded, mut inflated, mut number) = (Vec::new(), HashSet::new(), 0_u64, 0_u64);
    let mut records = archive.entries();
    while let Some(record) = records.next_entry().map_err(|error| format!("its directory is broken: {error}"))? {
        number = number.saturating_add(1);
        let path = record.file_path();
        let name = fit(path.as_bytes())?;
        if files.len() >= FILES_MAX {
            return Err(format!("it has more than {FILES_MAX} files"));
        }
        let local = archive.get_entry(record.wayfinder()).map_err(|error| format!("{name}: {error}"))?;
        let header = local.local_header();
        spans.push((record.local_header_offset(), local.compressed_data_range().1));
        let same = header.file_path().as_bytes() == path.as_bytes()
            && header.compression_method() == record.compression_method();
        let times_only = record.extra_fields().all(|(id, _)| id == ExtraFieldId::EXTENDED_TIMESTAMP);
        let plain = !record.flags().is_encrypted() && times_only;
        if !same || !plain || !folded.insert(name.to_lowercase()) {
            return Err(format!("two programs would read {name} differently"));
        }
        let (size, packed) = (record.uncompressed_size_hint(), record.compressed_size_hint());
        inflated = inflated.saturating_add(size);
        if size > FILE_OCTETS_MAX || inflated > INFLATED_OCTETS_MAX || !roomy(size, packed) {
            return Err(format!("{name} would take {size} octets, {inflated} with those before it: too many"));
        }
        let content = inflate(local.data(), record.compression_method(), size)
            .filter(|content| rawzip::crc32(content) == record.crc32());
        let content = content.ok_or(format!("{name} cannot be unpacked"))?;
        files.insert(name, content);
    }
    let whole = archive.end_offset() == octets.len() as u64 && archive.entries_hint() == number;
    if whole && side_by_side(spans, &archive) {
        Ok(files)
    } else {
        Err("something is hidden between its files".to_owned())
    }
}

fn inflate(data: &[u8], method: CompressionMethod, size: u64) -> Option<Bytes> {
    let size = usize::try_from(size).ok()?;
    let content = match method {
        CompressionMethod::STORE => data.to_vec(),
        CompressionMethod::DEFLATE => decompress_to_vec_with_limit(data, size).ok()?,
        _ => return None,
    };
    (content.len() == size).then(|| content.into())
}

/// The name, if it is one that a case file has: parts of plain characters, none of them leading elsewhere.
fn fit(name: &[u8]) -> Result<String, String> {
    let text = str::from_utf8(name).ok().filter(|text| text.len() <= NAME_OCTETS_MAX);
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let part = |part: &str| !part.is_empty() && !part.starts_with('.') && part.chars().all(plain);
    text.filter(|text| text.split('/').all(part))
        .map(str::to_owned)
        .ok_or_else(|| "it holds a file with a name that case files do not have".to_owned())
}

/// Whether entries and directory stand one behind another from the first octet on: a reader that goes through the file from its
/// beginning finds what the directory lists and nothing else.
fn side_by_side(mut spans: Vec<(u64, u64)>, archive: &ZipSliceArchive<&[u8]>) -> bool {
    spans.sort_unstable();
    let directory = archive.directory_offset();
    spans.push((directory, directory));
    let mut end = 0_u64;
    for (position, (start, behind)) in spans.into_iter().enumerate() {
        let slack = if position == 0 { 0 } else { DESCRIPTOR_OCTETS };
        if !(end..=end.saturating_add(slack)).contains(&start) {
            return false;
        }
        end = behind;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files() -> Files {
        let text = Bytes::from("<a>".repeat(500));
        [("a/b.xml", text.clone()), ("c.txt", Bytes::from_static(b"x")), ("e", Bytes::new())]
            .into_iter()
            .map(|(name, octets)| (name.to_owned(), octets))
            .collect()
    }

    #[test]
    fn what_is_written_is_read_and_always_the_same() {
        let zip = write(&files()).unwrap();
        assert!(is_zip(&zip));
        assert_eq!(zip, write(&files()).unwrap());
        assert_eq!(read(&zip).unwrap(), files());
        let zeros = Files::from([("zeros".to_owned(), Bytes::from(vec![0; 4 << 20]))]);
        assert_eq!(read(&write(&zeros).unwrap()).unwrap(), zeros, "what could be taken for a bomb is not packed");
    }

    #[test]
    fn zip_bomb_is_not_inflated() {
        let mut archive = ZipArchiveWriter::new(Vec::new());
        let bomb = vec![0; 8 << 20];
        let (mut entry, config) =
            archive.new_file("bomb").compression_method(CompressionMethod::DEFLATE).start().unwrap();
        let mut crc = config.wrap(std::io::sink());
        crc.write_all(&bomb).unwrap();
        let (_, descriptor) = crc.finish().unwrap();
        entry.write_all(&compress_to_vec(&bomb, 9)).unwrap();
        entry.finish(descriptor).unwrap();
        let zip = archive.finish().unwrap();
        assert!(zip.len() < 16 << 10, "{}", zip.len());
        assert!(read(&zip).unwrap_err().contains("too many"));
    }

    #[test]
    fn zip_with_names_that_lead_elsewhere_is_refused() {
        for name in ["../a", "/etc/passwd", "a//b", ".hidden", "a\\b", "C:x", "имя"] {
            assert!(fit(name.as_bytes()).is_err(), "{name}");
        }
        let long = "a".repeat(NAME_OCTETS_MAX + 1);
        assert!(fit(long.as_bytes()).is_err());
    }

    #[test]
    fn zip_that_hides_something_is_refused() {
        let zip = write(&files()).unwrap();
        for hidden in [[b"more".as_slice(), &zip].concat(), [zip.as_slice(), b"more"].concat()] {
            assert!(read(&hidden).is_err());
        }
        for at in 0..zip.len() {
            let mut changed = zip.clone();
            changed[at] ^= 0x20;
            // Times and attributes may change, contents may not.
            assert!(read(&changed).map_or(true, |read| read == files()), "{at}");
        }
        assert!(read(b"").is_err() && read(b"PK\x03\x04").is_err());
    }
}
