//! `rsmev journal show`: a record, or all records of an exchange: header, or the octets of its messages.

use domain::Limits;
use journal::{Entry, Filter, Reader, Record, RecordId, Role};
use office::history::{self, Event, Log};
use serde_json::Value;
use uuid::Uuid;

use super::entry::{Lines, value};
use super::trail::{self, Look};
use super::words::Show;
use super::{open, pretty};
use crate::cli::Places;
use crate::command::signature::MessageFile;
use crate::failure::Failure;
use crate::history::History;
use crate::print;
use crate::terminal::tame;

/// A record with its octets.
type Whole = (Entry, Record);

pub(super) fn show(words: &Show) -> Result<(), Failure> {
    let role = words.raw.as_deref().or(words.pretty.as_deref()).map(role).transpose()?;
    let ids = Asked::of(&words.id)?;
    let bodies = role.is_some();
    let reason = if bodies { Some(trail::reason(words.reason.as_deref())?) } else { words.reason.as_deref() };
    let reader = open(&words.places)?;
    let records = ids.read(&reader)?;
    let look = Look {
        action: "show",
        subject: trail::subject(&words.id),
        stores: records.iter().map(|(entry, _)| entry.id.store.clone()).collect(),
        count: records.len() as u64,
        reason,
        bodies,
        change: false,
    };
    trail::record(&words.places, &look)?;
    match role {
        Some(role) if words.raw.is_some() => raw(&records, role),
        Some(role) => pretty(&records, role),
        None if words.headers => {
            documents(&ids, records.iter().map(|(entry, _)| serde_json::json!(entry.header)).collect())
        }
        None => {
            let states = States::of(&words.places)?;
            if words.json {
                let with_state = |(entry, _): &Whole| {
                    let mut value = value(entry);
                    if let Some(fields) = value.as_object_mut() {
                        fields.insert("registry_state".to_owned(), states.value(entry));
                    }
                    value
                };
                return documents(&ids, records.iter().map(with_state).collect());
            }
            records.iter().try_for_each(|(entry, _)| describe(entry, &states))
        }
    }
}

/// The states of the registry that the records were decided by, as far as they are recorded.
struct States(Log);

impl States {
    fn of(places: &Places) -> Result<Self, Failure> {
        // What is on record about messages is shown also where the history is damaged; then only the digest is known.
        let log = History::of(&super::directory(places)?).log().unwrap_or_else(|failure| {
            print::talk(&format!("remark: states of the registry are not told: {failure}"));
            Log::default()
        });
        Ok(Self(log))
    }

    /// When it was put in force before the record, and how it came about.
    fn find(&self, entry: &Entry) -> Option<(Option<&history::Entry>, &history::Entry)> {
        let state = &entry.header.registry;
        let origin = self.0.origin(state)?;
        Some((self.0.in_force_before(state, entry.header.time), origin))
    }

    fn value(&self, entry: &Entry) -> Value {
        let Some((in_force, origin)) = self.find(entry) else { return Value::Null };
        serde_json::json!({
            "digest": entry.header.registry, "in_force_since": in_force.map(|entry| entry.time),
            "event": origin.event, "time": origin.time, "who": origin.who, "why": origin.why, "command": origin.command,
        })
    }

    fn sentence(&self, entry: &Entry) -> Option<String> {
        let (in_force, origin) = self.find(entry)?;
        let since = in_force.map_or_else(String::new, |entry| format!(" in force since {},", entry.time));
        let how = match origin.event {
            Event::Made => "made",
            Event::Found => "found",
            Event::InForce => "first seen",
        };
        let why = if origin.why.is_empty() { String::new() } else { format!(": {}", origin.why) };
        let (state, time) = (history::short(&origin.state), origin.time);
        Some(format!("registry: state {state},{since} {how} {time} by {} ({}){why}", origin.who, origin.command))
    }
}

/// What was asked for: one record, or the exchange whose records are meant.
enum Asked {
    Record(RecordId),
    Exchange(Uuid),
}

impl Asked {
    fn of(text: &str) -> Result<Self, Failure> {
        match Uuid::parse_str(text.trim()) {
            Ok(exchange) => Ok(Self::Exchange(exchange)),
            Err(_) => text.parse().map(Self::Record).map_err(|error| Failure::journal(&error)),
        }
    }

    fn read(&self, reader: &Reader) -> Result<Vec<Whole>, Failure> {
        let failed = |error: journal::Error| Failure::journal(&error);
        let exchange = match self {
            Self::Record(id) => return Ok(vec![reader.show(id).map_err(failed)?]),
            Self::Exchange(exchange) => exchange,
        };
        let filter = Filter { id: Some(exchange.to_string()), ..Filter::default() };
        let mut records = Vec::new();
        for entry in reader.list(&filter).map_err(failed)? {
            match entry {
                Ok(entry) if entry.header.exchange == *exchange => {
                    records.push(reader.show(&entry.id).map_err(failed)?);
                }
                Ok(_) => {}
                Err(error) => print::talk(&tame(&format!("broken: {error}"))),
            }
        }
        if records.is_empty() {
            let hint =
                format!("`rsmev journal trace {exchange}` finds it as a MessageId of an answer or of another node");
            return Err(Failure::no(format!("no record of an exchange {exchange}")).hint(hint));
        }
        records.sort_by(|(a, _), (b, _)| (a.header.time, &a.id).cmp(&(b.header.time, &b.id)));
        Ok(records)
    }
}

fn role(word: &str) -> Result<Role, Failure> {
    match word {
        "received" => Ok(Role::Received),
        "forwarded" => Ok(Role::Forwarded),
        "fault" => Ok(Role::Fault),
        _ => Err(Failure::usage(format!("{word:?} is no role")).hint("received, forwarded or fault")),
    }
}

/// One document for a record, a list for an exchange.
fn documents(asked: &Asked, mut documents: Vec<Value>) -> Result<(), Failure> {
    match asked {
        Asked::Record(_) => documents.pop().map_or(Ok(()), |document| print::json(&document)),
        Asked::Exchange(_) => print::json(&documents),
    }
}

fn describe(entry: &Entry, states: &States) -> Result<(), Failure> {
    Lines::new(false).print(entry)?;
    let header = serde_json::to_string_pretty(&entry.header).map_err(|error| Failure::system("write JSON", error))?;
    header.lines().try_for_each(|line| print::line(&tame(line)))?;
    for body in &entry.bodies {
        print::line(&format!("{}: {} octets stored", role_word(body.role), body.bytes))?;
    }
    states.sentence(entry).map_or(Ok(()), |sentence| print::line(&tame(&sentence)))
}

/// The messages of that role, each once, however many stores have it.
fn messages(records: &[Whole], role: Role) -> Result<Vec<(&RecordId, bytes::Bytes)>, Failure> {
    let mut found: Vec<(&RecordId, bytes::Bytes)> = Vec::new();
    for (entry, record) in records {
        if let Some(octets) = record.message(role).map_err(|error| Failure::journal(&error))?
            && !found.iter().any(|(_, known)| *known == octets)
        {
            found.push((&entry.id, octets));
        }
    }
    if found.is_empty() {
        let ids = records.iter().map(|(entry, _)| entry.id.to_string()).collect::<Vec<_>>().join(", ");
        return Err(Failure::no(format!("{ids} holds no message with the role {}", role_word(role))));
    }
    Ok(found)
}

fn raw(records: &[Whole], role: Role) -> Result<(), Failure> {
    match messages(records, role)?.as_slice() {
        [(_, octets)] => print::octets(octets),
        several => {
            let ids = several.iter().map(|(id, _)| id.to_string()).collect::<Vec<_>>().join(", ");
            Err(Failure::usage(format!("the exchange has several messages with the role {}", role_word(role)))
                .hint(format!("name one record: {ids}")))
        }
    }
}

fn pretty(records: &[Whole], role: Role) -> Result<(), Failure> {
    for (id, octets) in messages(records, role)? {
        print::line(&format!(
            "<!-- {id}, {}: indented for reading, NOT the signed octets; those: --raw {0} -->",
            role_word(role)
        ))?;
        let message = MessageFile::of(octets.clone(), None);
        // What is no frame of a message is shown as it stands.
        let soap = message.soap(&Limits::default()).unwrap_or_else(|_| octets.to_vec());
        if soap.len() < octets.len() {
            print::line("<!-- the SOAP part of a multipart message -->")?;
        }
        print::line(&pretty::indented(&soap))?;
    }
    Ok(())
}

fn role_word(role: Role) -> &'static str {
    match role {
        Role::Received => "received",
        Role::Forwarded => "forwarded",
        Role::Fault => "fault",
    }
}
