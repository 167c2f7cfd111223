//! Which certificates a revocation list is about: issuingDistributionPoint (RFC 5280 §5.2.5) held against the
//! certificate's cRLDistributionPoints (§4.2.1.13).

use der::Decode as _;
use x509_cert::ext::pkix::{
    CrlDistributionPoints,
    crl::dp::IssuingDistributionPoint,
    name::{DistributionPointName, GeneralName},
};

use super::Unreliable;

/// What part of its issuer's certificates a list is about. The default: all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Scope {
    /// Only those that name one of these places.
    points: Option<Vec<GeneralName>>,
    authorities_only: bool,
    others_only: bool,
    /// The extension as it stands in the list: lists of one scope replace one another.
    octets: Box<[u8]>,
}

impl Scope {
    /// Reads issuingDistributionPoint.
    pub(super) fn read(value: &[u8]) -> Result<Self, Unreliable> {
        let point = IssuingDistributionPoint::from_der(value).map_err(|_| Unreliable::Scope)?;
        if point.indirect_crl {
            return Err(Unreliable::Indirect);
        }
        if point.only_some_reasons.is_some() || point.only_contains_attribute_certs {
            return Err(Unreliable::Partial);
        }
        let points = match point.distribution_point {
            None => None,
            Some(DistributionPointName::FullName(names)) => Some(names),
            Some(DistributionPointName::NameRelativeToCRLIssuer(_)) => return Err(Unreliable::Scope),
        };
        Ok(Self {
            points,
            authorities_only: point.only_contains_ca_certs,
            others_only: point.only_contains_user_certs,
            octets: value.into(),
        })
    }

    pub(super) fn octets(&self) -> &[u8] {
        &self.octets
    }

    /// Whether a certificate that names these places belongs to it.
    pub(crate) fn covers(&self, is_authority: bool, named: &[GeneralName]) -> bool {
        let kind = if is_authority { !self.others_only } else { !self.authorities_only };
        kind && self.points.as_ref().is_none_or(|points| points.iter().any(|point| named.contains(point)))
    }
}

/// The places at which a certificate's own issuer publishes complete lists; those that cannot be read are none.
pub(crate) fn points(extension: Option<CrlDistributionPoints>) -> Vec<GeneralName> {
    let points = extension.map(|it| it.0).unwrap_or_default();
    let own = points.into_iter().filter(|point| point.crl_issuer.is_none());
    own.filter_map(|point| match point.distribution_point {
        Some(DistributionPointName::FullName(names)) => Some(names),
        Some(DistributionPointName::NameRelativeToCRLIssuer(_)) | None => None,
    })
    .flatten()
    .collect()
}
