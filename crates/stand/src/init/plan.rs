//! Puts the cast at its addresses: what `region.json` will say.

use std::net::SocketAddr;

use super::InitOptions;
use super::keys::{AUTHORITY, FEDERAL, FEDERAL_KEY, Keys, NODE, certificate_of, key_of, next_of_node, next_of_system};
use crate::Error;
use crate::cast::{self, ACCESS, MEMBERS, Member, OFFERS, Offer, Via};
use crate::edge::entropy;
use crate::region::{Access, Federal, Node, Region, Service, SignedBy, System};

/// The region at the ports asked for.
pub(super) fn region(options: &InitOptions, keys: &Keys) -> Result<Region, Error> {
    let at = |port: u16| SocketAddr::from(([127, 0, 0, 1], port));
    let node = Node {
        id: cast::NODE_ID.to_owned(),
        mnemonic: cast::NODE_MNEMONIC.to_owned(),
        certificate: NODE.into(),
        next: Some(next_of_node()),
        soap: at(options.soap_port),
        admin: at(options.admin_port),
        services_url: services_url(at(options.soap_port)),
    };
    let federal = Federal {
        id: cast::FEDERAL_NODE_ID.to_owned(),
        certificate: FEDERAL.into(),
        key: FEDERAL_KEY.into(),
        address: at(options.federal_port),
        services_url: services_url(at(options.federal_port)),
    };
    let agencies = at(options.agencies_port);
    let services = OFFERS.iter().map(|offer| service(offer, &node, agencies)).collect();
    let systems = MEMBERS.iter().map(|member| system(member, keys)).collect::<Result<_, _>>()?;
    let access = ACCESS.iter().map(|(consumer, service, right)| Access {
        consumer: (*consumer).to_owned(),
        service: (*service).to_owned(),
        right: *right,
    });
    Ok(Region {
        format: 1,
        node,
        federal,
        authority: AUTHORITY.into(),
        agencies,
        systems,
        services,
        access: access.collect(),
    })
}

fn services_url(address: SocketAddr) -> String {
    format!("http://{address}/gateway/services")
}

fn system(member: &Member, keys: &Keys) -> Result<System, Error> {
    let unknown = || Error::UnknownSystem { mnemonic: member.mnemonic.to_owned() };
    let identity = keys.systems.get(member.mnemonic).ok_or_else(unknown)?;
    let token = match member.signature {
        SignedBy::Own => None,
        SignedBy::Hosted => Some(hex::encode(entropy::<24>()?)),
    };
    Ok(System {
        mnemonic: member.mnemonic.to_owned(),
        participant: member.participant.to_owned(),
        name: member.name.to_owned(),
        kind: member.kind,
        signature: member.signature,
        algorithm: identity.certificate().public_key().algorithm().label().to_owned(),
        certificate: certificate_of(member.mnemonic),
        key: key_of(member.mnemonic),
        next: next_of_system(member.mnemonic),
        token,
        standing: member.standing,
    })
}

fn service(offer: &Offer, node: &Node, agencies: SocketAddr) -> Service {
    Service {
        sid: offer.sid.to_owned(),
        version: cast::VERSION.to_owned(),
        name: offer.name.to_owned(),
        mnemonic: offer.mnemonic.to_owned(),
        provider: offer.provider.to_owned(),
        provider_endpoint: match offer.via {
            Via::Federal => "federal".to_owned(),
            Via::Agency => format!("http://{agencies}/{}/{}", offer.provider, offer.sid),
            Via::Nobody => cast::NOBODY.to_owned(),
        },
        endpoint: format!("{}/{}", node.services_url, offer.sid),
        access: offer.access.to_owned(),
        revision: offer.revision,
        pattern: offer.pattern,
        namespace: offer.namespace.to_owned(),
        operation: offer.operation.to_owned(),
        soap_action: offer.soap_action.to_owned(),
        trial: offer.sid.starts_with("SID00649"),
    }
}
