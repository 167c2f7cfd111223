//! Whose hand signs a decision: certificate and key of an officer, judged before anything is signed. What he may decide is
//! judged by the case.

use std::path::{Path, PathBuf};

use clap::Args;
use gateway::Snapshot;
use jiff::Timestamp;
use office::application::{Draft, Officer};
use pki::{Certificate, Identity};

use crate::command::key;
use crate::edge;
use crate::failure::Failure;
use crate::terminal::tame;

/// Words of every command that is signed.
#[derive(Args, Clone, Debug)]
pub(crate) struct Signing {
    /// Certificate of the officer who signs, PEM or DER
    #[arg(long, value_name = "FILE", requires = "key")]
    pub(crate) certificate: Option<PathBuf>,
    /// The officer's key: PKCS#8 PEM, or a pkcs11: address
    #[arg(long, value_name = "FILE|URI", requires = "certificate")]
    pub(crate) key: Option<String>,
    /// File with the passphrase of the key
    #[arg(long, value_name = "FILE", requires = "key")]
    pub(crate) key_passphrase_file: Option<PathBuf>,
}

impl Signing {
    /// Is a hand named at all?
    pub(super) fn is_named(&self) -> bool {
        self.certificate.is_some()
    }

    /// The officer's certificate with his key.
    pub(super) fn identity(
        &self,
        snapshot: &Snapshot,
        officers: &[Officer],
        at: Timestamp,
    ) -> Result<Identity, Failure> {
        if officers.is_empty() {
            return Err(Failure::no("no officer is registered: decisions are signed by registered officers").hint(
                "register one: `rsmev participant officer add --side operator|CODE --name \"…\" --certificate FILE`",
            ));
        }
        let (Some(file), Some(name)) = (&self.certificate, &self.key) else {
            return Err(Failure::usage("a decision is signed by a registered officer")
                .hint("--certificate FILE --key FILE, those of an officer in [[officer]]"));
        };
        let certificate = certificate(file)?;
        in_force(snapshot, &certificate, file, at)?;
        let private = key::open(name, self.key_passphrase_file.as_deref(), Some(certificate.public_key()))?;
        Identity::new(certificate, private).map_err(|error| Failure::no(format!("{}: {error}", tame(name))))
    }
}

/// The draft with the officer's signature, or as it is when nobody signs.
pub(super) fn signed(draft: Draft, identity: Option<&Identity>) -> Result<String, Failure> {
    match identity {
        None => Ok(draft.unsigned()),
        Some(identity) => {
            draft.signed(identity, &edge::random()).map_err(|error| Failure::system("sign the decision", error))
        }
    }
}

fn certificate(file: &Path) -> Result<Certificate, Failure> {
    let octets = key::read(file)?;
    let parsed =
        if octets.first() == Some(&0x30) { Certificate::from_der(&octets) } else { Certificate::from_pem(&octets) };
    parsed.map_err(|error| {
        Failure::no(format!("{}: {error}", file.display())).hint("the file must hold one X.509 certificate, PEM or DER")
    })
}

/// Of an algorithm of this contour, in force and not revoked at this moment.
fn in_force(snapshot: &Snapshot, certificate: &Certificate, file: &Path, at: Timestamp) -> Result<(), Failure> {
    let algorithm = certificate.public_key().algorithm();
    if !algorithm.is_gost() && snapshot.registry().node().algorithms == domain::registry::Algorithms::Gost {
        return Err(Failure::no(format!("{}: {algorithm} is for test contours only", file.display()))
            .hint("decisions are signed by GOST R 34.10-2012 here"));
    }
    match &snapshot.judge(certificate, at).objection {
        None => Ok(()),
        Some(objection) => Err(Failure::no(format!("{}: {}", file.display(), tame(&objection.to_string())))
            .hint("the officer needs a certificate in force; register the new one in [[officer]]")),
    }
}
