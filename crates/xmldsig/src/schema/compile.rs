//! The border to libxml2's xmlschemas: offers it the documents of a set, takes its complaints, validates. Nothing is read here that was
//! not gathered before, and `load` refuses everything else for the whole process.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ffi::{CStr, CString, c_char, c_void};
use std::ptr::{self, NonNull};

use super::gather::Gathered;
use super::{FINDINGS_MAX, Finding, SchemaProblem, Trouble, Validated};
use crate::library::Library;
use crate::tree::{Element, Tree};
use crate::{Error, ffi};

/// Characters of a complaint that are kept: it quotes the value it is about.
const MESSAGE_MAX: usize = 400;

thread_local! {
    /// What `load` may hand out on this thread, by address.
    static OFFERED: RefCell<BTreeMap<String, String>> = const { RefCell::new(BTreeMap::new()) };
}

/// Takes back what was offered.
struct Offer;

impl Offer {
    fn make(documents: BTreeMap<String, String>) -> Self {
        OFFERED.with(|offered| offered.replace(documents));
        Offer
    }
}

impl Drop for Offer {
    fn drop(&mut self) {
        OFFERED.with(RefCell::take);
    }
}

/// The one way by which libxml2 gets at a further document in this process: what is offered on this thread, or nothing.
pub(crate) unsafe extern "C" fn load(
    url: *const c_char,
    _public: *const c_char,
    context: ffi::xmlParserCtxtPtr,
) -> ffi::xmlParserInputPtr {
    if url.is_null() {
        return ptr::null_mut();
    }
    // SAFETY: libxml2 hands over a string that lives through the call.
    let url = unsafe { CStr::from_ptr(url) };
    OFFERED.with(|offered| {
        let Ok(offered) = offered.try_borrow() else { return ptr::null_mut() };
        let Some(text) = url.to_str().ok().and_then(|url| offered.get(url)) else { return ptr::null_mut() };
        let Ok(length) = i32::try_from(text.len()) else { return ptr::null_mut() };
        // SAFETY: the octets are copied by libxml2; buffer and input are its own, or freed here when the next step fails. The name of an
        // input is freed by libxml2 with the input, and must be its own copy.
        unsafe {
            let buffer = ffi::xmlParserInputBufferCreateMem(text.as_ptr().cast(), length, ffi::XML_CHAR_ENCODING_NONE);
            if buffer.is_null() {
                return ptr::null_mut();
            }
            let input = ffi::xmlNewIOInputStream(context, buffer, ffi::XML_CHAR_ENCODING_NONE);
            match input.as_mut() {
                Some(input) => input.filename = ffi::xmlStrdup(url.as_ptr().cast()).cast(),
                None => ffi::xmlFreeParserInputBuffer(buffer),
            }
            input
        }
    })
}

/// Compiled schemas of libxml2.
pub(super) struct Compiled {
    schema: NonNull<ffi::xmlSchema>,
    files: Vec<String>,
}

impl Drop for Compiled {
    fn drop(&mut self) {
        // SAFETY: made by `xmlSchemaParse`, owned by nobody else.
        unsafe { ffi::xmlSchemaFree(self.schema.as_ptr()) }
    }
}

struct Parser(NonNull<ffi::xmlSchemaParserCtxt>);

impl Drop for Parser {
    fn drop(&mut self) {
        // SAFETY: made by `xmlSchemaNewParserCtxt`; the schema it made is another's.
        unsafe { ffi::xmlSchemaFreeParserCtxt(self.0.as_ptr()) }
    }
}

struct Validator(NonNull<ffi::xmlSchemaValidCtxt>);

impl Drop for Validator {
    fn drop(&mut self) {
        // SAFETY: made by `xmlSchemaNewValidCtxt`.
        unsafe { ffi::xmlSchemaFreeValidCtxt(self.0.as_ptr()) }
    }
}

/// The complaint as libxml2 hands it over: constant from release 2.12 on.
trait Complaint {
    fn pointer(self) -> *const ffi::xmlError;
}

impl Complaint for *mut ffi::xmlError {
    fn pointer(self) -> *const ffi::xmlError {
        self.cast_const()
    }
}

impl Complaint for *const ffi::xmlError {
    fn pointer(self) -> *const ffi::xmlError {
        self
    }
}

/// A complaint, copied.
struct Told {
    file: String,
    finding: Finding,
}

/// Complaints of one run.
#[derive(Default)]
struct Heard {
    told: Vec<Told>,
    more: bool,
}

/// Writes a complaint down. `heard` is the [`Heard`] of the run.
unsafe extern "C" fn hear<E: Complaint>(heard: *mut c_void, complaint: E) {
    // SAFETY: both come from libxml2, which got `heard` from `compile` or `validate` and calls on the same thread, within their calls;
    // strings and node of a complaint live through the call. Only elements and their attributes are looked at.
    unsafe {
        let (Some(heard), Some(complaint)) = (heard.cast::<Heard>().as_mut(), complaint.pointer().as_ref()) else {
            return;
        };
        if complaint.level == ffi::XML_ERR_WARNING {
            return;
        }
        if heard.told.len() >= FINDINGS_MAX {
            heard.more = true;
            return;
        }
        let node: *mut ffi::xmlNode = complaint.node.cast();
        let element = match node.as_ref() {
            Some(attribute) if attribute.type_ == ffi::XML_ATTRIBUTE_NODE => Element::new(attribute.parent),
            _ => Element::new(node),
        };
        let finding = Finding {
            line: u32::try_from(complaint.line).unwrap_or(0).max(1),
            path: element.map(path).unwrap_or_default(),
            message: copied(complaint.message).trim().chars().take(MESSAGE_MAX).collect(),
        };
        heard.told.push(Told { file: copied(complaint.file), finding });
    }
}

/// A copy of a string of libxml2; empty for null.
///
/// # Safety
/// `text` is null or a string.
unsafe fn copied(text: *const c_char) -> String {
    if text.is_null() {
        return String::new();
    }
    // SAFETY: by the contract of this function.
    unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
}

fn path(element: Element<'_>) -> String {
    let mut names: Vec<&str> = element.ancestors().map(Element::local).collect();
    names.reverse();
    names.iter().flat_map(|name| ["/", name]).collect()
}

/// Compiles what was gathered.
pub(super) fn compile(gathered: Gathered) -> Result<Compiled, Vec<SchemaProblem>> {
    let failed =
        |what: &str| vec![SchemaProblem { file: String::new(), line: 1, what: Trouble::Rule(what.to_owned()) }];
    Library::get().map_err(|error| failed(&error.to_string()))?;
    let names: BTreeMap<String, String> =
        gathered.documents.iter().map(|document| (document.url.clone(), document.file.clone())).collect();
    let _offer = Offer::make(gathered.documents.into_iter().map(|document| (document.url, document.text)).collect());
    let main = CString::new(gathered.main).map_err(|_| failed("an address with a zero octet"))?;
    let mut heard = Heard::default();
    // SAFETY: the address outlives the parser, `heard` outlives the parse; null is refused at each step.
    let schema = unsafe {
        let parser = NonNull::new(ffi::xmlSchemaNewParserCtxt(main.as_ptr())).ok_or_else(|| failed("no memory"))?;
        let parser = Parser(parser);
        ffi::xmlSchemaSetParserStructuredErrors(parser.0.as_ptr(), Some(hear), (&raw mut heard).cast());
        NonNull::new(ffi::xmlSchemaParse(parser.0.as_ptr()))
    };
    let compiled = schema.map(|schema| Compiled { schema, files: gathered.files });
    let problem = |told: Told| SchemaProblem {
        file: names.get(&told.file).cloned().unwrap_or_default(),
        line: told.finding.line,
        what: Trouble::Rule(told.finding.message),
    };
    match compiled {
        Some(compiled) if heard.told.is_empty() => Ok(compiled),
        None if heard.told.is_empty() => Err(failed("libxml2 takes the schemas for wrong and does not say why")),
        _ => Err(heard.told.into_iter().map(problem).collect()),
    }
}

impl Compiled {
    pub(super) fn files(&self) -> &[String] {
        &self.files
    }

    /// Validates the document, or one element of it.
    pub(super) fn validate(&self, tree: &Tree, element: Option<Element<'_>>) -> Result<Validated, Error> {
        let mut heard = Heard::default();
        // SAFETY: schema, tree and element are alive; `heard` outlives the call. Validation registers ids and moves no node; nothing is
        // offered, so that locations in the document lead nowhere.
        let outcome = unsafe {
            let validator = NonNull::new(ffi::xmlSchemaNewValidCtxt(self.schema.as_ptr()))
                .ok_or(Error::Internal { what: "making a validator" })?;
            let validator = Validator(validator);
            ffi::xmlSchemaSetValidStructuredErrors(validator.0.as_ptr(), Some(hear), (&raw mut heard).cast());
            match element {
                Some(element) => ffi::xmlSchemaValidateOneElement(validator.0.as_ptr(), element.as_ptr()),
                None => ffi::xmlSchemaValidateDoc(validator.0.as_ptr(), tree.as_ptr()),
            }
        };
        let findings: Vec<Finding> = heard.told.into_iter().map(|told| told.finding).collect();
        match outcome {
            0 if findings.is_empty() => Ok(Validated { findings, more: false }),
            code if code >= 0 && !findings.is_empty() => Ok(Validated { findings, more: heard.more }),
            _ => Err(Error::Internal { what: "validating against a schema" }),
        }
    }
}
