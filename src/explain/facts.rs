//! What the head of a request says, read once.

use http::header::{ACCESS_CONTROL_REQUEST_METHOD, HOST, ORIGIN, UPGRADE};
use http::request::Parts;
use http::{HeaderName, Method};

use crate::compiled::Compiled;
use crate::fetch::SEC_FETCH_SITE;
use crate::head::{Head, Lines};
use crate::origin::{HostShape, OriginPattern, Shape, site_of};
use crate::own_origin;
use crate::policy::CorsPolicy;
use crate::quote::QuotedBytes;
use crate::reason::Refused;
use crate::verdict;

const SEC_FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");

pub(super) struct Facts<'a> {
    pub(super) policy: &'a Compiled,
    pub(super) parts: &'a Parts,
    pub(super) origin: Lines<'a>,
    /// What the policy refuses of this request, if anything.
    pub(super) refused: Option<Refused>,
    /// `Sec-Fetch-Mode`; browsers send it to https and to this machine.
    pub(super) mode: Option<&'a str>,
    /// `Sec-Fetch-Site`, likewise.
    pub(super) site: Option<&'a str>,
}

impl<'a> Facts<'a> {
    pub(super) fn of(policy: &'a CorsPolicy, parts: &'a Parts) -> Self {
        let text = |name| parts.headers.get(name).and_then(|value| value.to_str().ok());
        Self {
            policy: policy.compiled(),
            parts,
            origin: Lines::of(&parts.headers, &ORIGIN),
            refused: verdict::of(policy.compiled(), &Head::from(parts)).refused(),
            mode: text(SEC_FETCH_MODE),
            site: text(SEC_FETCH_SITE),
        }
    }

    pub(super) fn head(&self) -> Head<'a> {
        Head::from(self.parts)
    }

    pub(super) fn is_options(&self) -> bool {
        self.parts.method == Method::OPTIONS
    }

    pub(super) fn asks_method(&self) -> bool {
        self.parts.headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD)
    }

    pub(super) fn is_preflight(&self) -> bool {
        self.is_options() && self.asks_method() && !matches!(self.origin, Lines::None)
    }

    /// Over HTTP/1.1, or HTTP/2 and 3.
    pub(super) fn is_web_socket(&self) -> bool {
        self.parts.method == Method::CONNECT
            || self.mode == Some("websocket")
            || self.parts.headers.get(UPGRADE).is_some_and(|to| to.as_bytes().eq_ignore_ascii_case(b"websocket"))
    }

    /// The policy keeps the request from the service.
    pub(super) fn is_rejected(&self) -> bool {
        self.refused == Some(Refused::Request)
    }

    /// A request of a page of the service's own, which needs no permission and gets in.
    pub(super) fn is_own_page(&self) -> bool {
        let own = match self.origin {
            Lines::None => self.site == Some("same-origin"),
            Lines::One(_) | Lines::Several => self.is_own_origin(),
        };
        own && !self.is_rejected() && !self.is_preflight()
    }

    /// The policy refuses the origin of the request.
    pub(super) fn origin_refused(&self) -> bool {
        match self.refused {
            None | Some(Refused::PreflightQuestion) => false,
            Some(Refused::PreflightOrigin | Refused::Request) => true,
            // Set for the service's own pages too, which need no permission.
            Some(Refused::Response) => !self.is_own_origin(),
        }
    }

    pub(super) fn is_own_origin(&self) -> bool {
        own_origin::seems_own_origin(self.origin, self.head())
    }

    /// The only `Origin`, as text.
    pub(super) fn origin_text(&self) -> Option<&'a str> {
        match self.origin {
            Lines::One(origin) => origin.to_str().ok(),
            Lines::None | Lines::Several => None,
        }
    }

    /// The only `Origin` in quotes, escaped and cut.
    pub(super) fn origin_shown(&self) -> String {
        match self.origin {
            Lines::One(origin) => QuotedBytes(origin.as_bytes()).to_string(),
            Lines::None | Lines::Several => "none".to_owned(),
        }
    }

    /// The authority that the client asked for.
    pub(super) fn authority(&self) -> Option<&'a str> {
        own_origin::authority(self.head()).and_then(|authority| std::str::from_utf8(authority).ok())
    }

    pub(super) fn host_shown(&self) -> Option<String> {
        self.parts.headers.get(HOST).map(|host| QuotedBytes(host.as_bytes()).to_string())
    }

    /// Whether the page belongs to another site than the server, as far as that can be told.
    pub(super) fn is_cross_site(&self) -> bool {
        match self.site {
            Some(site) => site == "cross-site",
            None => match (self.origin_text().and_then(host_of), self.authority().map(without_port)) {
                (Some(page), Some(server)) => site_of(&page) != site_of(server),
                _ => false,
            },
        }
    }
}

/// The host of one exact origin.
pub(super) fn host_of(origin: &str) -> Option<String> {
    let pattern: OriginPattern = origin.parse().ok()?;
    match pattern.shape() {
        Shape::Origins { host: HostShape::Exact(host), .. } => Some(host.to_owned()),
        Shape::Origins { .. } | Shape::Any => None,
    }
}

/// An authority without its port.
pub(super) fn without_port(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    }
}
