//! The passphrase of an encrypted key or the PIN of a token, as it stands in a file of its own. Wiped on drop and never shown: there is no
//! `Debug`.

use zeroize::Zeroizing;

use crate::Error;

/// Longer ones are cut by other programs.
const LENGTH_MAX: usize = 1024;

/// What an encrypted private key or a token is opened with.
pub struct Passphrase(Zeroizing<Vec<u8>>);

impl Passphrase {
    /// The first line of a file without its line end, octet for octet, as `openssl -passin file:…` takes it: 1 to 1024
    /// octets. What follows the first line is not read.
    pub fn from_file(file: &[u8]) -> Result<Self, Error> {
        let line = file.split(|octet| *octet == b'\n').next().unwrap_or_default();
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let refused = |problem| Err(Error::UnusablePassphrase { problem });
        if line.is_empty() {
            return refused("the first line of the file is empty");
        }
        if line.starts_with(b"\xef\xbb\xbf") {
            return refused("the file begins with a byte order mark: save it as UTF-8 without one");
        }
        if line.len() > LENGTH_MAX {
            return refused("the first line of the file is longer than 1024 octets");
        }
        Ok(Self(Zeroizing::new(line.to_vec())))
    }

    /// The octets themselves.
    pub fn octets(&self) -> &[u8] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_counts_octet_for_octet() {
        for (file, expected) in [
            (b"secret".as_slice(), b"secret".as_slice()),
            (b"secret\n", b"secret"),
            (b"secret\r\nremark\n", b"secret"),
            (b" two words \n", b" two words "),
            ("пароль\n".as_bytes(), "пароль".as_bytes()),
        ] {
            assert_eq!(Passphrase::from_file(file).map(|passphrase| passphrase.0.to_vec()), Ok(expected.to_vec()));
        }
    }

    #[test]
    fn files_without_a_usable_first_line_are_refused() {
        for file in [b"".as_slice(), b"\n", b"\r\n", b"\nsecret\n", b"\xef\xbb\xbfsecret\n", &[b'x'; 1025]] {
            assert!(matches!(Passphrase::from_file(file), Err(Error::UnusablePassphrase { .. })), "{file:?}");
        }
        assert!(Passphrase::from_file(&[b'x'; 1024]).is_ok());
    }
}
