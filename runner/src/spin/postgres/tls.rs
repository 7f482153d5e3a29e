//! TLS to PostgreSQL.

use std::sync::Arc;

use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::error::chain;

/// A trusted certificate in addition to the platform's roots.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct CaRoot(CertificateDer<'static>);

impl CaRoot {
    /// Like Spin, takes the first certificate of a PEM text.
    ///
    /// # Errors
    ///
    /// The text has no usable certificate.
    pub(super) fn from_pem(text: &str) -> Result<Self, String> {
        let certificate = CertificateDer::from_pem_slice(text.as_bytes()).map_err(|error| chain(&error))?;
        RootCertStore::empty().add(certificate.clone()).map_err(|error| chain(&error))?;
        Ok(Self(certificate))
    }
}

/// Returns the connector for connection strings that do not disable TLS.
///
/// As in Spin 4.0.1, the connector verifies the server's certificate and name whenever the server offers TLS, even with
/// `sslmode=prefer`. It trusts `ca_root` and the platform's roots, which `SSL_CERT_FILE` and `SSL_CERT_DIR` replace.
///
/// Spin uses OpenSSL. This is rustls, which is stricter in three ways:
///
/// - It speaks TLS 1.2 and 1.3 only.
/// - The name must be a subject alternative name of a version 3 certificate; the common name does not count.
/// - A CA certificate, such as `openssl req -x509` makes, cannot be the server's certificate.
///
/// # Errors
///
/// `ca_root` or TLS itself is not usable.
pub(super) fn connector(ca_root: Option<CaRoot>) -> Result<MakeRustlsConnect, String> {
    let mut roots = RootCertStore::empty();
    // Skips roots that cannot be read or parsed. Without any root, each handshake fails.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if let Some(CaRoot(certificate)) = ca_root {
        roots.add(certificate).map_err(|error| chain(&error))?;
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| chain(&error))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

#[cfg(test)]
mod tests {
    use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
    use rustls::ServerConfig;
    use rustls::pki_types::PrivatePkcs8KeyDer;
    use tokio::io::{DuplexStream, duplex};
    use tokio_postgres::tls::{MakeTlsConnect, TlsConnect as _};
    use tokio_rustls::TlsAcceptor;

    use super::*;

    type Authority = CertifiedIssuer<'static, KeyPair>;

    fn authority() -> Authority {
        let mut parameters = CertificateParams::default();
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        CertifiedIssuer::self_signed(parameters, KeyPair::generate().unwrap()).unwrap()
    }

    /// Whether a client that connects to `name` trusts a certificate of `authority`.
    async fn trusted(authority: &Authority, name: &str, ca_root: Option<CaRoot>) -> bool {
        let key = KeyPair::generate().unwrap();
        let parameters = CertificateParams::new(["db.example".to_owned()]).unwrap();
        let certificate = parameters.signed_by(&key, authority).unwrap().der().clone();
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], PrivatePkcs8KeyDer::from(key.serialize_der()).into())
            .unwrap();
        let (client, server) = duplex(1 << 16);
        let server = tokio::spawn(TlsAcceptor::from(Arc::new(config)).accept(server));
        let mut connector = connector(ca_root).unwrap();
        let tls = MakeTlsConnect::<DuplexStream>::make_tls_connect(&mut connector, name).unwrap();
        let tls = tls.connect(client).await;
        server.await.unwrap().is_ok() && tls.is_ok()
    }

    #[tokio::test]
    async fn only_a_server_with_the_right_authority_and_name_is_trusted() {
        let (own, other) = (authority(), authority());
        let root = |authority: &Authority| Some(CaRoot::from_pem(&authority.pem()).unwrap());
        assert!(trusted(&own, "db.example", root(&own)).await);
        assert!(!trusted(&own, "db.example", None).await);
        assert!(!trusted(&own, "db.example", root(&other)).await);
        assert!(!trusted(&own, "other.example", root(&own)).await);
    }

    #[test]
    fn what_is_no_certificate_is_refused() {
        for text in ["", "nonsense", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
            assert!(CaRoot::from_pem(text).is_err(), "{text}");
        }
    }
}
