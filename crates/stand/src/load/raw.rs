//! The cryptography of one exchange alone, timed in this process: what no bus can do without.

use std::hint::black_box;
use std::time::Instant;

use pki::Identity;
use serde::Serialize;

use crate::{Error, edge};

/// Operations timed together.
const BATCH: u32 = 20;
/// Batches; the middle one counts, so that a busy moment of the machine does not.
const BATCHES: usize = 9;
/// Length of what is signed and verified: a canonical SignedInfo with one reference.
const SIGNED_INFO_BYTES: usize = 800;

/// The cryptography of one exchange alone, in microseconds each.
#[derive(Debug, Clone, Serialize)]
pub struct Raw {
    /// Algorithm measured: that of the nodes and most systems.
    pub algorithm: String,
    /// One verification.
    pub verify_microseconds: f64,
    /// One signature.
    pub sign_microseconds: f64,
    /// One digest of the Body.
    pub digest_microseconds: f64,
    /// Two of each: request and answer are each verified once and signed once, each Body digested once.
    pub sum_microseconds: f64,
}

/// Times the primitives with the key of `identity`.
pub(super) fn measure(identity: &Identity, body_bytes: usize) -> Result<Raw, Error> {
    let (key, public) = (identity.key(), identity.certificate().public_key());
    let bad = |source| Error::Pki { what: "cannot time signatures".to_owned(), source };
    let signed_info = vec![b'x'; SIGNED_INFO_BYTES];
    let body = vec![b'x'; body_bytes];
    let entropy = edge::entropy()?;
    let signature = key.sign(&signed_info, &entropy).map_err(bad)?;
    public.verify(&signed_info, &signature).map_err(bad)?;
    let verify = middle(|| drop(black_box(public.verify(black_box(&signed_info), &signature))));
    let sign = middle(|| drop(black_box(key.sign(black_box(&signed_info), &entropy))));
    let digest = middle(|| drop(black_box(xmldsig::digest(public.algorithm(), black_box(&body)))));
    Ok(Raw {
        algorithm: public.algorithm().label().to_owned(),
        verify_microseconds: verify,
        sign_microseconds: sign,
        digest_microseconds: digest,
        sum_microseconds: 2.0 * (verify + sign + digest),
    })
}

/// Microseconds of one call: the median of the batches.
fn middle(mut work: impl FnMut()) -> f64 {
    let mut times: Vec<f64> = (0..BATCHES)
        .map(|_| {
            let start = Instant::now();
            for _ in 0..BATCH {
                work();
            }
            start.elapsed().as_secs_f64() * 1e6 / f64::from(BATCH)
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times.get(BATCHES / 2).copied().unwrap_or_default()
}
