//! Findings that stop nothing: rules that are legal and void, or that rarely mean what they say.

use std::collections::BTreeMap;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use http::{HeaderName, HeaderValue, Method, Request};

use crate::compile::LONGEST_MAX_AGE_S;
use crate::compiled::{Compiled, Origins};
use crate::fetch;
use crate::origin::{Covering, HostShape, OriginPattern, Shape, is_loopback};
use crate::problem::Setting;
use crate::quote::Quoted;
use crate::trace;
use crate::values::{ExposedRule, HeadersRule, MethodsRule, OriginPredicate};

/// Something in the rules that is legal and probably not what was meant.
///
/// Its text (`Display`) says what, why, and what to write instead. See
/// [`CorsPolicy::warnings`](crate::CorsPolicy::warnings).
///
/// ```
/// use tower_cors::{CorsLayer, Setting, WarningKind};
///
/// let warnings = CorsLayer::new().allow_origins(["https://app.example.com"]).build()?.warnings();
/// let [warning] = warnings.as_slice() else { unreachable!() };
/// assert_eq!(warning.id(), "max-age-unset");
/// assert_eq!(warning.setting(), Setting::MaxAge);
/// assert_eq!(warning.kind(), &WarningKind::MaxAgeUnset);
/// assert!(warning.to_string().ends_with("write max_age(Duration::from_secs(7200))"));
/// # Ok::<(), tower_cors::PolicyError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Warning {
    setting: Setting,
    kind: WarningKind,
}

/// What a [`Warning`] is, with the value that it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WarningKind {
    /// No origin is allowed.
    NoOrigin,
    /// A list setter was called again; its earlier values are gone.
    ListReplaced,
    /// A list setter was called after `grpc_web()`; what that had added is gone.
    GrpcWebReplaced,
    /// `max_age` was not called.
    MaxAgeUnset,
    /// A max age that no browser keeps to.
    MaxAgeAboveCaps(Duration),
    /// A request header that browsers send without asking.
    SafelistedHeader(HeaderName),
    /// `origin` among the request headers.
    OriginHeader,
    /// A request header that scripts cannot set.
    ForbiddenHeader(HeaderName),
    /// A response header among the request headers.
    ResponseHeader(HeaderName),
    /// A method's name among the request headers.
    MethodAmongHeaders(HeaderName),
    /// A method that scripts cannot send.
    ForbiddenMethod(Method),
    /// `patch` in lower case, or mixed.
    PatchNotUpperCase(Method),
    /// A method that is not registered.
    UnknownMethod(Method),
    /// A response header that no script can read.
    UnreadableHeader(HeaderName),
    /// A request header among the exposed ones.
    RequestHeaderExposed(HeaderName),
    /// A response header that every script can read.
    SafelistedHeaderExposed(HeaderName),
    /// Origins on this machine beside others, with credentials.
    LocalhostBesideOthers(String),
    /// An entry that another one covers.
    #[non_exhaustive]
    RedundantOrigin {
        /// The entry.
        origin: String,
        /// The one that covers it.
        covered_by: String,
    },
    /// An application's scheme that is nearly `http` or `https`.
    #[non_exhaustive]
    SchemeLooksMistyped {
        /// The entry.
        origin: String,
        /// The origin of a web page that may have been meant.
        suggestion: Option<String>,
    },
    /// The request headers of gRPC-Web are allowed, its response headers are not exposed.
    GrpcStatusNotExposed,
    /// The predicate says yes to an origin that nobody has.
    PredicateSaysYes(String),
    /// A base was switched on that no entry needs.
    UnusedPublicSuffix(String),
    /// `null` was switched on, and nothing that the policy allows needs it.
    #[non_exhaustive]
    UnusedNullOrigin {
        /// It is not listed (`false`), or a predicate would have to be asked about it, which is not done where disallowed
        /// origins are rejected (`true`).
        rejected: bool,
    },
    /// `http` origins were switched on and none is listed.
    UnusedInsecureOrigins,
}

impl Warning {
    /// A name for the kind of finding that stays the same from version to version.
    #[must_use]
    pub fn id(&self) -> &'static str {
        match self.kind {
            WarningKind::NoOrigin => "no-origin",
            WarningKind::ListReplaced => "list-replaced",
            WarningKind::GrpcWebReplaced => "grpc-web-replaced",
            WarningKind::MaxAgeUnset => "max-age-unset",
            WarningKind::MaxAgeAboveCaps(_) => "max-age-above-caps",
            WarningKind::SafelistedHeader(_) => "safelisted-header",
            WarningKind::OriginHeader => "origin-header",
            WarningKind::ForbiddenHeader(_) => "forbidden-header",
            WarningKind::ResponseHeader(_) => "response-header",
            WarningKind::MethodAmongHeaders(_) => "method-among-headers",
            WarningKind::ForbiddenMethod(_) => "forbidden-method",
            WarningKind::PatchNotUpperCase(_) => "patch-not-upper-case",
            WarningKind::UnknownMethod(_) => "unknown-method",
            WarningKind::UnreadableHeader(_) => "unreadable-header",
            WarningKind::RequestHeaderExposed(_) => "request-header-exposed",
            WarningKind::SafelistedHeaderExposed(_) => "safelisted-header-exposed",
            WarningKind::LocalhostBesideOthers(_) => "localhost-beside-others",
            WarningKind::RedundantOrigin { .. } => "redundant-origin",
            WarningKind::SchemeLooksMistyped { .. } => "scheme-looks-mistyped",
            WarningKind::GrpcStatusNotExposed => "grpc-status-not-exposed",
            WarningKind::PredicateSaysYes(_) => "predicate-says-yes",
            WarningKind::UnusedPublicSuffix(_) => "unused-public-suffix",
            WarningKind::UnusedNullOrigin { .. } => "unused-null-origin",
            WarningKind::UnusedInsecureOrigins => "unused-insecure-origins",
        }
    }

    /// What the finding is.
    #[must_use]
    pub fn kind(&self) -> &WarningKind {
        &self.kind
    }

    /// The setting that it is about.
    #[must_use]
    pub fn setting(&self) -> Setting {
        self.setting
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            WarningKind::NoOrigin => f.write_str(
                "no origin is allowed: no page of another origin can read anything; list the origins of your pages with allow_origins",
            ),
            WarningKind::ListReplaced => write!(
                f,
                "{} was called more than once: only the last call counts; pass all values in one call",
                setter(self.setting)
            ),
            WarningKind::GrpcWebReplaced => write!(
                f,
                "{} was called after grpc_web(): what that had added to the list is gone; call grpc_web() after the lists",
                setter(self.setting)
            ),
            WarningKind::MaxAgeUnset => f.write_str(
                "max age is not set: browsers forget the answer to a preflight after 5 s and ask again; write max_age(Duration::from_secs(7200))",
            ),
            WarningKind::MaxAgeAboveCaps(max_age) => write!(
                f,
                "max age {max_age:?} is longer than any browser keeps an answer (Chromium 7200 s, Firefox 86400 s, WebKit 600 s): it is sent as 86400; write Duration::from_secs(86400)"
            ),
            WarningKind::SafelistedHeader(name) => write!(
                f,
                "request header {} is CORS-safelisted: browsers send it without asking; it can be left out",
                Quoted(name.as_str())
            ),
            WarningKind::OriginHeader => f.write_str(
                "request header \"origin\" is set by the browser, never by a script: listing it allows nothing; list origins with allow_origins, and leave it out here",
            ),
            WarningKind::ForbiddenHeader(name) => write!(
                f,
                "request header {} cannot be set by a script: it is left out of the answer; remove it{}",
                Quoted(name.as_str()),
                if name == "cookie" { ", and write allow_credentials(true) for cookies" } else { "" }
            ),
            WarningKind::ResponseHeader(name) => write!(
                f,
                "{} is a response header: a client that sends it is mistaken; remove it here and there{}",
                Quoted(name.as_str()),
                if name.as_str().starts_with("access-control-") { ", for this layer writes it on the answer" } else { "" }
            ),
            WarningKind::MethodAmongHeaders(name) => {
                let method = name.as_str().to_ascii_uppercase();
                write!(
                    f,
                    "request header {} is the name of a method; write allow_methods([Method::{method}])",
                    Quoted(name.as_str())
                )
            }
            WarningKind::ForbiddenMethod(method) => {
                write!(
                    f,
                    "method {} cannot be sent by a script: it is left out of the answer; remove it",
                    Quoted(method.as_str())
                )
            }
            WarningKind::PatchNotUpperCase(method) => write!(
                f,
                "method {} is not \"PATCH\": browsers send it as written, and upper and lower case differ; write Method::PATCH, and \"PATCH\" in the script",
                Quoted(method.as_str())
            ),
            WarningKind::UnknownMethod(method) => write!(
                f,
                "method {} is not registered: browsers compare upper and lower case; check its spelling",
                Quoted(method.as_str())
            ),
            WarningKind::UnreadableHeader(name) => {
                write!(
                    f,
                    "exposed header {} is never readable by a script: it is left out; remove it",
                    Quoted(name.as_str())
                )
            }
            WarningKind::RequestHeaderExposed(name) => write!(
                f,
                "exposed header {} is a request header: responses do not have it; remove it, or write it in allow_headers",
                Quoted(name.as_str())
            ),
            WarningKind::SafelistedHeaderExposed(name) => {
                write!(
                    f,
                    "exposed header {} is readable by every script anyway; it can be left out",
                    Quoted(name.as_str())
                )
            }
            WarningKind::LocalhostBesideOthers(origin) => write!(
                f,
                "origin {} stands beside production origins, with credentials: whatever runs on that port of a user's machine acts as that user; allow it in development only",
                Quoted(origin)
            ),
            WarningKind::RedundantOrigin { origin, covered_by } => {
                write!(f, "origin {} is covered by {}; it can be left out", Quoted(origin), Quoted(covered_by))
            }
            WarningKind::SchemeLooksMistyped { origin, suggestion } => {
                write!(
                    f,
                    "origin {} has a scheme that only an application of yours could have: pages of the web have http or https; ",
                    Quoted(origin)
                )?;
                match suggestion {
                    Some(web) => write!(f, "if the scheme is mistyped, write \"{web}\""),
                    None => f.write_str("if the scheme is mistyped, write \"https://\" and the host"),
                }
            }
            WarningKind::GrpcStatusNotExposed => f.write_str(
                "\"x-grpc-web\" is allowed and \"grpc-status\" is not exposed: clients lose the code of every error; call grpc_web() after the lists",
            ),
            WarningKind::PredicateSaysYes(origin) => write!(
                f,
                "the predicate says yes to {}, which nobody has: it probably allows every origin; compare the whole origin, or list patterns such as \"https://*.example.com\" with allow_origins",
                Quoted(origin)
            ),
            WarningKind::UnusedPublicSuffix(base) => write!(
                f,
                "dangerously_allow_public_suffix({}) lifts nothing: no entry that needs it has that base; remove the call",
                Quoted(base)
            ),
            WarningKind::UnusedNullOrigin { rejected: false } => f.write_str(
                "dangerously_allow_null_origin() allows nothing by itself: \"null\" is not listed; remove the call",
            ),
            WarningKind::UnusedNullOrigin { rejected: true } => f.write_str(
                "dangerously_allow_null_origin() allows nothing: no predicate is asked about \"null\" where disallowed origins are rejected; remove the call",
            ),
            WarningKind::UnusedInsecureOrigins => f.write_str(
                "dangerously_allow_insecure_origins() lifts nothing: no entry needs it; remove the call",
            ),
        }
    }
}

impl fmt::Debug for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if f.alternate() {
            f.debug_struct("Warning")
                .field("id", &self.id())
                .field("setting", &self.setting)
                .field("kind", &self.kind)
                .finish()
        } else {
            fmt::Display::fmt(self, f)
        }
    }
}

fn setter(setting: Setting) -> &'static str {
    match setting {
        Setting::AllowOrigins => "allow_origin or allow_origins",
        Setting::AllowMethods => "allow_methods",
        Setting::AllowHeaders => "allow_headers",
        Setting::ExposeHeaders => "expose_headers",
        Setting::Vary => "vary",
        _ => "a setter",
    }
}

/// So many warnings of one kind become events, for a list may be of any length.
const MOST_TOLD: usize = 5;

/// Tells whoever listens what a build finds, without asking a predicate.
pub(crate) fn tell(policy: &Compiled) {
    let mut told: BTreeMap<&'static str, usize> = BTreeMap::new();
    for warning in find(policy, false) {
        let id = warning.id();
        let count = told.entry(id).or_default();
        *count += 1;
        if *count <= MOST_TOLD {
            trace::event!(WARN, warning, id = id);
        }
    }
    for (id, count) in told.into_iter().filter(|(_, count)| *count > MOST_TOLD) {
        let more = format!("and {} more of these, which CorsPolicy::warnings() has", count - MOST_TOLD);
        trace::event!(WARN, more, id = id);
    }
}

/// Everything there is to find, in the order of the settings. Only where `ask` is predicates are asked: they are the
/// user's, and a build must not run what relies on a real request.
pub(crate) fn find(policy: &Compiled, ask: bool) -> Vec<Warning> {
    let mut found = Vec::new();
    for &setting in &policy.settings.replaced {
        let warning = Warning { setting, kind: WarningKind::ListReplaced };
        if !found.contains(&warning) {
            found.push(warning);
        }
    }
    let replaced = policy.settings.grpc_web_replaced.iter().filter(|setting| !is_any(policy, **setting));
    found.extend(replaced.map(|&setting| Warning { setting, kind: WarningKind::GrpcWebReplaced }));
    let mut add = |setting, kind| found.push(Warning { setting, kind });
    find_in_origins(policy, ask, &mut |kind| {
        let setting = match kind {
            WarningKind::UnusedInsecureOrigins => Setting::DangerouslyAllowInsecureOrigins,
            WarningKind::UnusedNullOrigin { .. } => Setting::DangerouslyAllowNullOrigin,
            WarningKind::UnusedPublicSuffix(_) => Setting::DangerouslyAllowPublicSuffix,
            _ => Setting::AllowOrigins,
        };
        add(setting, kind);
    });
    find_in_methods(policy, &mut |kind| add(Setting::AllowMethods, kind));
    find_in_headers(policy, &mut |kind| add(Setting::AllowHeaders, kind));
    find_in_exposed(policy, &mut |kind| add(Setting::ExposeHeaders, kind));
    match policy.settings.max_age {
        None if !matches!(&policy.origins, Origins::Listed { set, null: false } if set.is_empty()) => {
            add(Setting::MaxAge, WarningKind::MaxAgeUnset);
        }
        Some(max_age) if max_age.as_secs() > LONGEST_MAX_AGE_S => {
            add(Setting::MaxAge, WarningKind::MaxAgeAboveCaps(max_age));
        }
        _ => {}
    }
    found
}

/// Of a list that allows anything nothing is missing.
fn is_any(policy: &Compiled, setting: Setting) -> bool {
    let settings = &policy.settings;
    match setting {
        Setting::AllowMethods => settings.methods == MethodsRule::Any,
        Setting::AllowHeaders => !matches!(settings.headers, HeadersRule::List(_)),
        Setting::ExposeHeaders => settings.exposed == ExposedRule::Any,
        _ => false,
    }
}

fn find_in_origins(policy: &Compiled, ask: bool, add: &mut dyn FnMut(WarningKind)) {
    let Origins::Listed { set, null } = &policy.origins else {
        if let Origins::Predicate(predicate) = &policy.origins {
            if let Some(origin) = ask.then(|| made_up_origin_allowed(predicate)).flatten() {
                add(WarningKind::PredicateSaysYes(origin));
            }
        }
        return find_unused_switches(policy, &[], add);
    };
    if set.is_empty() && !null {
        add(WarningKind::NoOrigin);
    }
    let patterns: Vec<OriginPattern> = set.iter().filter_map(|text| text.parse().ok()).collect();
    if policy.settings.credentials && patterns.iter().any(|pattern| !is_localhost(pattern)) {
        for pattern in patterns.iter().filter(|pattern| is_localhost(pattern)) {
            add(WarningKind::LocalhostBesideOthers(pattern.to_string()));
        }
    }
    Covering::new(set).redundant(|origin, wider| {
        add(WarningKind::RedundantOrigin { origin: origin.to_owned(), covered_by: wider.to_owned() });
    });
    for pattern in &patterns {
        if let Some(scheme) = pattern.scheme_that_was_meant() {
            add(scheme_looks_mistyped(pattern.as_str(), scheme));
        }
    }
    find_unused_switches(policy, &patterns, add);
}

/// Switches that lift nothing now lift something later, when nobody thinks of them.
fn find_unused_switches(policy: &Compiled, patterns: &[OriginPattern], add: &mut dyn FnMut(WarningKind)) {
    let settings = &policy.settings;
    // A predicate may say yes to anything; of a list it is known, with the guard that may be made of it.
    let predicate = matches!(policy.origins, Origins::Predicate(_));
    if settings.allow_insecure_origins && !predicate && !patterns.iter().any(OriginPattern::is_insecure_http) {
        add(WarningKind::UnusedInsecureOrigins);
    }
    for base in &settings.allow_public_suffixes {
        if !patterns.iter().any(|pattern| pattern.open_to_strangers() == Some(base)) {
            add(WarningKind::UnusedPublicSuffix(base.clone()));
        }
    }
    let rejected = predicate && policy.reject_disallowed_origins;
    let used = matches!(policy.origins, Origins::Predicate(_) | Origins::Listed { null: true, .. });
    if settings.allow_null_origin && (rejected || !used) {
        add(WarningKind::UnusedNullOrigin { rejected });
    }
}

fn is_localhost(pattern: &OriginPattern) -> bool {
    let Shape::Origins { scheme: "http" | "https", host, .. } = pattern.shape() else { return false };
    match host {
        HostShape::Exact(host) | HostShape::Below(host) | HostShape::InLabel { rest: host, .. } => is_loopback(host),
        HostShape::Any => false,
    }
}

fn scheme_looks_mistyped(origin: &str, meant: &str) -> WarningKind {
    let rest = origin.split_once("://").map_or("", |(_, rest)| rest);
    let web = format!("{meant}://{rest}");
    let suggestion = match web.parse::<OriginPattern>() {
        Ok(_) => Some(web),
        Err(invalid) => invalid.suggestion().map(str::to_owned),
    };
    WarningKind::SchemeLooksMistyped { origin: origin.to_owned(), suggestion }
}

/// Asks about an origin that no one can have (RFC 6761), with a name that no program can have in its list.
fn made_up_origin_allowed(predicate: &OriginPredicate) -> Option<String> {
    use std::hash::{BuildHasher, RandomState};
    if cfg!(panic = "abort") {
        // A panic of the predicate could not be caught, and nobody stops a program for a warning.
        return None;
    }
    let origin = format!("https://nobody-{:x}.invalid", RandomState::new().hash_one(()));
    let value = HeaderValue::try_from(&origin).ok()?;
    let (mut parts, ()) = Request::new(()).into_parts();
    parts.headers.insert(http::header::ORIGIN, value.clone());
    // A predicate may rely on what its own server puts into a request; if it panics here, it said no.
    catch_unwind(AssertUnwindSafe(|| predicate.says_yes(&value, &parts))).unwrap_or(false).then_some(origin)
}

fn find_in_methods(policy: &Compiled, add: &mut dyn FnMut(WarningKind)) {
    let MethodsRule::List(methods) = &policy.settings.methods else { return };
    for method in methods {
        if fetch::is_forbidden_method(method.as_str()) {
            add(WarningKind::ForbiddenMethod(method.clone()));
        } else if method != Method::PATCH && method.as_str().eq_ignore_ascii_case("PATCH") {
            add(WarningKind::PatchNotUpperCase(method.clone()));
        } else if !fetch::is_known_method(method.as_str()) {
            add(WarningKind::UnknownMethod(method.clone()));
        }
    }
}

fn find_in_headers(policy: &Compiled, add: &mut dyn FnMut(WarningKind)) {
    let HeadersRule::List(names) = &policy.settings.headers else { return };
    for name in names {
        if name == http::header::ORIGIN {
            add(WarningKind::OriginHeader);
        } else if fetch::is_forbidden_request_header(name) {
            add(WarningKind::ForbiddenHeader(name.clone()));
        } else if fetch::is_response_header(name) {
            add(WarningKind::ResponseHeader(name.clone()));
        } else if fetch::is_always_safelisted_request_header(name) {
            add(WarningKind::SafelistedHeader(name.clone()));
        } else if ["get", "head", "post", "put", "patch", "delete", "options"].contains(&name.as_str()) {
            add(WarningKind::MethodAmongHeaders(name.clone()));
        }
    }
    let exposes_status = match &policy.settings.exposed {
        ExposedRule::Any => true,
        ExposedRule::List(exposed) => exposed.iter().any(|name| name == "grpc-status"),
    };
    if !exposes_status && names.iter().any(|name| name == "x-grpc-web") {
        add(WarningKind::GrpcStatusNotExposed);
    }
}

fn find_in_exposed(policy: &Compiled, add: &mut dyn FnMut(WarningKind)) {
    let ExposedRule::List(names) = &policy.settings.exposed else { return };
    for name in names {
        if fetch::is_forbidden_response_header(name) {
            add(WarningKind::UnreadableHeader(name.clone()));
        } else if fetch::is_safelisted_response_header(name) {
            add(WarningKind::SafelistedHeaderExposed(name.clone()));
        } else if fetch::is_request_header(name) {
            add(WarningKind::RequestHeaderExposed(name.clone()));
        }
    }
}
