//! Brings up libxml2 and libxmlsec1 once a process, and silences them once a thread. Changes nothing of theirs afterwards.

use std::ffi::c_void;
use std::sync::OnceLock;

use pki::Algorithm;

use crate::algorithm::{DIGEST_METHODS, SIGNATURE_METHODS};
use crate::klass::{self, KeyKlass, TransformKlass};
use crate::{DigestAlgorithm, Error, ffi};

/// What stays registered in libxmlsec1 as long as the process lives.
pub(crate) struct Library {
    key: &'static KeyKlass,
    digests: Vec<(DigestAlgorithm, &'static TransformKlass)>,
    signatures: Vec<(Algorithm, &'static TransformKlass)>,
}

// SAFETY: the klasses are written before the library is shared and never after; their pointers lead to leaked strings and to functions.
unsafe impl Send for Library {}
// SAFETY: as above.
unsafe impl Sync for Library {}

static LIBRARY: OnceLock<Result<Library, &'static str>> = OnceLock::new();

thread_local! {
    static SILENCED: () = {
        // SAFETY: sets the handler of the current thread only; `silent` accepts any arguments and needs no context.
        unsafe { ffi::xmlSetStructuredErrorFunc(std::ptr::null_mut(), Some(silent)) }
    };
}

/// Receives what libxml2 would print; errors are reported by return values.
extern "C" fn silent<E>(_context: *mut c_void, _error: E) {}

impl Library {
    /// The library, ready for use on the calling thread.
    pub(crate) fn get() -> Result<&'static Self, Error> {
        let library = LIBRARY.get_or_init(Self::start).as_ref().map_err(|what| Error::Internal { what })?;
        SILENCED.with(|()| ());
        Ok(library)
    }

    /// The klass of keys.
    pub(crate) fn key(&self) -> &'static KeyKlass {
        self.key
    }

    /// Klasses of a digest, one for each of its names.
    pub(crate) fn digests(&self, algorithm: DigestAlgorithm) -> impl Iterator<Item = &'static TransformKlass> {
        self.digests.iter().filter(move |(known, _)| *known == algorithm).map(|(_, klass)| *klass)
    }

    /// Klasses of a signature algorithm, one for each of its names.
    pub(crate) fn signatures(&self, algorithm: Algorithm) -> impl Iterator<Item = &'static TransformKlass> {
        self.signatures.iter().filter(move |(known, _)| *known == algorithm).map(|(_, klass)| *klass)
    }

    fn start() -> Result<Self, &'static str> {
        // SAFETY: `OnceLock` lets one thread in; libxml2 first, then libxmlsec1, as both demand. The version is compared before any
        // structure of libxmlsec1 is used, because their layout was settled when this crate was built.
        unsafe {
            ffi::xmlInitParser();
            let compatible = ffi::xmlSecCheckVersionExt(
                ffi::XMLSEC_VERSION_MAJOR.cast_signed(),
                ffi::XMLSEC_VERSION_MINOR.cast_signed(),
                ffi::XMLSEC_VERSION_SUBMINOR.cast_signed(),
                ffi::xmlSecCheckVersionABICompatible,
            );
            if compatible != 1 {
                return Err("libxmlsec1 is another release than the one built for");
            }
            if ffi::xmlSecInit() < 0 {
                return Err("libxmlsec1 does not start");
            }
            ffi::xmlSecErrorsSetCallback(None);
            // Behind `xmlSecInit`, which has a loader of its own: from here on nothing is fetched in this process but what is offered.
            ffi::xmlSetExternalEntityLoader(Some(crate::schema::load));
        }
        let key = klass::key_klass()?;
        let digests = DIGEST_METHODS
            .iter()
            .map(|(uri, algorithm)| Ok((*algorithm, klass::digest_klass(uri, *algorithm)?)))
            .collect::<Result<_, &'static str>>()?;
        let signatures = SIGNATURE_METHODS
            .iter()
            .map(|(uri, algorithm)| Ok((*algorithm, klass::signature_klass(uri)?)))
            .collect::<Result<_, &'static str>>()?;
        Ok(Self { key, digests, signatures })
    }
}
