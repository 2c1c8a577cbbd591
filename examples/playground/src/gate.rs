//! Who may speak to the servers. Every website can send requests to this machine, under any name that it makes resolve
//! to it (DNS rebinding).

use axum::http::header::{CONTENT_TYPE, HOST, ORIGIN};
use axum::http::request::Parts;
use tower_cors::{CorsLayer, OriginGuard, PolicyError};

use crate::places::{PREVIEW_HOST, Places};

const NAMES: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// Was it asked for by a name of this machine, and the right port?
pub fn is_asked_here(head: &Parts, port: u16) -> bool {
    NAMES.iter().any(|name| is_asked_as(head, name, port))
}

/// The same under the name of the preview deployment, where nothing is served but its frame.
pub fn is_asked_as_preview(head: &Parts, port: u16) -> bool {
    is_asked_as(head, PREVIEW_HOST, port)
}

/// Was it asked for by this very name?
pub fn is_asked_as(head: &Parts, name: &str, port: u16) -> bool {
    let mut lines = head.headers.get_all(HOST).iter();
    let (Some(host), None) = (lines.next(), lines.next()) else { return false };
    let is_this = |authority: &[u8]| {
        let with_port = authority == format!("{name}:{port}").as_bytes();
        with_port || (port == 80 && authority == name.as_bytes())
    };
    let uri = head.uri.authority();
    is_this(host.as_bytes()) && uri.is_none_or(|authority| is_this(authority.as_str().as_bytes()))
}

/// The page, and nobody else: what a policy of one origin lets in, and only with an `Origin`, which every browser sends
/// with a `POST`.
#[derive(Clone)]
pub struct OwnPage {
    guard: OriginGuard,
}

impl OwnPage {
    /// # Errors
    /// Never: an origin of this machine is one that a guard takes.
    pub fn new(places: Places) -> Result<Self, PolicyError> {
        let policy = CorsLayer::new().allow_origins([places.page_origin()]).reject_disallowed_origins(true).build()?;
        Ok(Self { guard: policy.guard()? })
    }

    pub fn admits(&self, head: &Parts) -> bool {
        head.headers.contains_key(ORIGIN) && self.guard.admits(head)
    }
}

/// No form can send it, so no other website can without being asked for a preflight, which nobody answers here.
pub fn is_json(head: &Parts) -> bool {
    let mut lines = head.headers.get_all(CONTENT_TYPE).iter();
    let (Some(line), None) = (lines.next(), lines.next()) else { return false };
    let parsed: Option<mime::Mime> = line.to_str().ok().and_then(|text| text.parse().ok());
    parsed.is_some_and(|mime| mime.essence_str() == mime::APPLICATION_JSON.essence_str())
}
