//! Control examples (контрольные примеры): for every service a request as a consumer would send it to the bus, and the
//! answer as the provider would give it to the bus. Both signed (ЭП-ОВ); neither has seen a node.

use bytes::Bytes;
use jiff::Timestamp;
use pki::Identity;

use super::keys::Keys;
use super::services::folder;
use super::site::Site;
use crate::region::{Pattern, Region, Service};
use crate::wire::compose::{Letter, compose};
use crate::wire::sign;
use crate::{Error, edge};

/// Writes both examples of every service.
pub(super) fn write(site: &mut Site, region: &Region, keys: &Keys, now: Timestamp) -> Result<(), Error> {
    for service in &region.services {
        let folder = folder(service);
        let (request, answer) = pair(region, service, keys, now)?;
        site.open(format!("{folder}/control-example/request.xml"), &request)?;
        site.open(format!("{folder}/control-example/answer.xml"), &answer)?;
    }
    Ok(())
}

fn pair(region: &Region, service: &Service, keys: &Keys, now: Timestamp) -> Result<(Bytes, Bytes), Error> {
    let unknown = || Error::UnknownService { sid: service.sid.clone() };
    let consumer = region.system(region.consumers(&service.sid).next().ok_or_else(unknown)?)?;
    let provider = region.system(&service.provider)?;
    let status = if service.pattern == Pattern::Sync { "RESULT" } else { "ACCEPT" };
    let request = Letter::request(service, consumer, provider, now, edge::random_id()?);
    // The id that a node would have given to the request.
    let request_id = edge::random_id()?.hyphenated().to_string();
    let answer = Letter::answer(&request, status, &request_id, &request_id);
    let request = sign::sign(&compose(&request), identity(keys, &consumer.mnemonic)?)?;
    let answer = sign::sign(&compose(&answer), identity(keys, &provider.mnemonic)?)?;
    Ok((request, answer))
}

fn identity<'a>(keys: &'a Keys, mnemonic: &str) -> Result<&'a Identity, Error> {
    keys.systems.get(mnemonic).ok_or_else(|| Error::UnknownSystem { mnemonic: mnemonic.to_owned() })
}
