//! Listeners on loopback: HTTP/1.1, and HTTPS with HTTP/2.

use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use tempfile::NamedTempFile;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// A listener that nobody answers yet: its port is known before the application that needs to know it is made.
pub struct Listener {
    listener: TcpListener,
    pub port: u16,
}

impl Listener {
    pub async fn bind() -> std::io::Result<Self> {
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
        let port = listener.local_addr()?.port();
        Ok(Self { listener, port })
    }

    /// Answers in the clear until the runtime ends.
    pub fn serve(self, application: Router) {
        tokio::spawn(async move {
            while let Ok((stream, _)) = self.listener.accept().await {
                tokio::spawn(answer(TokioIo::new(stream), application.clone()));
            }
        });
    }

    /// Answers over TLS until the runtime ends.
    pub fn serve_tls(self, application: Router, acceptor: TlsAcceptor) {
        tokio::spawn(async move {
            while let Ok((stream, _)) = self.listener.accept().await {
                tokio::spawn(answer_tls(stream, acceptor.clone(), application.clone()));
            }
        });
    }
}

async fn answer_tls(stream: TcpStream, acceptor: TlsAcceptor, application: Router) {
    if let Ok(stream) = acceptor.accept(stream).await {
        answer(TokioIo::new(stream), application).await;
    }
}

async fn answer<I>(io: I, application: Router)
where
    I: hyper::rt::Read + hyper::rt::Write + Unpin + Send + 'static,
{
    let service = TowerToHyperService::new(application);
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().max_headers(400);
    // WebSockets over HTTP/2.
    builder.http2().enable_connect_protocol();
    // What the browser breaks off is no matter here.
    let _ = builder.serve_connection_with_upgrades(io, service).await;
}

/// Certificates for this run only.
pub struct Tls {
    pub acceptor: TlsAcceptor,
    /// The certificate of the authority, as a PEM file for the browsers that must be told.
    pub authority: NamedTempFile,
}

impl Tls {
    pub fn new() -> Result<Self, Box<dyn std::error::Error>> {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        params.distinguished_name.push(DnType::CommonName, "tower-cors test authority");
        let authority_key = KeyPair::generate()?;
        let authority = params.self_signed(&authority_key)?;
        let issuer = Issuer::new(params, authority_key);
        let key = KeyPair::generate()?;
        let leaf =
            CertificateParams::new(["localhost".to_owned(), "127.0.0.1".to_owned()])?.signed_by(&key, &issuer)?;
        let chain: Vec<CertificateDer<'static>> = vec![leaf.der().clone()];
        let private = PrivateKeyDer::try_from(key.serialize_der())?;
        let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(chain, private)?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let mut file = tempfile::Builder::new().suffix(".pem").tempfile()?;
        file.write_all(authority.pem().as_bytes())?;
        Ok(Self { acceptor: TlsAcceptor::from(Arc::new(config)), authority: file })
    }
}
