//! smev:Message: the block of attributes, its children by name in any order (protocol §3.2).

use super::{Child, Outline, field_text, next_child, skip, skip_unread};
use crate::xml::{Bounds, Element, Ns, Tokens};
use crate::{Error, Fields, Party};

macro_rules! fields {
    ($($field:ident = $name:literal;)+) => {
        /// A child of `Message`, in the order of the rev120315 schema.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(crate) enum Field { $($field,)+ }

        impl Field {
            /// The element's local name.
            pub(crate) fn name(self) -> &'static str {
                match self { $(Self::$field => $name,)+ }
            }

            fn of_name(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$field),)+ _ => None }
            }
        }
    };
}

fields! {
    Sender = "Sender";
    Recipient = "Recipient";
    Originator = "Originator";
    ServiceName = "ServiceName";
    Service = "Service";
    TypeCode = "TypeCode";
    Status = "Status";
    Date = "Date";
    ExchangeType = "ExchangeType";
    RequestIdRef = "RequestIdRef";
    OriginRequestIdRef = "OriginRequestIdRef";
    ServiceCode = "ServiceCode";
    CaseNumber = "CaseNumber";
    SubMessages = "SubMessages";
    TestMsg = "TestMsg";
    Oktmo = "OKTMO";
}

/// Reads the children of a `Message` whose start tag was taken.
pub(super) fn read_message(
    tokens: &mut Tokens<'_>,
    message: &Element<'_>,
    bounds: Bounds,
    fields: &mut Fields,
    outline: &mut Outline,
) -> Result<(), Error> {
    loop {
        let child = match next_child(tokens)? {
            Child::End(_) => return Ok(()),
            Child::Element(child) => child,
        };
        let known = Field::of_name(child.local).filter(|_| child.namespace == message.namespace);
        let Some(field) = known else {
            // One is enough for the format check to complain.
            if outline.unknown.is_empty() {
                outline.unknown.push(child.local.to_owned());
            }
            skip_unread(tokens, &child)?;
            continue;
        };
        if outline.order.contains(&field) {
            return Err(Error::RepeatedField { field: field.name(), line: tokens.line() });
        }
        outline.order.push(field);
        read_field(tokens, field, message.namespace, bounds, fields)?;
    }
}

fn read_field(
    tokens: &mut Tokens<'_>,
    field: Field,
    namespace: Ns,
    bounds: Bounds,
    fields: &mut Fields,
) -> Result<(), Error> {
    let slot = match field {
        Field::Sender => {
            return store(&mut fields.sender, read_party(tokens, namespace, ["Sender/Code", "Sender/Name"], bounds));
        }
        Field::Recipient => {
            return store(
                &mut fields.recipient,
                read_party(tokens, namespace, ["Recipient/Code", "Recipient/Name"], bounds),
            );
        }
        Field::Originator => {
            return store(
                &mut fields.originator,
                read_party(tokens, namespace, ["Originator/Code", "Originator/Name"], bounds),
            );
        }
        Field::Service => {
            let [mnemonic, version] =
                read_pair(tokens, namespace, ["Mnemonic", "Version"], ["Service/Mnemonic", "Service/Version"], bounds)?;
            fields.service_mnemonic = mnemonic;
            fields.service_version = version;
            return Ok(());
        }
        Field::SubMessages => return skip(tokens).map(|_| ()),
        Field::ServiceName => &mut fields.service_name,
        Field::TypeCode => &mut fields.type_code,
        Field::Status => &mut fields.status,
        Field::Date => &mut fields.date,
        Field::ExchangeType => &mut fields.exchange_type,
        Field::RequestIdRef => &mut fields.request_id_ref,
        Field::OriginRequestIdRef => &mut fields.origin_request_id_ref,
        Field::ServiceCode => &mut fields.service_code,
        Field::CaseNumber => &mut fields.case_number,
        Field::TestMsg => &mut fields.test_msg,
        Field::Oktmo => &mut fields.oktmo,
    };
    store(slot, field_text(tokens, field.name(), bounds.field_bytes))
}

fn store<T>(slot: &mut Option<T>, value: Result<T, Error>) -> Result<(), Error> {
    *slot = Some(value?);
    Ok(())
}

fn read_party(
    tokens: &mut Tokens<'_>,
    namespace: Ns,
    paths: [&'static str; 2],
    bounds: Bounds,
) -> Result<Party, Error> {
    let [code, name] = read_pair(tokens, namespace, ["Code", "Name"], paths, bounds)?;
    Ok(Party { code: code.unwrap_or_default(), name: name.unwrap_or_default() })
}

/// The texts of two named children of the open element.
fn read_pair(
    tokens: &mut Tokens<'_>,
    namespace: Ns,
    names: [&str; 2],
    paths: [&'static str; 2],
    bounds: Bounds,
) -> Result<[Option<String>; 2], Error> {
    let [first_name, second_name] = names;
    let [first_path, second_path] = paths;
    let [mut first, mut second] = [None, None];
    loop {
        let child = match next_child(tokens)? {
            Child::End(_) => return Ok([first, second]),
            Child::Element(child) => child,
        };
        let (slot, path) = if child.is(namespace, first_name) {
            (&mut first, first_path)
        } else if child.is(namespace, second_name) {
            (&mut second, second_path)
        } else {
            skip_unread(tokens, &child)?;
            continue;
        };
        if slot.is_some() {
            return Err(Error::RepeatedField { field: path, line: tokens.line() });
        }
        *slot = Some(field_text(tokens, path, bounds.field_bytes)?);
    }
}
