//! TLS as a request asks for it: authorities, client certificate, expected name.

use std::sync::{Arc, OnceLock};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, ClientConnection, DigitallySignedStruct, RootCertStore, SignatureScheme};
use writ_builtins::TlsOptions;

/// A connection to `host`, ready for its handshake.
///
/// # Errors
/// Text as the user should see it.
pub(crate) fn connection(host: &str, options: &TlsOptions) -> Result<ClientConnection, String> {
    let name = options.server_name.as_deref().unwrap_or(host);
    let name = ServerName::try_from(name.to_owned()).map_err(|_| format!("tls: invalid server name {name:?}"))?;
    ClientConnection::new(config(options)?, name).map_err(|e| error_text(&e))
}

/// The configuration without options of the request is made once.
fn config(options: &TlsOptions) -> Result<Arc<ClientConfig>, String> {
    static PLAIN: OnceLock<Arc<ClientConfig>> = OnceLock::new();
    let plain = TlsOptions { server_name: options.server_name.clone(), ..TlsOptions::default() };
    if *options != plain && *options != (TlsOptions { use_system_certs: true, ..plain }) {
        return make(options).map(Arc::new);
    }
    if let Some(config) = PLAIN.get() {
        return Ok(config.clone());
    }
    let config = make(&TlsOptions::default()).map(Arc::new)?;
    Ok(PLAIN.get_or_init(|| config).clone())
}

fn make(options: &TlsOptions) -> Result<ClientConfig, String> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|e| error_text(&e))?;
    let builder = if options.insecure_skip_verify {
        builder.dangerous().with_custom_certificate_verifier(Arc::new(AnyCertificate(provider)))
    } else {
        builder.with_root_certificates(roots(options)?)
    };
    match options.clients.first() {
        None => Ok(builder.with_no_client_auth()),
        Some((certificates, key)) => {
            let unusable = |why: String| format!("tls: failed to use the client's certificate: {why}");
            let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(certificates.as_bytes()).collect();
            let chain = chain.map_err(|e| unusable(e.to_string()))?;
            let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).map_err(|e| unusable(e.to_string()))?;
            builder.with_client_auth_cert(chain, key).map_err(|e| unusable(e.to_string()))
        }
    }
}

/// The system's authorities unless the request brings its own and does not ask for both.
fn roots(options: &TlsOptions) -> Result<RootCertStore, String> {
    static SYSTEM: OnceLock<RootCertStore> = OnceLock::new();
    let system = || {
        let mut store = RootCertStore::empty();
        store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        store
    };
    let mut store = if options.ca_certs.is_empty() || options.use_system_certs {
        SYSTEM.get_or_init(system).clone()
    } else {
        RootCertStore::empty()
    };
    for pem in &options.ca_certs {
        let mut found = false;
        for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
            let certificate = certificate.map_err(|e| format!("could not append certificates: {e}"))?;
            store.add(certificate).map_err(|e| format!("could not append certificates: {}", error_text(&e)))?;
            found = true;
        }
        if !found {
            return Err("could not append certificates".to_owned());
        }
    }
    Ok(store)
}

/// The error of a handshake, worded as Go does where it has a word for it.
pub(crate) fn error_text(error: &rustls::Error) -> String {
    let rustls::Error::InvalidCertificate(reason) = error else { return format!("tls: {error}") };
    let why = match reason {
        CertificateError::UnknownIssuer => "x509: certificate signed by unknown authority".to_owned(),
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "x509: certificate has expired or is not yet valid".to_owned()
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "x509: certificate has expired or is not yet valid".to_owned()
        }
        CertificateError::NotValidForNameContext { expected, .. } => {
            format!("x509: certificate is not valid for {}", expected.to_str())
        }
        other => format!("x509: {other}"),
    };
    format!("tls: failed to verify certificate: {why}")
}

/// Accepts every certificate, as `tls_insecure_skip_verify` asks; signatures of the handshake are checked all the same.
#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
