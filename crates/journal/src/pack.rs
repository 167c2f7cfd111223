//! Compression of a record's header and bodies with zstd, each part a frame of its own, and the dictionaries for it.
//!
//! Digests are taken over the octets before compression, and what is compressed is decompressed and compared at once: a
//! mistake of the compressor would otherwise be found when the evidence is needed. Where dictionaries lie is `log`'s business.

use std::cell::RefCell;
use std::fmt;
use std::sync::{Arc, OnceLock};

use zstd::zstd_safe::{CCtx, CDict, DCtx, DDict, compress_bound, get_frame_content_size};

use crate::Digest;

/// Level of zstd: with a dictionary this one and higher ones differ by little in size and by much in time.
const LEVEL: i32 = 3;
/// Parts smaller than this are left as they are.
const LEAST: usize = 64;
/// Parts larger than this, in octets, get contexts of their own: contexts grow with what they are used for, and threads keep theirs.
const KEPT_FOR: usize = 256 << 10;

/// Octets that many messages of a store have in common: what a message shares with them costs next to nothing.
pub(crate) struct Dictionary {
    octets: Vec<u8>,
    digest: Digest,
    compress: OnceLock<CDict<'static>>,
    decompress: OnceLock<DDict<'static>>,
}

impl Dictionary {
    pub(crate) fn new(octets: Vec<u8>) -> Self {
        let digest = Digest::of([octets.as_slice()]);
        Self { octets, digest, compress: OnceLock::new(), decompress: OnceLock::new() }
    }

    pub(crate) fn octets(&self) -> &[u8] {
        &self.octets
    }

    pub(crate) fn digest(&self) -> Digest {
        self.digest
    }

    fn for_compression(&self) -> &CDict<'static> {
        self.compress.get_or_init(|| CDict::create(&self.octets, LEVEL))
    }

    fn for_decompression(&self) -> &DDict<'static> {
        self.decompress.get_or_init(|| DDict::create(&self.octets))
    }
}

impl fmt::Debug for Dictionary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Its octets are pieces of messages.
        write!(f, "Dictionary({} octets, {})", self.octets.len(), self.digest)
    }
}

/// The parts of a record as they will lie in one store; a part that does not get smaller stays as it is.
#[derive(Debug, Default)]
pub(crate) struct Packed {
    pub(crate) header: Option<Vec<u8>>,
    pub(crate) bodies: Option<Vec<u8>>,
    /// What is needed to read them again.
    pub(crate) dictionary: Option<Arc<Dictionary>>,
}

impl Packed {
    pub(crate) fn of<'a>(
        header: &[u8],
        bodies: impl Iterator<Item = &'a [u8]> + Clone,
        dictionary: Option<Arc<Dictionary>>,
    ) -> Self {
        let header = pack([header].into_iter(), dictionary.as_deref());
        let bodies = pack(bodies, dictionary.as_deref());
        let dictionary = dictionary.filter(|_| header.is_some() || bodies.is_some());
        Self { header, bodies, dictionary }
    }
}

struct Contexts {
    compress: CCtx<'static>,
    decompress: DCtx<'static>,
    scratch: Vec<u8>,
}

impl Contexts {
    fn new() -> Option<Self> {
        Some(Self { compress: CCtx::try_create()?, decompress: DCtx::try_create()?, scratch: Vec::new() })
    }
}

thread_local! {
    /// Contexts are large and costly to make.
    static CONTEXTS: RefCell<Option<Contexts>> = const { RefCell::new(None) };
}

/// `octets`: how much is compressed, or comes of decompressing.
fn with_contexts<T>(octets: usize, call: impl FnOnce(&mut Contexts) -> Option<T>) -> Option<T> {
    if octets > KEPT_FOR {
        return call(&mut Contexts::new()?);
    }
    CONTEXTS.with_borrow_mut(|contexts| {
        if contexts.is_none() {
            *contexts = Some(Contexts::new()?);
        }
        contexts.as_mut().and_then(call)
    })
}

/// A frame for each part, one behind the other; `None` when they do not get smaller, or when anything about it is not
/// as it should be: uncompressed evidence is as good.
fn pack<'a>(parts: impl Iterator<Item = &'a [u8]> + Clone, dictionary: Option<&Dictionary>) -> Option<Vec<u8>> {
    let plain = parts.clone().fold(0_usize, |sum, part| sum.saturating_add(part.len()));
    if plain < LEAST {
        return None;
    }
    with_contexts(plain, |contexts| {
        let mut out = Vec::new();
        for part in parts {
            let Contexts { compress, decompress, scratch } = contexts;
            scratch.clear();
            scratch.reserve(compress_bound(part.len()));
            let done = match dictionary {
                Some(dictionary) => compress.compress_using_cdict(scratch, part, dictionary.for_compression()),
                None => compress.compress(scratch, part, LEVEL),
            };
            done.ok()?;
            out.extend_from_slice(scratch);
            let frame = out.get(out.len().checked_sub(scratch.len())?..)?;
            (unpacked(decompress, scratch, frame, part.len(), dictionary)? == part).then_some(())?;
        }
        out.shrink_to_fit();
        (out.len() < plain).then_some(out)
    })
}

/// The octets before compression, `plain` in number; `None` when these are not that.
pub(crate) fn unpack(packed: &[u8], plain: usize, dictionary: Option<&Dictionary>) -> Option<Vec<u8>> {
    with_contexts(plain, |contexts| {
        let mut out = Vec::new();
        unpacked(&mut contexts.decompress, &mut out, packed, plain, dictionary)?;
        Some(out)
    })
}

/// What a single frame says of the octets before compression, when that is at most `most`.
pub(crate) fn plain_size(frame: &[u8], most: usize) -> Option<usize> {
    let size = get_frame_content_size(frame).ok()??;
    usize::try_from(size).ok().filter(|size| *size <= most)
}

fn unpacked<'a>(
    context: &mut DCtx<'static>,
    out: &'a mut Vec<u8>,
    packed: &[u8],
    plain: usize,
    dictionary: Option<&Dictionary>,
) -> Option<&'a [u8]> {
    out.clear();
    out.reserve_exact(plain);
    let done = match dictionary {
        Some(dictionary) => context.decompress_using_ddict(out, packed, dictionary.for_decompression()),
        None => context.decompress(out, packed),
    };
    (done.ok()? == plain).then_some(out)
}

/// A dictionary of at most so many octets out of samples; `None` when they have too little in common.
pub(crate) fn train(samples: &[u8], sizes: &[usize], octets: usize) -> Option<Dictionary> {
    zstd::dict::from_continuous(samples, sizes, octets).ok().map(Dictionary::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(number: u32) -> Vec<u8> {
        let digits = Digest::of([&number.to_le_bytes()[..]]);
        format!("<soap:Envelope><smev:Sender><smev:Code>SOCZ01641</smev:Code></smev:Sender><Value>{digits}</Value></soap:Envelope>")
            .into_bytes()
    }

    #[test]
    fn parts_come_back_with_and_without_a_dictionary() {
        let samples: Vec<Vec<u8>> = (0..2000).map(message).collect();
        let sizes: Vec<usize> = samples.iter().map(Vec::len).collect();
        let dictionary = Arc::new(train(&samples.concat(), &sizes, 4 << 10).unwrap());
        let (first, second) = (message(5000), message(5001));
        let parts = [first.as_slice(), &[], second.as_slice()];
        let with = Packed::of(&first, parts.into_iter(), Some(Arc::clone(&dictionary)));
        let without = Packed::of(&first, parts.into_iter(), None);
        let plain = parts.concat();
        assert_eq!(unpack(with.bodies.as_ref().unwrap(), plain.len(), Some(&dictionary)).unwrap(), plain);
        assert_eq!(unpack(without.bodies.as_ref().unwrap(), plain.len(), None).unwrap(), plain);
        assert!(with.header.unwrap().len() < without.header.unwrap().len());
        // Another dictionary, another length: an error, not other octets.
        let other = Arc::new(Dictionary::new(dictionary.octets()[..2000].to_vec()));
        let packed = with.bodies.unwrap();
        assert!(unpack(&packed, plain.len(), Some(&other)).is_none_or(|octets| octets != plain));
        assert!(unpack(&packed, plain.len() - 1, Some(&dictionary)).is_none());
        assert!(unpack(&packed, plain.len() + 1, Some(&dictionary)).is_none());
    }

    #[test]
    fn what_does_not_get_smaller_stays_as_it_is() {
        let random: Vec<u8> = (0_u32..40).flat_map(|n| *Digest::of([&n.to_le_bytes()[..]]).octets()).collect();
        let packed = Packed::of(b"short", [random.as_slice()].into_iter(), None);
        assert!(packed.header.is_none() && packed.bodies.is_none() && packed.dictionary.is_none());
    }
}
