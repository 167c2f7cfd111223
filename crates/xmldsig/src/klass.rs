//! Our digests, signatures and keys as klasses of libxmlsec1, which brings none of the GOST algorithms itself (Debian builds it without).
//!
//! A klass hands the octets that libxmlsec1 canonicalised to `gost` or `pki` and gives their verdict back. Only checking is offered: a
//! request to sign ends in an error. No panic leaves a callback: it becomes an error of libxmlsec1.

use std::ffi::{CString, c_int};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::slice;

use pki::Certificate;

use crate::algorithm::Hasher;
use crate::ffi::{self, rsmev_byte, rsmev_size};
use crate::{DigestAlgorithm, Error};

/// A transform klass and what its transforms do. libxmlsec1 sees the first field only.
#[repr(C)]
pub(crate) struct TransformKlass {
    base: ffi::xmlSecTransformKlass,
    /// `None`: a signature.
    digest: Option<DigestAlgorithm>,
}

/// A key klass.
pub(crate) type KeyKlass = ffi::xmlSecKeyDataKlass;

impl TransformKlass {
    /// The klass as libxmlsec1 names it.
    pub(crate) fn id(&'static self) -> ffi::xmlSecTransformId {
        &raw const self.base
    }
}

/// A transform at work. libxmlsec1 allocates it, zeroed, and knows the first field.
#[repr(C)]
struct Transform {
    base: ffi::xmlSecTransform,
    work: *mut Work,
}

/// What a transform has taken in so far.
enum Work {
    Digesting(Box<Hasher>),
    Digest(Vec<u8>),
    Signed { message: Vec<u8>, certificate: Option<Certificate> },
}

/// A key: the certificate whose public key checks the signature. libxmlsec1 allocates it, zeroed, and knows the first field.
#[repr(C)]
struct KeyData {
    base: ffi::xmlSecKeyData,
    certificate: *mut Certificate,
}

/// A key of libxmlsec1 that belongs to nobody yet.
pub(crate) struct Key(ptr::NonNull<ffi::xmlSecKey>);

impl Key {
    /// Wraps the public key of `certificate`.
    pub(crate) fn new(klass: &'static KeyKlass, certificate: &Certificate) -> Result<Self, Error> {
        const FAILED: Error = Error::Internal { what: "making a key for libxmlsec1" };
        // SAFETY: each pointer is checked before use. `xmlSecKeyDataCreate` allocates `objSize` zeroed octets, a `KeyData`. The value
        // belongs to the key from the successful `xmlSecKeySetValue` on, and is destroyed here before that.
        unsafe {
            let key = Self(ptr::NonNull::new(ffi::xmlSecKeyCreate()).ok_or(FAILED)?);
            let value = ffi::xmlSecKeyDataCreate(klass);
            if value.is_null() {
                return Err(FAILED);
            }
            (*value.cast::<KeyData>()).certificate = Box::into_raw(Box::new(certificate.clone()));
            if ffi::xmlSecKeySetValue(key.0.as_ptr(), value) < 0 {
                ffi::xmlSecKeyDataDestroy(value);
                return Err(FAILED);
            }
            Ok(key)
        }
    }

    /// Gives the key away: whoever takes it destroys it.
    pub(crate) fn into_raw(self) -> ffi::xmlSecKeyPtr {
        std::mem::ManuallyDrop::new(self).0.as_ptr()
    }
}

impl Drop for Key {
    fn drop(&mut self) {
        // SAFETY: made by `xmlSecKeyCreate` and not given away.
        unsafe { ffi::xmlSecKeyDestroy(self.0.as_ptr()) }
    }
}

/// A klass of keys. It needs no registration: keys are never read from KeyInfo.
pub(crate) fn key_klass() -> Result<&'static KeyKlass, &'static str> {
    // SAFETY: a structure of numbers, pointers and optional functions, for all of which zero is a value.
    let mut klass: KeyKlass = unsafe { std::mem::zeroed() };
    klass.klassSize = size::<KeyKlass>()?;
    klass.objSize = size::<KeyData>()?;
    klass.name = leak("rsmev-public-key")?;
    klass.finalize = Some(key_finalize);
    klass.getType = Some(key_type);
    Ok(Box::leak(Box::new(klass)))
}

/// Registers a digest under `uri`.
pub(crate) fn digest_klass(uri: &str, algorithm: DigestAlgorithm) -> Result<&'static TransformKlass, &'static str> {
    let mut klass = transform_klass(uri)?;
    klass.usage = ffi::xmlSecTransformUsageDigestMethod;
    klass.verify = Some(digest_verify);
    register(TransformKlass { base: klass, digest: Some(algorithm) })
}

/// Registers a signature algorithm under `uri`; the arithmetic is that of the key.
pub(crate) fn signature_klass(uri: &str) -> Result<&'static TransformKlass, &'static str> {
    let mut klass = transform_klass(uri)?;
    klass.usage = ffi::xmlSecTransformUsageSignatureMethod;
    klass.setKeyReq = Some(signature_key_requirements);
    klass.setKey = Some(signature_set_key);
    klass.verify = Some(signature_verify);
    register(TransformKlass { base: klass, digest: None })
}

fn transform_klass(uri: &str) -> Result<ffi::xmlSecTransformKlass, &'static str> {
    // SAFETY: a structure of numbers, pointers and optional functions, for all of which zero is a value.
    let mut klass: ffi::xmlSecTransformKlass = unsafe { std::mem::zeroed() };
    klass.klassSize = size::<ffi::xmlSecTransformKlass>()?;
    klass.objSize = size::<Transform>()?;
    klass.name = leak(uri)?;
    klass.href = leak(uri)?;
    klass.initialize = Some(transform_initialize);
    klass.finalize = Some(transform_finalize);
    klass.getDataType = Some(ffi::xmlSecTransformDefaultGetDataType);
    klass.pushBin = Some(transform_push);
    klass.popBin = Some(ffi::xmlSecTransformDefaultPopBin);
    Ok(klass)
}

fn register(klass: TransformKlass) -> Result<&'static TransformKlass, &'static str> {
    let klass: &'static TransformKlass = Box::leak(Box::new(klass));
    // SAFETY: called while one thread starts the library; the klass lives for ever.
    if unsafe { ffi::xmlSecTransformIdsRegister(klass.id()) } < 0 {
        return Err("libxmlsec1 refuses an algorithm");
    }
    Ok(klass)
}

fn leak(text: &str) -> Result<*const u8, &'static str> {
    Ok(CString::new(text).map_err(|_| "an algorithm name with NUL")?.into_raw().cast_const().cast())
}

fn size<T>() -> Result<rsmev_size, &'static str> {
    rsmev_size::try_from(size_of::<T>()).map_err(|_| "a structure larger than libxmlsec1 can count")
}

/// Runs the body of a callback; a panic becomes the error value of libxmlsec1.
fn guarded(body: impl FnOnce() -> Option<()>) -> c_int {
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Some(())) => 0,
        Ok(None) | Err(_) => -1,
    }
}

/// The work of a transform.
///
/// # Safety
/// `transform` is one of ours, alive, and nobody else holds its work.
unsafe fn work<'a>(transform: ffi::xmlSecTransformPtr) -> Option<&'a mut Work> {
    // SAFETY: by the contract of this function; `work` is null or the box of `transform_initialize`.
    unsafe { (*transform.cast::<Transform>()).work.as_mut() }
}

/// The octets a callback was given.
///
/// # Safety
/// `data` points to `size` octets that outlive the callback, or `size` is zero.
unsafe fn octets<'a>(data: *const rsmev_byte, size: rsmev_size) -> Option<&'a [u8]> {
    if size == 0 {
        return Some(&[]);
    }
    if data.is_null() {
        return None;
    }
    // SAFETY: by the contract of this function.
    Some(unsafe { slice::from_raw_parts(data, usize::try_from(size).ok()?) })
}

unsafe extern "C" fn transform_initialize(transform: ffi::xmlSecTransformPtr) -> c_int {
    guarded(|| {
        // SAFETY: libxmlsec1 has just allocated the transform for the klass in its `id`, which is the first field of a `TransformKlass`.
        unsafe {
            let klass = (*transform).id.cast::<TransformKlass>();
            let work = match (*klass).digest {
                Some(algorithm) => Work::Digesting(Box::new(Hasher::new(algorithm))),
                None => Work::Signed { message: Vec::new(), certificate: None },
            };
            (*transform.cast::<Transform>()).work = Box::into_raw(Box::new(work));
        }
        Some(())
    })
}

unsafe extern "C" fn transform_finalize(transform: ffi::xmlSecTransformPtr) {
    guarded(|| {
        // SAFETY: `work` is null or the box of `transform_initialize`, and taken out so that it is freed once.
        unsafe {
            let work = ptr::replace(&raw mut (*transform.cast::<Transform>()).work, ptr::null_mut());
            if !work.is_null() {
                drop(Box::from_raw(work));
            }
        }
        Some(())
    });
}

/// Takes octets in. They go no further: in verification nothing follows that would read them.
unsafe extern "C" fn transform_push(
    transform: ffi::xmlSecTransformPtr,
    data: *const rsmev_byte,
    size: rsmev_size,
    last: c_int,
    _context: ffi::xmlSecTransformCtxPtr,
) -> c_int {
    guarded(|| {
        // SAFETY: libxmlsec1 calls with a live transform of ours and `size` octets at `data`.
        let (status, work, octets) = unsafe { (&mut (*transform).status, work(transform)?, octets(data, size)?) };
        if *status != ffi::xmlSecTransformStatusNone && *status != ffi::xmlSecTransformStatusWorking {
            return octets.is_empty().then_some(());
        }
        *status = ffi::xmlSecTransformStatusWorking;
        match work {
            Work::Digesting(hasher) => hasher.update(octets),
            Work::Signed { message, .. } => message.extend_from_slice(octets),
            Work::Digest(_) => return None,
        }
        if last != 0 {
            let taken = std::mem::replace(work, Work::Digest(Vec::new()));
            *work = match taken {
                Work::Digesting(hasher) => Work::Digest(hasher.finalize()),
                other => other,
            };
            *status = ffi::xmlSecTransformStatusFinished;
        }
        Some(())
    })
}

/// Records the verdict on a transform that has taken everything in.
///
/// # Safety
/// `transform` is one of ours and alive.
unsafe fn conclude(transform: ffi::xmlSecTransformPtr, judge: impl FnOnce(&mut Work) -> Option<bool>) -> Option<()> {
    // SAFETY: by the contract of this function.
    let (base, work) = unsafe { (&mut *transform, work(transform)?) };
    if base.status != ffi::xmlSecTransformStatusFinished || base.operation != ffi::xmlSecTransformOperationVerify {
        return None;
    }
    base.status = if judge(work)? { ffi::xmlSecTransformStatusOk } else { ffi::xmlSecTransformStatusFail };
    Some(())
}

unsafe extern "C" fn digest_verify(
    transform: ffi::xmlSecTransformPtr,
    data: *const rsmev_byte,
    size: rsmev_size,
    _context: ffi::xmlSecTransformCtxPtr,
) -> c_int {
    guarded(|| {
        // SAFETY: libxmlsec1 calls with a live transform of ours and the `size` octets of DigestValue.
        unsafe {
            let expected = octets(data, size)?;
            conclude(transform, |work| match work {
                Work::Digest(digest) => Some(digest.as_slice() == expected),
                Work::Digesting(_) | Work::Signed { .. } => None,
            })
        }
    })
}

unsafe extern "C" fn signature_verify(
    transform: ffi::xmlSecTransformPtr,
    data: *const rsmev_byte,
    size: rsmev_size,
    _context: ffi::xmlSecTransformCtxPtr,
) -> c_int {
    guarded(|| {
        // SAFETY: libxmlsec1 calls with a live transform of ours and the `size` octets of SignatureValue.
        unsafe {
            let value = octets(data, size)?;
            conclude(transform, |work| match work {
                Work::Signed { message, certificate } => {
                    Some(certificate.as_ref()?.public_key().verify(message, value).is_ok())
                }
                Work::Digesting(_) | Work::Digest(_) => None,
            })
        }
    })
}

unsafe extern "C" fn signature_key_requirements(
    transform: ffi::xmlSecTransformPtr,
    requirements: ffi::xmlSecKeyReqPtr,
) -> c_int {
    guarded(|| {
        // SAFETY: libxmlsec1 calls with a live transform and a structure to fill.
        unsafe {
            if (*transform).operation != ffi::xmlSecTransformOperationVerify {
                return None;
            }
            (*requirements).keyType = ffi::xmlSecKeyDataTypePublic;
            (*requirements).keyUsage = ffi::xmlSecKeyUsageVerify;
        }
        Some(())
    })
}

unsafe extern "C" fn signature_set_key(transform: ffi::xmlSecTransformPtr, key: ffi::xmlSecKeyPtr) -> c_int {
    guarded(|| {
        // SAFETY: the key is the one verification was started with, whose value `Key::new` made as a `KeyData`; both outlive the call.
        unsafe {
            let data = (*key).value.cast::<KeyData>().as_ref()?;
            let given = data.certificate.as_ref()?;
            match work(transform)? {
                Work::Signed { certificate, .. } => *certificate = Some(given.clone()),
                Work::Digesting(_) | Work::Digest(_) => return None,
            }
        }
        Some(())
    })
}

unsafe extern "C" fn key_finalize(data: ffi::xmlSecKeyDataPtr) {
    guarded(|| {
        // SAFETY: `certificate` is null or the box of `Key::new`, and taken out so that it is freed once.
        unsafe {
            let certificate = ptr::replace(&raw mut (*data.cast::<KeyData>()).certificate, ptr::null_mut());
            if !certificate.is_null() {
                drop(Box::from_raw(certificate));
            }
        }
        Some(())
    });
}

unsafe extern "C" fn key_type(_data: ffi::xmlSecKeyDataPtr) -> ffi::xmlSecKeyDataType {
    ffi::xmlSecKeyDataTypePublic
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_panic_leaves_a_callback() {
        assert_eq!(guarded(|| Some(())), 0);
        assert_eq!(guarded(|| None), -1);
        assert_eq!(guarded(|| panic!("as a key may in a case nobody thought of")), -1);
    }

    #[test]
    fn libxmlsec1_sees_its_own_structures_first() {
        assert_eq!(std::mem::offset_of!(TransformKlass, base), 0);
        assert_eq!(std::mem::offset_of!(Transform, base), 0);
        assert_eq!(std::mem::offset_of!(KeyData, base), 0);
    }
}
