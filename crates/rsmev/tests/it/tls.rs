//! The SOAP plane over TLS: only who shows a certificate of the named authority is spoken to.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;

use jiff::Timestamp;
use pki::test_ca::{CertificateRequest, TestCa};
use pki::{Algorithm, Identity};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, SignatureScheme, StreamOwned};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime, pem::PemObject as _};

use crate::http::{self, Answer};
use crate::region::Region;

#[test]
fn only_clients_of_the_named_authority_are_spoken_to() {
    let (servers, clients, strangers) = (authority("servers", 1), authority("clients", 2), authority("strangers", 3));
    let server = issue(&servers, "bus.region64.example", 4);
    let mut region = Region::without_bus();
    let folder = region.path().join("certs/tls");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("server.pem"), server.certificate().to_pem()).unwrap();
    fs::write(folder.join("server.key.pem"), server.key().to_pkcs8_pem().unwrap().as_bytes()).unwrap();
    fs::set_permissions(folder.join("server.key.pem"), fs::Permissions::from_mode(0o600)).unwrap();
    fs::write(folder.join("clients.pem"), clients.certificate().to_pem()).unwrap();
    let tls = "tls = { certificate = \"certs/tls/server.pem\", key = \"certs/tls/server.key.pem\", \
               client_ca = \"certs/tls/clients.pem\" }\npublic_url";
    region.edit("routes.toml", "public_url", tls);
    region.run(&["check"]).good();
    region.start_bus();

    let message = fs::read(region.control_example("SID0064001")).unwrap();
    let soap = region.described.node.soap;
    let post = |client: Option<&Identity>| post(soap, &server, client, &message);
    let answer = post(Some(&issue(&clients, "SOCZ01641", 5))).unwrap();
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    assert!(post(None).is_err(), "no certificate");
    assert!(post(Some(&issue(&strangers, "SOCZ01641", 6))).is_err(), "a certificate of another authority");
    assert!(
        http::exchange(http::connect(soap), "POST", "/gateway/services/SID0064001", &message).is_err(),
        "no TLS at all"
    );
    assert_eq!(region.audit()["accepted"], 1);
}

fn date(year: &str) -> Timestamp {
    format!("{year}-01-01T00:00:00Z").parse().unwrap()
}

fn authority(name: &str, entropy: u8) -> TestCa {
    TestCa::create(name, Algorithm::EcdsaP256Sha256, None, date("2020"), date("2049"), &[entropy; 64]).unwrap()
}

fn issue(authority: &TestCa, common_name: &str, entropy: u8) -> Identity {
    let request = CertificateRequest {
        common_name,
        organization: "test",
        algorithm: Algorithm::EcdsaP256Sha256,
        parameter_set: None,
        not_before: date("2020"),
        not_after: date("2049"),
    };
    authority.issue(&request, &[entropy; 64]).unwrap()
}

fn post(bus: SocketAddr, server: &Identity, client: Option<&Identity>, message: &[u8]) -> std::io::Result<Answer> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let exactly = Exactly { certificate: server.certificate().der().to_vec(), provider: Arc::clone(&provider) };
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(exactly));
    let config = match client {
        None => config.with_no_client_auth(),
        Some(identity) => {
            let chain = vec![CertificateDer::from(identity.certificate().der().to_vec())];
            let key = PrivateKeyDer::from_pem_slice(identity.key().to_pkcs8_pem().unwrap().as_bytes()).unwrap();
            config.with_client_auth_cert(chain, key).unwrap()
        }
    };
    let name = ServerName::try_from("bus.region64.example").unwrap();
    let session = ClientConnection::new(Arc::new(config), name).unwrap();
    let stream = StreamOwned::new(session, http::connect(bus));
    http::exchange(stream, "POST", "/gateway/services/SID0064001", message)
}

/// Believes one certificate, octet for octet: those of the test authority name no host.
#[derive(Debug)]
struct Exactly {
    certificate: Vec<u8>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Exactly {
    fn verify_server_cert(
        &self,
        shown: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if shown.as_ref() == self.certificate {
            return Ok(ServerCertVerified::assertion());
        }
        Err(rustls::Error::General("another certificate than the bus's".to_owned()))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
