//! Every ordered pair of setter calls, from the preset or from nothing, the switches for credentials and enforcement on or
//! off before, against a model of its own.
//!
//! The model knows the rules only: the last call of a setter is in force, `grpc_web()` adds, switches stay on.

mod support;

use std::time::Duration;

use http::header::{ETAG, HeaderName};
use http::{HeaderValue, Method, StatusCode};
use support::answer;
use tower_cors::{AllowOrigin, Any, CorsLayer};

const TRUSTED: &str = "https://app.example.com";
/// Allowed by nothing but "any origin".
const EVIL: &str = "https://evil.example";

/// What a call says, in the words of the model.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Call {
    Origins(&'static [&'static str]),
    AnyOrigin,
    MirroredOrigin,
    Predicate,
    Methods(List),
    Headers(List),
    Exposed(List),
    MaxAge(u64),
    Vary,
    Status(u16),
    GrpcWeb,
    AllowNull,
    AllowInsecure,
    AllowSuffix,
    Credentials(bool),
    Enforcement(bool),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum List {
    Any,
    One,
    Empty,
}

const CALLS: &[Call] = &[
    Call::Origins(&[TRUSTED]),
    Call::Origins(&["http://app.example.com"]),
    Call::Origins(&["http://localhost:3000", TRUSTED]),
    Call::Origins(&["https://*.netlify.app"]),
    Call::Origins(&["null"]),
    Call::Origins(&["*"]),
    Call::Origins(&[]),
    Call::AnyOrigin,
    Call::MirroredOrigin,
    Call::Predicate,
    Call::Methods(List::Any),
    Call::Methods(List::One),
    Call::Methods(List::Empty),
    Call::Headers(List::Any),
    Call::Headers(List::One),
    Call::Headers(List::Empty),
    Call::Exposed(List::Any),
    Call::Exposed(List::One),
    Call::Exposed(List::Empty),
    Call::MaxAge(0),
    Call::MaxAge(600),
    Call::Vary,
    Call::Status(200),
    Call::Status(202),
    Call::GrpcWeb,
    Call::AllowNull,
    Call::AllowInsecure,
    Call::AllowSuffix,
    Call::Credentials(true),
    Call::Credentials(false),
    Call::Enforcement(true),
    Call::Enforcement(false),
];

fn apply(call: Call, layer: CorsLayer, predicate: &AllowOrigin) -> CorsLayer {
    match call {
        Call::Origins(origins) => layer.allow_origins(origins),
        Call::AnyOrigin => layer.allow_origin(Any),
        Call::MirroredOrigin => layer.allow_origin(AllowOrigin::mirror_request()),
        Call::Predicate => layer.allow_origin(predicate.clone()),
        Call::Methods(List::Any) => layer.allow_methods(Any),
        Call::Methods(List::One) => layer.allow_methods([Method::PUT]),
        Call::Methods(List::Empty) => layer.allow_methods([]),
        Call::Headers(List::Any) => layer.allow_headers(Any),
        Call::Headers(List::One) => layer.allow_headers([HeaderName::from_static("x-a")]),
        Call::Headers(List::Empty) => layer.allow_headers([]),
        Call::Exposed(List::Any) => layer.expose_headers(Any),
        Call::Exposed(List::One) => layer.expose_headers([ETAG]),
        Call::Exposed(List::Empty) => layer.expose_headers([]),
        Call::MaxAge(seconds) => layer.max_age(Duration::from_secs(seconds)),
        Call::Vary => layer.vary([HeaderName::from_static("x-tenant")]),
        Call::Status(status) => layer.preflight_status(StatusCode::from_u16(status).unwrap()),
        Call::GrpcWeb => layer.grpc_web(),
        Call::AllowNull => layer.dangerously_allow_null_origin(),
        Call::AllowInsecure => layer.dangerously_allow_insecure_origins(),
        Call::AllowSuffix => layer.dangerously_allow_public_suffix("netlify.app"),
        Call::Credentials(on) => layer.allow_credentials(on),
        Call::Enforcement(on) => layer.reject_disallowed_origins(on),
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Origins {
    Listed(&'static [&'static str]),
    Any,
    Predicate,
}

/// A list as the model keeps it: `None` is any.
type Names = Option<Vec<&'static str>>;

#[allow(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
struct Model {
    origins: Origins,
    methods: Names,
    headers: Names,
    exposed: Names,
    max_age: Option<u64>,
    vary: bool,
    status: u16,
    null: bool,
    insecure: bool,
    suffix: bool,
    credentials: bool,
    enforcement: bool,
}

impl Model {
    fn after(calls: &[Call], permissive: bool) -> Self {
        let list = || if permissive { None } else { Some(Vec::new()) };
        let mut model = Self {
            origins: if permissive { Origins::Any } else { Origins::Listed(&[]) },
            methods: list(),
            headers: list(),
            exposed: list(),
            max_age: None,
            vary: false,
            status: 204,
            null: false,
            insecure: false,
            suffix: false,
            credentials: false,
            enforcement: false,
        };
        let one = |list, name| match list {
            List::Any => None,
            List::One => Some(vec![name]),
            List::Empty => Some(Vec::new()),
        };
        for &call in calls {
            match call {
                Call::Origins(["*"]) | Call::AnyOrigin | Call::MirroredOrigin => model.origins = Origins::Any,
                Call::Origins(origins) => model.origins = Origins::Listed(origins),
                Call::Predicate => model.origins = Origins::Predicate,
                Call::Methods(list) => model.methods = one(list, "PUT"),
                Call::Headers(list) => model.headers = one(list, "x-a"),
                Call::Exposed(list) => model.exposed = one(list, "etag"),
                Call::MaxAge(seconds) => model.max_age = Some(seconds),
                Call::Vary => model.vary = true,
                Call::Status(status) => model.status = status,
                Call::GrpcWeb => {
                    let add = |names: &mut Names, more: &[&'static str]| {
                        if let Some(names) = names {
                            names.extend(more.iter().filter(|name| !names.contains(name)).collect::<Vec<_>>());
                        }
                    };
                    add(&mut model.methods, &["POST"]);
                    add(&mut model.headers, &["content-type", "x-grpc-web", "x-user-agent", "grpc-timeout"]);
                    add(&mut model.exposed, &["grpc-status", "grpc-message", "grpc-status-details-bin"]);
                }
                Call::AllowNull => model.null = true,
                Call::AllowInsecure => model.insecure = true,
                Call::AllowSuffix => model.suffix = true,
                Call::Credentials(on) => model.credentials = on,
                Call::Enforcement(on) => model.enforcement = on,
            }
        }
        model
    }

    fn problems(&self) -> Vec<&'static str> {
        let trusting = self.credentials || self.enforcement;
        let mut codes = match self.origins {
            Origins::Any if trusting => vec!["any-origin-trusted"],
            Origins::Any | Origins::Predicate => vec![],
            Origins::Listed(origins) => {
                let code = |origin: &&'static str| match *origin {
                    "null" if self.enforcement => Some("null-origin-trusted"),
                    "null" if !self.null => Some("null-origin"),
                    "http://app.example.com" if trusting && !self.insecure => Some("insecure-origin"),
                    "https://*.netlify.app" if trusting && !self.suffix => Some("origin-open-to-strangers"),
                    _ => None,
                };
                origins.iter().filter_map(code).collect()
            }
        };
        if self.status == 202 {
            codes.push("preflight-status");
        }
        codes
    }

    /// An origin that is allowed, if there is one.
    fn allowed_origin(&self) -> Option<&'static str> {
        match self.origins {
            Origins::Any | Origins::Predicate => Some(TRUSTED),
            Origins::Listed([]) => None,
            Origins::Listed(["https://*.netlify.app"]) => Some("https://mine.netlify.app"),
            Origins::Listed([origin, ..]) => Some(origin),
        }
    }

    fn preflight(&self, origin: &str) -> String {
        let mut lines = vec![self.status.to_string()];
        if self.credentials {
            lines.push("access-control-allow-credentials: true".into());
        }
        let permission = |names: &Names, any: &str, asked: &str| match names {
            None if self.credentials => Some(asked.to_owned()),
            None => Some(any.to_owned()),
            Some(names) if names.is_empty() => None,
            Some(names) => Some(names.join(",")),
        };
        let headers = permission(&self.headers, "*,authorization", "x-asked");
        lines.extend(headers.map(|names| format!("access-control-allow-headers: {names}")));
        let methods = permission(&self.methods, "*", "PATCH");
        lines.extend(methods.map(|names| format!("access-control-allow-methods: {names}")));
        let allowed = if self.origins == Origins::Any { "*" } else { origin };
        lines.push(format!("access-control-allow-origin: {allowed}"));
        lines.extend(self.max_age.map(|seconds| format!("access-control-max-age: {seconds}")));
        if self.status == 200 {
            lines.push("content-length: 0".into());
        }
        lines.push(format!("vary: {PREFLIGHT_VARY}{}", self.own_vary()));
        lines.push("(not called)".into());
        lines.join("\n")
    }

    fn actual(&self, origin: &str) -> String {
        let mut lines = vec!["200".to_owned()];
        if self.credentials {
            lines.push("access-control-allow-credentials: true".into());
        }
        let allowed = if self.origins == Origins::Any { "*" } else { origin };
        lines.push(format!("access-control-allow-origin: {allowed}"));
        match &self.exposed {
            None if self.credentials => lines.push("access-control-expose-headers: x-there,vary".into()),
            None => lines.push("access-control-expose-headers: *".into()),
            Some(names) if names.is_empty() => {}
            Some(names) => lines.push(format!("access-control-expose-headers: {}", names.join(","))),
        }
        match (self.origins == Origins::Any, self.vary) {
            (false, false) => lines.push("vary: origin".into()),
            (false, true) => lines.push("vary: origin, x-tenant".into()),
            (true, true) => lines.push("vary: x-tenant".into()),
            (true, false) => {}
        }
        lines.extend(["x-there: 1".into(), "(inner)".into()]);
        lines.join("\n")
    }

    /// The answer to a preflight of an origin that is not allowed.
    fn denied(&self) -> String {
        self.refused(PREFLIGHT_VARY)
    }

    /// The answer to any other request of such an origin.
    fn not_permitted(&self) -> String {
        if self.enforcement {
            self.refused("origin")
        } else {
            format!("200\nvary: origin{}\nx-there: 1\n(inner)", self.own_vary())
        }
    }

    fn refused(&self, vary: &str) -> String {
        let no_store = if self.enforcement { "cache-control: no-store\n" } else { "" };
        format!("403\n{no_store}vary: {vary}{}\n(not called)", self.own_vary())
    }

    fn own_vary(&self) -> &'static str {
        if self.vary { ", x-tenant" } else { "" }
    }
}

const PREFLIGHT_VARY: &str = "origin, access-control-request-method, access-control-request-headers";

#[test]
fn pairs_of_setters() {
    let predicate = AllowOrigin::predicate(|origin: &HeaderValue, _| origin == TRUSTED);
    let mut checked = 0;
    for first in CALLS {
        for second in CALLS {
            for (permissive, credentials, enforcement) in switches() {
                let calls = [Call::Credentials(credentials), Call::Enforcement(enforcement), *first, *second];
                let start = if permissive { CorsLayer::permissive() } else { CorsLayer::new() };
                let layer = calls.iter().fold(start, |layer, call| apply(*call, layer, &predicate));
                let model = Model::after(&calls, permissive);
                let context = format!("permissive: {permissive}, {calls:?}");
                if let Err(error) = layer.clone().build() {
                    let codes: Vec<_> = error.problems().map(tower_cors::Problem::code).collect();
                    assert_eq!(codes, model.problems(), "{context}");
                } else {
                    assert_eq!(model.problems(), [""; 0], "{context}");
                    check_answers(&layer, &model, &context);
                }
                checked += 1;
            }
        }
    }
    assert_eq!(checked, CALLS.len() * CALLS.len() * 8);
}

fn switches() -> impl Iterator<Item = (bool, bool, bool)> {
    (0..8).map(|bits| (bits & 1 != 0, bits & 2 != 0, bits & 4 != 0))
}

fn check_answers(layer: &CorsLayer, model: &Model, context: &str) {
    let (nobody, anybody) = (model.allowed_origin().is_none(), model.origins == Origins::Any);
    let asked = [(model.allowed_origin().unwrap_or(TRUSTED), !nobody), (EVIL, anybody)];
    for (origin, allowed) in asked {
        let preflight = format!(
            "OPTIONS /\norigin: {origin}\naccess-control-request-method: PATCH\naccess-control-request-headers: x-asked"
        );
        let expected = if allowed { model.preflight(origin) } else { model.denied() };
        assert_eq!(answer(layer, &preflight, ""), expected, "{context}, {origin}");
        let actual = format!("POST /\norigin: {origin}");
        let expected = if allowed { model.actual(origin) } else { model.not_permitted() };
        assert_eq!(answer(layer, &actual, "200\nx-there: 1"), expected, "{context}, {origin}");
    }
}

#[test]
fn calling_a_list_setter_again_is_a_warning() {
    let replaced = |layer: CorsLayer| -> Vec<String> {
        let warnings = layer.build().unwrap().warnings();
        warnings
            .iter()
            .filter(|warning| warning.id() == "list-replaced")
            .map(|warning| format!("{:?}", warning.setting()))
            .collect()
    };
    let once = CorsLayer::permissive().allow_origins([TRUSTED]).allow_methods([Method::PUT]).max_age(Duration::ZERO);
    assert!(replaced(once.clone()).is_empty());
    assert_eq!(replaced(once.clone().allow_origin(Any)), ["AllowOrigins"]);
    assert_eq!(replaced(once.clone().allow_methods(Any).allow_methods(Any)), ["AllowMethods"]);
    assert!(replaced(once.clone().max_age(Duration::ZERO).grpc_web()).is_empty());
}
