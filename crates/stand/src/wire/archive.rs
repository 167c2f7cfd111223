//! The archive of an application (protocol §3.6): a zip with `req_GUID.xml`, as base64 text. Stored, not compressed;
//! one file; it cannot read archives.

use base64ct::{Base64, Encoding as _};

/// A zip holding one file, as base64 in lines of 76 characters, the way most systems write BinaryData.
pub(crate) fn application(request_code: &str, content: &str) -> String {
    let zip = zip_of_one(&format!("{request_code}.xml"), content.as_bytes());
    let text = Base64::encode_string(&zip);
    let mut lines = String::with_capacity(text.len().saturating_add(text.len() / 76));
    for (count, letter) in text.chars().enumerate() {
        if count > 0 && count % 76 == 0 {
            lines.push('\n');
        }
        lines.push(letter);
    }
    lines
}

/// Local header, octets, central directory, end record (APPNOTE 4.3); UTF-8 name, method "stored", no time.
fn zip_of_one(name: &str, content: &[u8]) -> Vec<u8> {
    let size = u32::try_from(content.len()).unwrap_or(u32::MAX);
    let name_length = u16::try_from(name.len()).unwrap_or(u16::MAX);
    let mut shared = Vec::new();
    shared.extend_from_slice(&20u16.to_le_bytes()); // version needed
    shared.extend_from_slice(&0x0800u16.to_le_bytes()); // UTF-8 name
    shared.extend_from_slice(&0u16.to_le_bytes()); // stored
    shared.extend_from_slice(&0u16.to_le_bytes()); // time
    shared.extend_from_slice(&0x21u16.to_le_bytes()); // date: 1980-01-01, the earliest there is
    shared.extend_from_slice(&crc32(content).to_le_bytes());
    shared.extend_from_slice(&size.to_le_bytes());
    shared.extend_from_slice(&size.to_le_bytes());
    shared.extend_from_slice(&name_length.to_le_bytes());
    shared.extend_from_slice(&0u16.to_le_bytes()); // extra field

    let mut zip = b"PK\x03\x04".to_vec();
    zip.extend_from_slice(&shared);
    zip.extend_from_slice(name.as_bytes());
    zip.extend_from_slice(content);
    let directory_at = u32::try_from(zip.len()).unwrap_or(u32::MAX);
    zip.extend_from_slice(b"PK\x01\x02");
    zip.extend_from_slice(&20u16.to_le_bytes()); // version made by
    zip.extend_from_slice(&shared);
    zip.extend_from_slice(&[0; 14]); // comment, disk, attributes, offset of the local header
    zip.extend_from_slice(name.as_bytes());
    let directory_size = u32::try_from(zip.len()).unwrap_or(u32::MAX).saturating_sub(directory_at);
    zip.extend_from_slice(b"PK\x05\x06");
    zip.extend_from_slice(&[0; 4]); // disks
    zip.extend_from_slice(&1u16.to_le_bytes());
    zip.extend_from_slice(&1u16.to_le_bytes());
    zip.extend_from_slice(&directory_size.to_le_bytes());
    zip.extend_from_slice(&directory_at.to_le_bytes());
    zip.extend_from_slice(&0u16.to_le_bytes());
    zip
}

/// CRC-32 of zip, bit by bit: archives here are a few hundred octets.
fn crc32(octets: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for octet in octets {
        crc ^= u32::from(*octet);
        for _ in 0..8 {
            crc = (crc >> 1) ^ (0xEDB8_8320 & 0u32.wrapping_sub(crc & 1));
        }
    }
    !crc
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crc_agrees_with_the_published_check_value() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }

    #[test]
    fn records_of_the_zip_point_at_each_other() {
        let zip = zip_of_one("req_1.xml", b"<a/>");
        let end = zip.len() - 22;
        assert_eq!(&zip[end..end + 4], b"PK\x05\x06");
        let directory = u32::from_le_bytes(zip[end + 16..end + 20].try_into().unwrap()) as usize;
        assert_eq!(&zip[directory..directory + 4], b"PK\x01\x02");
        let size = u32::from_le_bytes(zip[end + 12..end + 16].try_into().unwrap()) as usize;
        assert_eq!(directory + size, end);
        assert_eq!(&zip[30..39], b"req_1.xml");
        assert_eq!(&zip[39..43], b"<a/>");
    }
}
