//! Canonicalization of one element by libxml2, apart from libxmlsec1: exclusive (xml-exc-c14n, without comments) for all that counts,
//! the other methods for `explain`, which looks for the one that a signer took by mistake.

use std::ffi::{CString, c_int, c_void};
use std::ptr;

use crate::tree::{Element, Tree};
use crate::{Error, ffi};

/// What is canonicalized.
pub(crate) struct Subtree<'d> {
    pub(crate) apex: Element<'d>,
    /// An element left out with all it contains: the signature of an enveloped reference.
    pub(crate) without: Option<Element<'d>>,
}

/// A canonicalization method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    /// xml-exc-c14n 1.0: the only one that messages may name.
    Exclusive,
    /// xml-c14n 1.0.
    Inclusive,
    /// xml-c14n 1.1.
    Inclusive11,
}

/// Frees the buffer of libxml2.
struct Output(ffi::xmlOutputBufferPtr);

impl Drop for Output {
    fn drop(&mut self) {
        // SAFETY: made by `xmlAllocOutputBuffer`.
        unsafe {
            ffi::xmlOutputBufferClose(self.0);
        }
    }
}

/// The exclusive canonical octets of `subtree`, with the prefixes of InclusiveNamespaces `prefixes` treated inclusively.
pub(crate) fn exclusive(tree: &Tree, subtree: &Subtree<'_>, prefixes: &[&str]) -> Result<Vec<u8>, Error> {
    by(tree, subtree, Method::Exclusive, false, prefixes)
}

/// The canonical octets of `subtree` by `method`, with or without comments; `prefixes` matter to the exclusive one.
pub(crate) fn by(
    tree: &Tree,
    subtree: &Subtree<'_>,
    method: Method,
    comments: bool,
    prefixes: &[&str],
) -> Result<Vec<u8>, Error> {
    const FAILED: Error = Error::BadSecurity { what: "a signed part has no canonical form" };
    let mode = match method {
        Method::Exclusive => ffi::XML_C14N_EXCLUSIVE_1_0,
        Method::Inclusive => ffi::XML_C14N_1_0,
        Method::Inclusive11 => ffi::XML_C14N_1_1,
    };
    let names: Vec<CString> =
        prefixes.iter().map(|prefix| CString::new(*prefix)).collect::<Result<_, _>>().map_err(|_| FAILED)?;
    let mut list: Vec<*mut u8> = names.iter().map(|name| name.as_ptr().cast_mut().cast()).collect();
    list.push(ptr::null_mut());
    // SAFETY: document, list and subtree outlive the call; the callback gets the subtree back and reads only; the buffer is freed on
    // every way out.
    unsafe {
        let output = Output(ffi::xmlAllocOutputBuffer(ptr::null_mut()));
        if output.0.is_null() {
            return Err(Error::Internal { what: "making an output buffer" });
        }
        let written = ffi::xmlC14NExecute(
            tree.as_ptr(),
            Some(is_visible),
            ptr::from_ref(subtree).cast_mut().cast(),
            mode.cast_signed(),
            list.as_mut_ptr(),
            c_int::from(comments),
            output.0,
        );
        let octets = ffi::xmlOutputBufferGetContent(output.0);
        if written < 0 || octets.is_null() {
            return Err(FAILED);
        }
        let length = ffi::xmlOutputBufferGetSize(output.0);
        Ok(std::slice::from_raw_parts(octets.cast(), length).to_vec())
    }
}

/// Whether a node belongs to the subtree. `parent` is the element of an attribute or namespace, whose own pointers do not lead there.
unsafe extern "C" fn is_visible(subtree: *mut c_void, node: ffi::xmlNodePtr, parent: ffi::xmlNodePtr) -> c_int {
    // SAFETY: libxml2 passes on the subtree of `exclusive` and a node of its document; a namespace is another structure than a node but
    // begins, as all of them, with a pointer and the type. Nothing here panics.
    unsafe {
        let Some(subtree) = subtree.cast::<Subtree<'_>>().as_ref() else {
            return 0;
        };
        let of_element = matches!((*node).type_, ffi::XML_ATTRIBUTE_NODE | ffi::XML_NAMESPACE_DECL);
        let mut current = if of_element { parent } else { node };
        while let Some(node) = current.as_ref() {
            if subtree.without.is_some_and(|left_out| left_out.as_ptr() == current) {
                return 0;
            }
            if subtree.apex.as_ptr() == current {
                return 1;
            }
            // The document is no node with a parent, though it begins like one.
            current = if node.type_ == ffi::XML_DOCUMENT_NODE { ptr::null_mut() } else { node.parent };
        }
        0
    }
}
