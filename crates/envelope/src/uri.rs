//! The namespace names of the SOAP 1.1, WS-Security and SMEV standards that the envelope is read and written with.
//!
//! Algorithm and token URIs are not here: they belong to crate `xmldsig`.

/// SOAP 1.1, the only version of the profile (protocol §2).
pub(crate) const SOAP11: &str = "http://schemas.xmlsoap.org/soap/envelope/";
/// SOAP 1.2: recognised only to be refused with a sentence that says so.
pub(crate) const SOAP12: &str = "http://www.w3.org/2003/05/soap-envelope";
/// WS-Security 1.0 extensions: the Security block.
pub(crate) const WSSE: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd";
/// WS-Security 1.0 utilities: `wsu:Id`.
pub(crate) const WSU: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd";
/// The `xml` prefix, always declared.
pub(crate) const XML: &str = "http://www.w3.org/XML/1998/namespace";
/// The `xmlns` prefix, never to be declared.
pub(crate) const XMLNS: &str = "http://www.w3.org/2000/xmlns/";
/// XML Schema instance: `xsi:nil`.
pub(crate) const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";
/// How the namespaces of all SMEV 2 revisions begin, those that this bus does not know among them.
pub(crate) const SMEV_REVISIONS: &str = "http://smev.gosuslugi.ru/rev";
