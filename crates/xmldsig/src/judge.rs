//! Runs libxmlsec1 over one Signature that `profile` has let through, and takes its verdict apart. The only user of its signature contexts.

use std::ffi::{CStr, CString};
use std::ptr::NonNull;

use pki::{Algorithm, Certificate};

use crate::klass::{Key, TransformKlass};
use crate::library::Library;
use crate::profile::{Reference, Signature};
use crate::{Error, ffi};

/// What libxmlsec1 found.
pub(crate) struct Judgement {
    /// The references it processed, in order: it stops after the first whose digest is wrong.
    pub(crate) references: Vec<Judged>,
    /// Whether it went on to the signature value, and that holds.
    pub(crate) value: bool,
}

/// One processed reference.
pub(crate) struct Judged {
    pub(crate) holds: bool,
    /// What went into the digest.
    pub(crate) octets: Vec<u8>,
}

/// A context of libxmlsec1 for one signature.
struct Context(NonNull<ffi::xmlSecDSigCtx>);

impl Drop for Context {
    fn drop(&mut self) {
        // SAFETY: made by `xmlSecDSigCtxCreate`; destroys the key as well.
        unsafe { ffi::xmlSecDSigCtxDestroy(self.0.as_ptr()) }
    }
}

/// Lets libxmlsec1 check `signature` with the key of `certificate`. Ids of `references` must be bound.
pub(crate) fn judge(
    signature: &Signature<'_>,
    method: Algorithm,
    references: &[Reference<'_>],
    certificate: &Certificate,
) -> Result<Judgement, Error> {
    let context = context(method, references, certificate)?;
    // SAFETY: the context is alive, and so are node and document for the lifetime in `signature`. Verification writes to the context
    // only; some releases also register ids of the Signature in the document.
    let ended = unsafe { ffi::xmlSecDSigCtxVerify(context.0.as_ptr(), signature.element.as_ptr()) };
    if ended < 0 {
        // All that depends on the message and can still fail here is canonicalization.
        return Err(Error::BadSecurity { what: "a signed part has no canonical form" });
    }
    // SAFETY: the context is alive and nobody changes it.
    let status = unsafe { context.0.as_ref() }.status;
    Ok(Judgement { references: references_of(&context, references)?, value: status == ffi::xmlSecDSigStatusSucceeded })
}

/// A context that knows the methods of this signature and no others.
fn context(method: Algorithm, references: &[Reference<'_>], certificate: &Certificate) -> Result<Context, Error> {
    const FAILED: Error = Error::Internal { what: "setting libxmlsec1 up" };
    let library = Library::get()?;
    // SAFETY: a null context is refused. The klasses live for ever; the key passes to the context.
    unsafe {
        let context = Context(NonNull::new(ffi::xmlSecDSigCtxCreate(std::ptr::null_mut())).ok_or(FAILED)?);
        let raw = context.0.as_ptr();
        // The last flag has `#id` looked up in the table of ids; without it the id would become an XPath expression.
        (*raw).flags = ffi::XMLSEC_DSIG_FLAGS_IGNORE_MANIFESTS
            | ffi::XMLSEC_DSIG_FLAGS_STORE_SIGNEDINFO_REFERENCES
            | ffi::XMLSEC_DSIG_FLAGS_USE_VISA3D_HACK;
        (*raw).enabledReferenceUris = ffi::xmlSecTransformUriTypeSameDocument;
        let exclusive = ffi::xmlSecTransformExclC14NGetKlass();
        let mut for_references = vec![exclusive, ffi::xmlSecTransformEnvelopedGetKlass()];
        for reference in references {
            for_references.extend(library.digests(reference.digest_algorithm).map(TransformKlass::id));
        }
        for klass in for_references {
            if ffi::xmlSecDSigCtxEnableReferenceTransform(raw, klass) < 0 {
                return Err(FAILED);
            }
        }
        for klass in library.signatures(method).map(TransformKlass::id).chain([exclusive]) {
            if ffi::xmlSecDSigCtxEnableSignatureTransform(raw, klass) < 0 {
                return Err(FAILED);
            }
        }
        (*raw).signKey = Key::new(library.key(), certificate)?.into_raw();
        Ok(context)
    }
}

/// The processed references; each must be the one we read.
fn references_of(context: &Context, references: &[Reference<'_>]) -> Result<Vec<Judged>, Error> {
    const DIFFERS: Error = Error::Internal { what: "libxmlsec1 read other references" };
    // SAFETY: the list belongs to the context, and its items are reference contexts; none is changed. Their strings and buffers live as
    // long as they do; octets are copied out.
    unsafe {
        let list = &raw mut (*context.0.as_ptr()).signedInfoReferences;
        let mut judged = Vec::with_capacity(references.len());
        for position in 0..ffi::xmlSecPtrListGetSize(list) {
            let item = ffi::xmlSecPtrListGetItem(list, position).cast::<ffi::xmlSecDSigReferenceCtx>();
            let expected = references.get(judged.len()).ok_or(DIFFERS)?;
            let expected = CString::new(format!("#{}", expected.id)).map_err(|_| DIFFERS)?;
            if item.is_null() || (*item).uri.is_null() || CStr::from_ptr((*item).uri.cast()) != expected.as_c_str() {
                return Err(DIFFERS);
            }
            let buffer = ffi::xmlSecDSigReferenceCtxGetPreDigestBuffer(item);
            if buffer.is_null() {
                return Err(DIFFERS);
            }
            let data = ffi::xmlSecBufferGetData(buffer);
            let length = usize::try_from(ffi::xmlSecBufferGetSize(buffer)).map_err(|_| DIFFERS)?;
            let octets = if data.is_null() { Vec::new() } else { std::slice::from_raw_parts(data, length).to_vec() };
            judged.push(Judged { holds: (*item).status == ffi::xmlSecDSigStatusSucceeded, octets });
        }
        Ok(judged)
    }
}
