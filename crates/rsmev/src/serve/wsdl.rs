//! The WSDL of a service with the bus's own address in it. Everything else of the owner's file stays as it is.

use domain::{Registry, Sid};
use quick_xml::Reader;
use quick_xml::events::Event;

/// Why there is no WSDL to give.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Missing {
    /// No such service or version.
    Service,
    /// The service has no WSDL in the registry, or one that is not XML.
    Description,
}

/// WSDL of a service; without a version the default one is meant, as for messages.
pub(crate) fn of_service(registry: &Registry, sid: &str, version: Option<&str>) -> Result<String, Missing> {
    let sid = Sid::new(sid).map_err(|_| Missing::Service)?;
    let mut versions = registry.service_versions(&sid);
    let service = if let Some(version) = version {
        versions.find(|service| service.version.as_str() == version)
    } else {
        let versions: Vec<_> = versions.collect();
        let only = if let [only] = versions[..] { Some(only) } else { None };
        only.or_else(|| versions.into_iter().find(|service| service.default))
    };
    let service = service.ok_or(Missing::Service)?;
    let file = service.wsdl.as_ref().ok_or(Missing::Description)?;
    let text = std::str::from_utf8(&file.octets).map_err(|_| Missing::Description)?;
    let address = format!("{}/gateway/services/{sid}/{}", registry.listen().public_url, service.version);
    with_address(text, &address).ok_or(Missing::Description)
}

/// Replaces the value of `location` on every `address` element (SOAP 1.1 binding or other) by `address`.
pub(super) fn with_address(wsdl: &str, address: &str) -> Option<String> {
    let mut reader = Reader::from_str(wsdl);
    let mut out = String::with_capacity(wsdl.len() + address.len());
    let mut copied = 0;
    loop {
        let start = usize::try_from(reader.buffer_position()).ok()?;
        match reader.read_event().ok()? {
            Event::Eof => break,
            Event::Start(element) | Event::Empty(element) if element.local_name().as_ref() == b"address" => {
                let end = usize::try_from(reader.buffer_position()).ok()?;
                let tag = wsdl.get(start..end)?;
                let (from, to) = location_span(tag)?;
                out.push_str(wsdl.get(copied..start + from)?);
                out.push_str(&quick_xml::escape::escape(address));
                copied = start + to;
            }
            _ => {}
        }
    }
    out.push_str(wsdl.get(copied..)?);
    Some(out)
}

/// Where in a start tag the value of `location` stands, without its quotes.
fn location_span(tag: &str) -> Option<(usize, usize)> {
    let after_name = tag.find("location")? + "location".len();
    let equals = after_name + tag.get(after_name..)?.find('=')?;
    let open = equals + tag.get(equals..)?.find(['"', '\''])?;
    let quote = tag.get(open..)?.chars().next()?;
    let close = open + 1 + tag.get(open + 1..)?.find(quote)?;
    Some((open + 1, close))
}

#[cfg(test)]
mod tests {
    use super::with_address;

    #[test]
    fn only_the_address_changes() {
        let wsdl = "<d:definitions xmlns:d='w' xmlns:s='s'><!-- location=\"x\" --><d:port>\
                    <s:address  location = 'http://inside:9999/a?b'/></d:port></d:definitions>";
        let ours = with_address(wsdl, "http://bus/gateway/services/SID0003245/1.00?a&b").unwrap();
        assert_eq!(ours, wsdl.replace("http://inside:9999/a?b", "http://bus/gateway/services/SID0003245/1.00?a&amp;b"));
    }

    #[test]
    fn a_broken_description_is_not_published() {
        assert_eq!(with_address("<a><address location='x'></b></a>", "http://bus"), None);
    }
}
