//! Budget: a place for this exchange among those of its consumer and of its provider, so that neither an eager agency
//! nor a slow provider takes the bus from the others.

use domain::Mnemonic;

use crate::bounds::Place;
use crate::stage::seal::Request;
use crate::way::Way;
use crate::{Gateway, Refusal};

/// Held until the exchange ends.
pub(crate) struct Places {
    _held: [Place; 4],
}

pub(crate) fn take(bus: &Gateway, way: &Way, request: &Request) -> Result<Places, Refusal> {
    let limits = way.registry().limits();
    let consumer = request.grant.consumer();
    let max = limits.consumer_in_flight;
    let busy = || Refusal::ConsumerBusy { consumer: consumer.clone(), max };
    let consumer_place = bus.bounds.consumer(consumer, max).ok_or_else(busy)?;
    let provider = &request.destination.provider;
    let max = limits.provider_in_flight;
    let busy = || Refusal::ProviderBusy { provider: provider.clone(), max };
    let provider_place = bus.bounds.provider(provider, max).ok_or_else(busy)?;
    let octets = request.incoming.body.len();
    let share_taken = |who: &Mnemonic| Refusal::ShareTaken { who: who.clone(), max: bus.bounds.share_octets() };
    let consumer_octets = bus.bounds.consumer_octets(consumer, octets).ok_or_else(|| share_taken(consumer))?;
    let provider_octets = bus.bounds.provider_octets(provider, octets).ok_or_else(|| share_taken(provider))?;
    Ok(Places { _held: [consumer_place, provider_place, consumer_octets, provider_octets] })
}
