//! Where a location written in one file leads: to another of the files, or outside. Names only; no file is opened.

/// Where a location leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Location {
    /// To a file of this name.
    Inside(String),
    /// To an address of the network, whose last step is this name.
    Network(String),
    /// Out of the folder, or to another scheme.
    Outside,
}

/// What `location`, written in the file `from`, means.
pub(super) fn resolve(from: &str, location: &str) -> Location {
    let location = location.trim();
    let bare = location.split(['#', '?']).next().unwrap_or_default();
    if bare.starts_with("http://") || bare.starts_with("https://") {
        return Location::Network(bare.rsplit('/').next().unwrap_or_default().to_owned());
    }
    // A colon before the first slash makes it a scheme (RFC 3986 §4.2); a backslash is a step for some.
    let scheme = bare.split('/').next().is_some_and(|first| first.contains(':'));
    if bare.is_empty() || scheme || bare.starts_with('/') || bare.contains('\\') || bare.contains('\0') {
        return Location::Outside;
    }
    let mut steps: Vec<&str> = from.split('/').collect();
    steps.pop();
    for step in bare.split('/') {
        match step {
            "" | "." => {}
            ".." => {
                if steps.pop().is_none() {
                    return Location::Outside;
                }
            }
            name => steps.push(name),
        }
    }
    Location::Inside(steps.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_location_leads_to_a_file_of_the_folder_or_nowhere() {
        let inside = |name: &str| Location::Inside(name.to_owned());
        for (from, location, expected) in [
            ("service.wsdl", "types.xsd", inside("types.xsd")),
            ("xsd/a.xsd", "./b.xsd#x", inside("xsd/b.xsd")),
            ("xsd/a.xsd", "../b.xsd", inside("b.xsd")),
            ("xsd/a.xsd", "deep/../b%20.xsd", inside("xsd/b%20.xsd")),
            ("a.xsd", "http://host/schemas/b.xsd?x=1", Location::Network("b.xsd".to_owned())),
            ("a.xsd", "../b.xsd", Location::Outside),
            ("xsd/a.xsd", "x/../../../b.xsd", Location::Outside),
            ("a.xsd", "/etc/passwd", Location::Outside),
            ("a.xsd", "file:///etc/passwd", Location::Outside),
            ("a.xsd", "C:\\x.xsd", Location::Outside),
            ("a.xsd", "..\\x.xsd", Location::Outside),
            ("a.xsd", "ftp://host/b.xsd", Location::Outside),
            ("a.xsd", "", Location::Outside),
        ] {
            assert_eq!(resolve(from, location), expected, "{from} {location}");
        }
    }
}
