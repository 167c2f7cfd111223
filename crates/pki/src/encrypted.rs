//! Private keys encrypted at rest: `EncryptedPrivateKeyInfo` (RFC 5958 §3) under PBES2 (RFC 8018 §6.2) with PBKDF2 and
//! AES-CBC, the form OpenSSL writes. Other schemes are refused by name. What the key is, `private_key` knows.
//!
//! The structures are read by `pkcs5`; deriving and decrypting are done here with `ring` and `aes`, because `pkcs5`
//! leaves the derived key in memory.

use std::num::NonZeroU32;

use aes::{Aes128, Aes192, Aes256};
use cbc::{
    Decryptor, Encryptor,
    cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit, block_padding::Pkcs7},
};
use der::{
    Decode as _, Encode as _, Sequence,
    asn1::{AnyRef, OctetStringRef},
};
use pkcs5::{
    AlgorithmIdentifierRef,
    pbes2::{EncryptionScheme as Cipher, Kdf, PBES2_OID, Parameters, Pbkdf2Params, Pbkdf2Prf},
};
use ring::pbkdf2::{self, PBKDF2_HMAC_SHA256, PBKDF2_HMAC_SHA384, PBKDF2_HMAC_SHA512};
use zeroize::Zeroizing;

use crate::{Error, Passphrase, error::EncryptionProblem};

/// Fewer make guessing cheap; more would let a key file hold up the start for minutes.
const ITERATIONS: std::ops::RangeInclusive<u32> = 1_000..=10_000_000;
/// What is written: OWASP's figure for PBKDF2-HMAC-SHA256, a fraction of a second.
const ITERATIONS_WRITTEN: u32 = 600_000;
/// An RSA key of 8192 bits has 4.7 KB: what is larger is no key.
const CIPHERTEXT_MAX: usize = 64 << 10;
const BLOCK: usize = 16;

#[derive(Sequence)]
struct EncryptedPrivateKeyInfo<'a> {
    encryption_algorithm: AlgorithmIdentifierRef<'a>,
    encrypted_data: &'a OctetStringRef,
}

/// The `PrivateKeyInfo` inside. A wrong passphrase shows as bad padding or, once in 256 times, as octets that are no
/// key: both are [`Error::WrongPassphrase`], the second one told by `private_key`.
pub(crate) fn decrypt(der: &[u8], passphrase: &Passphrase) -> Result<Zeroizing<Vec<u8>>, Error> {
    let info = EncryptedPrivateKeyInfo::from_der(der).map_err(not_read)?;
    let (oid, parameters) = (info.encryption_algorithm.oid, info.encryption_algorithm.parameters);
    let parameters = match parameters {
        Some(parameters) if oid == PBES2_OID => Parameters::try_from(parameters).map_err(not_read)?,
        _ => return Err(refused(EncryptionProblem::Scheme { oid: oid.to_string() })),
    };
    let ciphertext = info.encrypted_data.as_bytes();
    if ciphertext.len() > CIPHERTEXT_MAX {
        return Err(refused(EncryptionProblem::TooLarge { octets: ciphertext.len() }));
    }
    let key = derive(&parameters, passphrase)?;
    let mut buffer = Zeroizing::new(ciphertext.to_vec());
    let length = match parameters.encryption {
        Cipher::Aes128Cbc { iv } => open::<Aes128>(&key, &iv, &mut buffer),
        Cipher::Aes192Cbc { iv } => open::<Aes192>(&key, &iv, &mut buffer),
        Cipher::Aes256Cbc { iv } => open::<Aes256>(&key, &iv, &mut buffer),
        other => return Err(refused(EncryptionProblem::Scheme { oid: other.oid().to_string() })),
    };
    buffer.truncate(length.ok_or(Error::WrongPassphrase)?);
    Ok(buffer)
}

/// Encrypts a `PrivateKeyInfo`: PBKDF2-HMAC-SHA256, AES-256-CBC. `entropy`: fresh random octets, 16 of salt and 16 of
/// initialisation vector.
pub(crate) fn encrypt(key_info: &[u8], passphrase: &Passphrase, entropy: &[u8; 32]) -> Result<Vec<u8>, Error> {
    let mut iv = [0; BLOCK];
    let (salt, rest) = entropy.split_at(BLOCK);
    iv.copy_from_slice(rest);
    let kdf = Pbkdf2Params::hmac_sha256(ITERATIONS_WRITTEN, salt)
        .map_err(|_| refused(EncryptionProblem::Iterations { found: ITERATIONS_WRITTEN }))?;
    let parameters = Parameters { kdf: kdf.into(), encryption: Cipher::Aes256Cbc { iv } };
    let key = derive(&parameters, passphrase)?;
    // The padding is written behind: never grown, so that no copy is left on the heap.
    let mut buffer = Zeroizing::new(vec![0; key_info.len() + BLOCK]);
    if let Some(start) = buffer.get_mut(..key_info.len()) {
        start.copy_from_slice(key_info);
    }
    let ciphertext = Encryptor::<Aes256>::new_from_slices(&key, &iv)
        .ok()
        .and_then(|cipher| cipher.encrypt_padded::<Pkcs7>(&mut buffer, key_info.len()).ok())
        .ok_or(refused(EncryptionProblem::TooLarge { octets: key_info.len() }))?;
    write(&parameters, ciphertext).map_err(|source| Error::Der { what: "encrypted private key", source })
}

fn write(parameters: &Parameters, ciphertext: &[u8]) -> Result<Vec<u8>, der::Error> {
    let parameters = parameters.to_der()?;
    EncryptedPrivateKeyInfo {
        encryption_algorithm: AlgorithmIdentifierRef {
            oid: PBES2_OID,
            parameters: Some(AnyRef::from_der(&parameters)?),
        },
        encrypted_data: OctetStringRef::new(ciphertext)?,
    }
    .to_der()
}

fn derive(parameters: &Parameters, passphrase: &Passphrase) -> Result<Zeroizing<Vec<u8>>, Error> {
    let Kdf::Pbkdf2(kdf) = &parameters.kdf else {
        return Err(refused(EncryptionProblem::Derivation { oid: parameters.kdf.oid().to_string() }));
    };
    let function = match kdf.prf {
        Pbkdf2Prf::HmacWithSha256 => PBKDF2_HMAC_SHA256,
        Pbkdf2Prf::HmacWithSha384 => PBKDF2_HMAC_SHA384,
        Pbkdf2Prf::HmacWithSha512 => PBKDF2_HMAC_SHA512,
        other => return Err(refused(EncryptionProblem::Derivation { oid: other.oid().to_string() })),
    };
    let wanted = parameters.encryption.key_size();
    if let Some(found) = kdf.key_length.filter(|length| usize::from(*length) != wanted) {
        return Err(refused(EncryptionProblem::KeyLength { found, wanted }));
    }
    let found = kdf.iteration_count;
    let iterations = NonZeroU32::new(found)
        .filter(|count| ITERATIONS.contains(&count.get()))
        .ok_or(refused(EncryptionProblem::Iterations { found }))?;
    let mut key = Zeroizing::new(vec![0; wanted]);
    pbkdf2::derive(function, iterations, kdf.salt.as_ref(), passphrase.octets(), &mut key);
    Ok(key)
}

/// Decrypts in place; how many octets remain without the padding.
fn open<C>(key: &[u8], iv: &[u8], buffer: &mut [u8]) -> Option<usize>
where
    C: cbc::cipher::BlockCipherDecrypt + cbc::cipher::KeyInit,
{
    let cipher = Decryptor::<C>::new_from_slices(key, iv).ok()?;
    cipher.decrypt_padded::<Pkcs7>(buffer).ok().map(<[u8]>::len)
}

fn not_read(source: der::Error) -> Error {
    match source.kind() {
        der::ErrorKind::OidUnknown { oid } => refused(EncryptionProblem::Scheme { oid: oid.to_string() }),
        _ => Error::Der { what: "encrypted private key", source },
    }
}

fn refused(problem: EncryptionProblem) -> Error {
    Error::UnusableEncryption { problem }
}

#[cfg(test)]
mod tests {
    use pkcs5::pbes2::{SCRYPT_OID, ScryptParams};

    use super::*;

    fn passphrase(text: &str) -> Passphrase {
        Passphrase::from_file(text.as_bytes()).unwrap()
    }

    fn pbkdf2_params(iteration_count: u32, prf: Pbkdf2Prf, key_length: Option<u16>) -> Kdf {
        Kdf::Pbkdf2(Pbkdf2Params { iteration_count, prf, key_length, ..Pbkdf2Params::hmac_sha256(1, &[1; 8]).unwrap() })
    }

    fn info(kdf: Kdf, encryption: Cipher, ciphertext: &[u8]) -> Vec<u8> {
        write(&Parameters { kdf, encryption }, ciphertext).unwrap()
    }

    #[test]
    fn what_is_encrypted_opens_with_the_same_passphrase_only() {
        for length in [1, 15, 16, 17, 300] {
            let plain = vec![7; length];
            let encrypted = encrypt(&plain, &passphrase("right"), &[9; 32]).unwrap();
            assert_eq!(decrypt(&encrypted, &passphrase("right")).as_deref(), Ok(&plain), "{length}");
            assert_eq!(decrypt(&encrypted, &passphrase("wrong")), Err(Error::WrongPassphrase), "{length}");
        }
    }

    #[test]
    fn salt_and_initialisation_vector_come_from_the_entropy() {
        let of = |entropy: u8| encrypt(&[7; 64], &passphrase("x"), &[entropy; 32]).unwrap();
        assert_eq!(of(1), of(1));
        assert_ne!(of(1)[of(1).len() - 64..], of(2)[of(2).len() - 64..]);
    }

    #[test]
    fn derivations_too_cheap_too_dear_or_unknown_are_refused_before_any_work() {
        use EncryptionProblem::{Derivation, Iterations, KeyLength, Scheme, TooLarge};
        let cbc = Cipher::Aes256Cbc { iv: [0; 16] };
        let sha256 = |count| pbkdf2_params(count, Pbkdf2Prf::HmacWithSha256, None);
        let scrypt = Kdf::Scrypt(ScryptParams {
            salt: [1; 16].as_slice().try_into().unwrap(),
            cost_parameter: 1 << 40,
            block_size: 8,
            parallelization: 1,
            key_length: None,
        });
        let oid = |text: &str| text.to_owned();
        let table = [
            ("no iteration", info(sha256(0), cbc, &[0; 16]), Iterations { found: 0 }),
            ("few iterations", info(sha256(999), cbc, &[0; 16]), Iterations { found: 999 }),
            ("iterations without end", info(sha256(10_000_001), cbc, &[0; 16]), Iterations { found: 10_000_001 }),
            ("all the iterations", info(sha256(u32::MAX), cbc, &[0; 16]), Iterations { found: u32::MAX }),
            ("memory without end", info(scrypt, cbc, &[0; 16]), Derivation { oid: SCRYPT_OID.to_string() }),
            (
                "SHA-1",
                info(pbkdf2_params(2000, Pbkdf2Prf::HmacWithSha1, None), cbc, &[0; 16]),
                Derivation { oid: oid("1.2.840.113549.2.7") },
            ),
            (
                "a key of another length",
                info(pbkdf2_params(2000, Pbkdf2Prf::HmacWithSha256, Some(16)), cbc, &[0; 16]),
                KeyLength { found: 16, wanted: 32 },
            ),
            (
                "GCM",
                info(sha256(2000), Cipher::Aes256Gcm { nonce: [0; 12] }, &[0; 32]),
                Scheme { oid: oid("2.16.840.1.101.3.4.1.46") },
            ),
            ("megabytes", info(sha256(2000), cbc, &vec![0; 1 << 20]), TooLarge { octets: 1 << 20 }),
        ];
        for (what, der, problem) in table {
            assert_eq!(decrypt(&der, &passphrase("x")).err(), Some(refused(problem)), "{what}");
        }
    }

    #[test]
    fn damaged_structures_are_refused() {
        let whole = encrypt(&[7; 64], &passphrase("x"), &[1; 32]).unwrap();
        for length in 0..whole.len() {
            assert!(decrypt(&whole[..length], &passphrase("x")).is_err(), "{length}");
        }
        assert!(decrypt(&[whole.as_slice(), b"\0"].concat(), &passphrase("x")).is_err());
        let kdf = pbkdf2_params(2000, Pbkdf2Prf::HmacWithSha512, None);
        for ragged in [0, 1, 15, 17] {
            let der = info(kdf.clone(), Cipher::Aes128Cbc { iv: [0; 16] }, &vec![0; ragged]);
            assert_eq!(decrypt(&der, &passphrase("x")).err(), Some(Error::WrongPassphrase), "{ragged}");
        }
    }
}
