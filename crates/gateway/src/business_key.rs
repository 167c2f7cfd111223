//! What the journal keeps of a business key: the value in one spelling, or its keyed digest where it is personal.
//!
//! The bus writes with this and the finder asks with it; they must not differ.

use domain::{BusinessKey, Registry, normal_value};
use hmac::{Hmac, KeyInit as _, Mac as _};
use journal::KeyFound;
use sha2::Sha256;

/// Separates these digests from whatever else the key may ever be used for.
const PURPOSE: &[u8] = b"rsmev business key 1\0";

/// Leads a digest in a record.
const DIGEST: &str = "hmac-sha256:";

/// The key as the journal bears it; `None` for a blank value, and for a personal one where no secret is configured (the registry does not
/// load then).
pub(crate) fn key_found(registry: &Registry, key: &BusinessKey, value: &str) -> Option<KeyFound> {
    let value = normal_value(value)?;
    let value = if key.personal { digest(registry, &key.name, &value)? } else { value };
    Some(KeyFound { name: key.name.clone(), value })
}

/// The forms in which a value of that name may stand in the journal: services may differ in whether it is personal. `None` when
/// no service has a key of that name.
pub fn keys_to_find(registry: &Registry, name: &str, value: &str) -> Option<Vec<KeyFound>> {
    let named: Vec<_> =
        registry.services().iter().flat_map(|service| service.keys.iter()).filter(|key| key.name == name).collect();
    if named.is_empty() {
        return None;
    }
    let mut found: Vec<_> = named.into_iter().filter_map(|key| key_found(registry, key, value)).collect();
    found.sort();
    found.dedup();
    Some(found)
}

/// The name takes part: the same value under another name has another digest.
fn digest(registry: &Registry, name: &str, value: &str) -> Option<String> {
    let secret = registry.journal().subject_key.as_ref()?;
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.octets().trim_ascii()).ok()?;
    for part in [PURPOSE, name.as_bytes(), b"\0", value.as_bytes()] {
        mac.update(part);
    }
    Some(format!("{DIGEST}{}", hex::encode(mac.finalize().into_bytes())))
}
