//! Tables that people bring out of office programs, before anybody knows their columns: octets to text.

/// UTF-8, with or without its mark, or else windows-1251.
pub(crate) fn decoded(octets: &[u8]) -> String {
    let octets = octets.strip_prefix(b"\xef\xbb\xbf").unwrap_or(octets);
    match std::str::from_utf8(octets) {
        Ok(text) => text.to_owned(),
        Err(_) => encoding_rs::WINDOWS_1251.decode_without_bom_handling(octets).0.into_owned(),
    }
}
