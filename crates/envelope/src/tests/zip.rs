//! Zips written octet by octet, so that a test can write such as no honest program does.

use std::fmt::Write as _;

/// One file, and how it lies in the archive.
#[derive(Clone)]
pub(crate) struct File {
    pub(crate) name: Vec<u8>,
    /// Name in the local header.
    pub(crate) local_name: Vec<u8>,
    pub(crate) packed: Vec<u8>,
    pub(crate) size: usize,
    pub(crate) crc: u32,
    pub(crate) method: u16,
    pub(crate) flags: u16,
    /// Extra fields in the directory.
    pub(crate) extra: Vec<u8>,
    /// Octets in front of the local header.
    pub(crate) gap: Vec<u8>,
}

impl File {
    /// Not compressed.
    pub(crate) fn stored(name: impl AsRef<[u8]>, content: &[u8]) -> Self {
        let name = name.as_ref().to_vec();
        Self {
            local_name: name.clone(),
            name,
            packed: content.to_vec(),
            size: content.len(),
            crc: rawzip::crc32(content),
            method: 0,
            flags: 0x0800,
            extra: Vec::new(),
            gap: Vec::new(),
        }
    }

    /// Deflated.
    pub(crate) fn deflated(name: impl AsRef<[u8]>, content: &[u8]) -> Self {
        let packed = miniz_oxide::deflate::compress_to_vec(content, 6);
        Self { packed, method: 8, ..Self::stored(name, content) }
    }

    fn fields(&self, name: &[u8], extra: &[u8]) -> Vec<u8> {
        let short = |number: usize| u16::try_from(number).unwrap().to_le_bytes().to_vec();
        let long = |number: usize| u32::try_from(number).unwrap().to_le_bytes().to_vec();
        let (version, time, date) = (vec![20, 0], vec![0, 0], vec![0x21, 0]);
        let flags = [self.flags.to_le_bytes(), self.method.to_le_bytes()].concat();
        let sizes = [self.crc.to_le_bytes().to_vec(), long(self.packed.len()), long(self.size)].concat();
        [version, flags, time, date, sizes, short(name.len()), short(extra.len())].concat()
    }
}

/// The whole archive: files, directory, end.
pub(crate) fn zip(files: &[File]) -> Vec<u8> {
    let (mut octets, mut directory) = (Vec::new(), Vec::new());
    for file in files {
        octets.extend_from_slice(&file.gap);
        let at = u32::try_from(octets.len()).unwrap();
        octets
            .extend([b"PK\x03\x04", &file.fields(&file.local_name, &[])[..], &file.local_name, &file.packed].concat());
        let place = [&[0; 10][..], &at.to_le_bytes()].concat();
        let head = [b"PK\x01\x02\x14\0", &file.fields(&file.name, &file.extra)[..], &place, &file.name, &file.extra];
        directory.extend(head.concat());
    }
    end(octets, &directory, files.len())
}

/// Puts directory and end record behind `octets`.
pub(crate) fn end(mut octets: Vec<u8>, directory: &[u8], count: usize) -> Vec<u8> {
    let (at, size) = (u32::try_from(octets.len()).unwrap(), u32::try_from(directory.len()).unwrap());
    let count = u16::try_from(count).unwrap().to_le_bytes();
    octets.extend_from_slice(directory);
    octets
        .extend([b"PK\x05\x06\0\0\0\0", &count[..], &count, &size.to_le_bytes(), &at.to_le_bytes(), &[0, 0]].concat());
    octets
}

/// Base64 in lines of 76 characters, as most systems write BinaryData.
pub(crate) fn base64_lines(octets: &[u8]) -> String {
    use base64ct::Encoding as _;
    let text = base64ct::Base64::encode_string(octets);
    text.as_bytes().chunks(76).fold(String::new(), |mut lines, line| {
        let _ = writeln!(lines, "{}", str::from_utf8(line).unwrap());
        lines
    })
}
