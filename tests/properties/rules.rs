//! Random rules, and the layer that they make.

use std::time::Duration;

use http::{HeaderName, HeaderValue, Method, StatusCode};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use tower_cors::{AllowHeaders, AllowOrigin, Any as AnyValue, CorsLayer};

/// Patterns that any policy may trust.
pub const TRUSTED: &[&str] = &[
    "https://app.example.com",
    "https://www.example.com",
    "https://*.example.com",
    "https://*.example.com:8443",
    "https://*.b.example.com:*",
    "https://pr-*.preview.example.com",
    "https://*-web.preview.example.com:8443",
    "https://dev.example.com:*",
    "https://xn--bcher-kva.example",
    "https://example.com",
    "https://app.example.com.",
    "https://[2001:db8::1]:8443",
    "http://localhost:3000",
    "http://localhost:*",
    "http://127.0.0.1:8080",
    "http://*.localhost:*",
    "capacitor://localhost",
];

/// Patterns that only policies without credentials and enforcement may have.
const UNTRUSTED: &[&str] =
    &["http://app.example.com", "http://*.example.com", "https://*.github.io", "app://*", "null"];

pub const METHODS: &[&str] =
    &["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "patch", "put", "OPTIONS", "QUERY", "x-Brew"];

pub const HEADERS: &[&str] =
    &["authorization", "content-type", "range", "x-a", "x-b", "x-upper", "accept-language", "grpc-timeout", "cookie"];

pub const RESPONSE_HEADERS: &[&str] =
    &["etag", "x-a", "x-secret", "content-type", "cache-control", "set-cookie", "age"];

#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct Rules {
    pub origins: Origins,
    pub methods: Names,
    pub headers: Names,
    /// `AllowHeaders::any_except_authorization()`, where `headers` is any.
    pub except_authorization: bool,
    pub exposed: Names,
    pub credentials: bool,
    pub enforcement: bool,
    pub max_age: Option<u64>,
    pub ok: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Origins {
    Any,
    Listed(Vec<&'static str>),
    /// Says yes to whatever is not on this list.
    Predicate {
        no: Vec<&'static str>,
        null: bool,
    },
}

#[derive(Clone, Debug, PartialEq)]
pub enum Names {
    Any,
    Listed(Vec<&'static str>),
}

fn names(from: &'static [&'static str]) -> impl Strategy<Value = Names> {
    prop_oneof![
        1 => Just(Names::Any),
        3 => subsequence(from, 0..from.len()).prop_shuffle().prop_map(Names::Listed),
    ]
}

pub fn rules() -> impl Strategy<Value = Rules> {
    let origins = |trusting: bool| {
        let all: Vec<&'static str> = if trusting { TRUSTED.to_vec() } else { [TRUSTED, UNTRUSTED].concat() };
        let listed = subsequence(all, 0..6).prop_shuffle().prop_map(Origins::Listed);
        let predicate = (subsequence(super::oracle::ORIGINS, 0..20), any::<bool>())
            .prop_map(|(no, null)| Origins::Predicate { no, null });
        if trusting {
            prop_oneof![4 => listed, 1 => predicate].boxed()
        } else {
            prop_oneof![4 => listed, 1 => predicate, 1 => Just(Origins::Any)].boxed()
        }
    };
    (any::<bool>(), any::<bool>()).prop_flat_map(move |(credentials, enforcement)| {
        (
            origins(credentials || enforcement),
            names(METHODS),
            names(HEADERS),
            any::<bool>(),
            names(RESPONSE_HEADERS),
            prop::option::of(select(&[0_u64, 600, 100_000][..])),
            any::<bool>(),
        )
            .prop_map(move |(origins, methods, headers, except_authorization, exposed, max_age, ok)| Rules {
                origins,
                methods,
                headers,
                except_authorization,
                exposed,
                credentials,
                enforcement,
                max_age,
                ok,
            })
    })
}

impl Rules {
    pub fn layer(&self) -> CorsLayer {
        let mut layer = CorsLayer::new()
            .allow_credentials(self.credentials)
            .reject_disallowed_origins(self.enforcement)
            .preflight_status(if self.ok { StatusCode::OK } else { StatusCode::NO_CONTENT });
        layer = match self.origins.clone() {
            Origins::Any => layer.allow_origin(AnyValue),
            Origins::Listed(patterns) => {
                if patterns.contains(&"null") {
                    layer = layer.dangerously_allow_null_origin();
                }
                layer.allow_origins(patterns)
            }
            Origins::Predicate { no, null } => {
                if null {
                    layer = layer.dangerously_allow_null_origin();
                }
                layer.allow_origin(AllowOrigin::predicate(move |origin: &HeaderValue, _| {
                    no.iter().all(|other| origin != other)
                }))
            }
        };
        layer = match &self.methods {
            Names::Any => layer.allow_methods(AnyValue),
            Names::Listed(names) => layer.allow_methods(
                names.iter().map(|name| Method::from_bytes(name.as_bytes()).unwrap()).collect::<Vec<_>>(),
            ),
        };
        layer = match &self.headers {
            Names::Any if self.except_authorization => layer.allow_headers(AllowHeaders::any_except_authorization()),
            Names::Any => layer.allow_headers(AnyValue),
            Names::Listed(names) => layer.allow_headers(header_names(names)),
        };
        layer = match &self.exposed {
            Names::Any => layer.expose_headers(AnyValue),
            Names::Listed(names) => layer.expose_headers(header_names(names)),
        };
        if let Some(seconds) = self.max_age {
            layer = layer.max_age(Duration::from_secs(seconds));
        }
        layer
    }
}

fn header_names(names: &[&'static str]) -> Vec<HeaderName> {
    names.iter().copied().map(HeaderName::from_static).collect()
}
