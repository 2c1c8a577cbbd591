//! Who wrote an answer that was seen, and what it says to the browser.

use std::fmt::Write as _;

use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_ORIGIN, AGE, AUTHORIZATION, COOKIE, ORIGIN, SERVER,
    SET_COOKIE, VARY,
};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, response};

use crate::compiled::Origins;
use crate::decision::Decision;
use crate::fetch;
use crate::head::Lines;
use crate::origin::is_loopback;
use crate::policy::CorsPolicy;
use crate::vary::elements;

use super::cause::Cause;
use super::facts::{Facts, without_port};
use super::words::{Article, OUTERMOST, names, quoted, quoted_bytes};
use super::{Explanation, Observed, redirect, request};

const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

pub(super) fn explain(policy: &CorsPolicy, facts: &Facts<'_>, observed: Observed<'_>) -> Explanation {
    let Some(answer) = observed.response else { return nothing(facts, observed.reached_layer) };
    if facts.is_own_page() {
        // Permission is needed only where a redirect leads away from there.
        let follows = !matches!(facts.mode, Some("no-cors" | "navigate" | "websocket"));
        let away = follows && answer.status.is_redirection() && redirect::leads_away(facts, answer);
        return if away { redirect::explain(facts, answer, true) } else { request::explain(facts) };
    }
    if facts.mode == Some("no-cors") && !facts.is_rejected() {
        return without_cors(answer);
    }
    let handshake = facts.is_web_socket() && !facts.is_preflight();
    if handshake || (observed.reached_layer.is_none() && is_simply_unasked(facts)) {
        return request::explain(facts);
    }
    let expected = expected(policy, facts, answer);
    let differing = differing(&expected.headers, &answer.headers);
    let by_this_layer = !matches!(expected.kind, Kind::Forwarded);
    let same_status = !by_this_layer || expected.status == answer.status;
    if same_status && differing.is_empty() {
        ours(facts, answer)
    } else {
        let foreign = Foreign { policy, facts, answer, expected: &expected, differing: &differing };
        foreign.explain(observed.reached_layer)
    }
}

/// Nothing came back.
fn nothing(facts: &Facts<'_>, reached: Option<bool>) -> Explanation {
    let plain_http = facts.parts.uri.scheme_str() == Some("http");
    let this_machine = facts.authority().is_some_and(|authority| is_loopback(without_port(authority)));
    if plain_http && !this_machine && facts.origin_text().is_some_and(|origin| origin.starts_with("https://")) {
        return Explanation::new(
            Cause::MixedContent,
            "no CORS matter: a page that came over https may not ask an http address (mixed content), so the browser never \
             sent the request; serve this service over https, and write https:// in the script",
        );
    }
    // Chrome and others show an answer that they block as none: status 0, (failed).
    let why = request::explain(facts);
    if reached.is_none() && is_refusal(facts, why.cause()) {
        let text = format!("{why}; in developer tools that may be shown as a request that failed, without an answer");
        return Explanation { text, ..why };
    }
    if reached != Some(true) && is_local_for_a_public_page(facts) {
        return Explanation::new(
            Cause::NoAnswer,
            "no CORS matter: no answer reached the browser: a public page asks a server of this machine or of a local network, \
             for which browsers ask the user first (Local Network Access), a permission that the user did not give perhaps: \
             allow it in the browser, in the settings of that page, for no header of a server can; else look for a wrong \
             address or port, or a server that is down",
        );
    }
    let text = if reached == Some(true) {
        "no CORS matter: the request came here and no answer went back: a panic or a time-out closed the connection; put a \
         layer that turns them into answers (CatchPanicLayer, TimeoutLayer of tower-http) inside of this one"
    } else {
        "no CORS matter: no answer reached the browser: look for a wrong address or port, a server that is down or that \
         closed the connection (a panic, a time-out), a certificate that is not trusted, an ad blocker or another \
         extension, a Content-Security-Policy of the page (connect-src), an https page that asks plain http, or a permission \
         for the local network that the user did not give"
    };
    Explanation::new(Cause::NoAnswer, text)
}

/// Whether the policy itself is why the page gets nothing.
fn is_refusal(facts: &Facts<'_>, cause: Cause) -> bool {
    let no_matter = [
        Cause::Allowed,
        Cause::OwnOrigin,
        Cause::NoOrigin,
        Cause::OriginRemoved,
        Cause::NoRequestMethod,
        Cause::NoCorsMode,
        Cause::Navigation,
        Cause::PrivateNetwork,
    ];
    !no_matter.contains(&cause) && (!facts.is_web_socket() || facts.is_rejected())
}

/// Whether a page of the internet asks this machine, or one of a local network.
fn is_local_for_a_public_page(facts: &Facts<'_>) -> bool {
    let is_local = |host: &str| is_loopback(host) || super::nearby::is_private(host);
    let page = facts.origin_text().filter(|origin| origin.starts_with("http")).and_then(super::facts::host_of);
    page.is_some_and(|page| !is_local(&page))
        && facts.authority().is_some_and(|authority| is_local(without_port(authority)))
}

/// Mode no-cors: only `Cross-Origin-Resource-Policy` counts, and the page reads nothing in any case.
fn without_cors(answer: &response::Parts) -> Explanation {
    match answer.headers.get(RESOURCE_POLICY).and_then(|policy| policy.to_str().ok()) {
        Some(policy @ ("same-origin" | "same-site")) => Explanation::new(
            Cause::ResourcePolicy,
            format!(
                "no CORS matter: the answer says Cross-Origin-Resource-Policy: {policy}, and the page asks for it without \
                 CORS; write crossorigin=\"anonymous\" on the element, so that this policy decides, or let the service \
                 answer cross-origin"
            ),
        ),
        _ => request::no_cors(),
    }
}

/// A test without `Origin`, or a request that needs no permission: the answer does not matter.
fn is_simply_unasked(facts: &Facts<'_>) -> bool {
    let any = matches!(facts.policy.origins, Origins::Any);
    matches!(facts.origin, Lines::None) && (!any || facts.is_options()) || matches!(facts.mode, Some("navigate"))
}

/// What this layer would have answered.
struct Expected {
    kind: Kind,
    status: StatusCode,
    headers: HeaderMap,
}

enum Kind {
    /// By the layer itself.
    Own,
    /// By the service, with the headers of this layer.
    Forwarded,
}

fn expected(policy: &CorsPolicy, facts: &Facts<'_>, answer: &response::Parts) -> Expected {
    match policy.decide_quietly(facts.head()) {
        Decision::Respond(respond) => {
            let (head, ()) = respond.into_response::<()>().into_parts();
            Expected { kind: Kind::Own, status: head.status, headers: head.headers }
        }
        Decision::Forward(cors) => {
            // The answer as the service may have given it; the layer takes the Access-Control headers away itself.
            let mut response = Response::new(());
            *response.status_mut() = answer.status;
            *response.headers_mut() = answer.headers.clone();
            cors.decorate(&mut response);
            let (head, ()) = response.into_parts();
            Expected { kind: Kind::Forwarded, status: head.status, headers: head.headers }
        }
    }
}

/// The `Access-Control-*` headers that are not as this layer writes them.
fn differing(expected: &HeaderMap, seen: &HeaderMap) -> Vec<HeaderName> {
    let lines =
        |headers: &HeaderMap, name: &HeaderName| headers.get_all(name).iter().cloned().collect::<Vec<HeaderValue>>();
    let mut names: Vec<HeaderName> = expected
        .keys()
        .chain(seen.keys().filter(|name| !expected.contains_key(*name)))
        .filter(|name| name.as_str().starts_with("access-control-"))
        .filter(|name| lines(expected, name) != lines(seen, name))
        .cloned()
        .collect();
    // The one that decides first comes first.
    names.sort_by_key(|name| (*name != ACCESS_CONTROL_ALLOW_ORIGIN, *name != ACCESS_CONTROL_ALLOW_CREDENTIALS));
    names
}

/// As this layer writes it: then the policy decides, or it is no CORS matter.
fn ours(facts: &Facts<'_>, answer: &response::Parts) -> Explanation {
    let verdict = request::explain(facts);
    if facts.is_preflight() || verdict.cause() != Cause::Allowed {
        return verdict;
    }
    let status = answer.status;
    if status.is_redirection() && answer.headers.contains_key(http::header::LOCATION) {
        return redirect::explain(facts, answer, true);
    }
    if status.is_client_error() || status.is_server_error() {
        return error(facts, answer);
    }
    // First, for a cookie or an unreadable header is found in most answers.
    let varies = facts.parts.headers.contains_key(ORIGIN) && !matches!(facts.policy.origins, Origins::Any);
    if varies && !lists(&answer.headers, &ORIGIN) {
        return Explanation::new(
            Cause::VaryRemoved,
            "the browser lets the page read this answer, but Vary: origin, which this layer writes, is missing, so that a \
             cache gives it to pages of other origins too: let the proxy or CDN in front keep Vary",
        );
    }
    if let Some(explanation) = cookie(facts, answer) {
        return explanation;
    }
    if let Some(explanation) = unexposed(answer) {
        return explanation;
    }
    Explanation::new(
        Cause::Allowed,
        format!(
            "this layer wrote the permission, and the browser lets the page read this answer{}{}",
            notes(answer),
            super::words::credentials_note(facts.policy)
        ),
    )
}

fn error(facts: &Facts<'_>, answer: &response::Parts) -> Explanation {
    let status = answer.status;
    let headers = &facts.parts.headers;
    let anonymous = !headers.contains_key(COOKIE) && !headers.contains_key(AUTHORIZATION);
    if matches!(status.as_u16(), 401 | 403) && anonymous {
        let credentials = if facts.policy.credentials {
            "write credentials: \"include\" (withCredentials) in the script, and SameSite=None; Secure on a cookie that \
             goes to another site (which some browsers send to none), or send an Authorization header"
        } else {
            "send an Authorization header, or write allow_credentials(true) here and credentials: \"include\" in the script \
             for cookies"
        };
        return Explanation::new(
            Cause::CookieNotSent,
            format!(
                "no CORS matter: the page can read this {}, by which the service says that the request carried no cookie \
                 and no Authorization; {credentials}",
                status.as_u16()
            ),
        );
    }
    Explanation::new(
        Cause::ServiceError,
        format!(
            "no CORS matter: the page can read this {}, which the service answered; look for its reason there{}",
            status.as_u16(),
            notes(answer)
        ),
    )
}

/// Cookies that the browser does not keep, although the page may read the answer.
fn cookie(facts: &Facts<'_>, answer: &response::Parts) -> Option<Explanation> {
    let cookies: Vec<&str> = cookies(answer).filter(|cookie| !is_of_proxy(cookie_name(cookie))).collect();
    if cookies.is_empty() {
        return None;
    }
    if !facts.policy.credentials {
        return Some(request::credentials(
            facts,
            "the answer sets a cookie, which browsers keep only if the page sends credentials",
        ));
    }
    if let Some(explanation) = cookies.iter().find_map(|cookie| refused_anywhere(facts, cookie)) {
        return Some(explanation);
    }
    if !facts.is_cross_site() {
        return None;
    }
    let keeps = |cookie: &&&str| {
        let mut attributes = cookie.split(';').skip(1).map(|attribute| attribute.trim().to_ascii_lowercase());
        let none = attributes.clone().any(|attribute| attribute.replace(' ', "") == "samesite=none");
        none && attributes.any(|attribute| attribute == "secure")
    };
    let lost = cookies.iter().find(|cookie| !keeps(cookie))?;
    Some(Explanation::new(
        Cause::CookieNotKept,
        format!(
            "no CORS matter: the page can read this answer, but the browser does not keep cookie {} of another site without \
             SameSite=None; Secure; set both where the cookie is made, or serve page and service from one site",
            quoted(cookie_name(lost))
        ),
    ))
}

/// A cookie that a browser does not take from this service, whatever page asks.
fn refused_anywhere(facts: &Facts<'_>, cookie: &str) -> Option<Explanation> {
    let host = facts.authority().map(|authority| without_port(authority).to_ascii_lowercase())?;
    let mut attributes =
        cookie.split(';').skip(1).map(|attribute| attribute.split_once('=').unwrap_or((attribute, "")));
    let is = |name: &str, wanted: &str| name.trim().eq_ignore_ascii_case(wanted);
    let domain = attributes.clone().find(|(name, _)| is(name, "domain")).map(|(_, domain)| domain.trim());
    let domain = domain.map(|domain| domain.strip_prefix('.').unwrap_or(domain).to_ascii_lowercase());
    let is_foreign = |domain: &String| {
        let covers = host.strip_suffix(domain.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
        !domain.is_empty() && !covers
    };
    let why = if let Some(domain) = domain.filter(is_foreign) {
        format!(
            "with Domain {}, which is neither the host of this service ({}) nor a domain above it; remove Domain where the \
             cookie is made, or name a domain that page and service share",
            quoted(&domain),
            quoted(&host)
        )
    } else if facts.parts.uri.scheme_str() == Some("http")
        && !is_loopback(&host)
        && attributes.any(|(name, _)| is(name, "secure"))
    {
        "with Secure from a service on plain http; serve it over https".to_owned()
    } else {
        return None;
    };
    Some(Explanation::new(
        Cause::CookieNotKept,
        format!(
            "no CORS matter: the page can read this answer, but the browser does not keep cookie {} {why}",
            quoted(cookie_name(cookie))
        ),
    ))
}

fn cookies(answer: &response::Parts) -> impl Iterator<Item = &str> {
    answer.headers.get_all(SET_COOKIE).iter().filter_map(|cookie| cookie.to_str().ok())
}

fn cookie_name(cookie: &str) -> &str {
    cookie.split(['=', ';']).next().unwrap_or_default().trim()
}

/// Cookies by which balancers, firewalls and networks know a browser again; no page misses them.
fn is_of_proxy(cookie: &str) -> bool {
    const NAMES: &[&str] = &["route", "SERVERID", "GCLB", "INGRESSCOOKIE", "AWSELB", "AWSELBCORS"];
    const PREFIXES: &[&str] = &[
        "AWSALB",
        "ARRAffinity",
        "ApplicationGatewayAffinity",
        "BIGipServer",
        "TS01",
        "_cfuvid",
        "__cf",
        "cf_",
        "incap_ses_",
        "visid_incap_",
        "nlbi_",
        "ak_bmsc",
    ];
    NAMES.contains(&cookie) || PREFIXES.iter().any(|prefix| cookie.starts_with(prefix))
}

/// Headers of the answer that a script cannot read.
struct Hidden<'a> {
    names: Vec<&'a str>,
    /// A script would look for one of them: it is not of the kind that most answers have.
    is_missed: bool,
}

fn hidden(answer: &response::Parts) -> Hidden<'_> {
    /// Headers that most answers of a server, a proxy or a network have, and few scripts look for.
    const COMMON: &[&str] =
        &["etag", "request-id", "traceparent", "tracestate", "x-correlation-id", "x-request-id", "x-runtime"];
    const COMMON_PREFIXES: &[&str] = &[
        "akamai-",
        "cdn-",
        "cf-",
        "fastly-",
        "fly-",
        "x-akamai-",
        "x-amz-",
        "x-amzn-",
        "x-azure-",
        "x-b3-",
        "x-cloud-",
        "x-envoy-",
        "x-fastly-",
        "x-goog-",
        "x-ms-",
        "x-nf-",
        "x-trace-",
        "x-vercel-",
    ];
    /// Headers of servers and proxies that are of no use to a script.
    const OF_SERVERS: &[&str] = &[
        "accept-ranges",
        "age",
        "alt-svc",
        "connection",
        "content-encoding",
        "content-security-policy",
        "cross-origin-embedder-policy",
        "cross-origin-opener-policy",
        "cross-origin-resource-policy",
        "date",
        "keep-alive",
        "nel",
        "permissions-policy",
        "referrer-policy",
        "report-to",
        "server",
        "server-timing",
        "strict-transport-security",
        "timing-allow-origin",
        "transfer-encoding",
        "vary",
        "via",
        "x-cache",
        "x-cache-hits",
        "x-cache-status",
        "x-content-type-options",
        "x-download-options",
        "x-frame-options",
        "x-permitted-cross-domain-policies",
        "x-powered-by",
        "x-proxy-cache",
        "x-robots-tag",
        "x-served-by",
        "x-timer",
        "x-ua-compatible",
        "x-varnish",
        "x-xss-protection",
    ];
    let lines = answer.headers.get_all(http::header::ACCESS_CONTROL_EXPOSE_HEADERS);
    let exposed: Vec<&[u8]> = lines.iter().flat_map(elements).collect();
    let everything = exposed.contains(&&b"*"[..]);
    let names: Vec<&str> = answer
        .headers
        .keys()
        .filter(|name| !fetch::is_safelisted_response_header(name) && !fetch::is_forbidden_response_header(name))
        .map(HeaderName::as_str)
        .filter(|name| !name.starts_with("access-control-") && !OF_SERVERS.contains(name))
        .filter(|name| !everything && !exposed.iter().any(|exposed| exposed.eq_ignore_ascii_case(name.as_bytes())))
        .collect();
    let is_common =
        |name: &&str| COMMON.contains(name) || COMMON_PREFIXES.iter().any(|prefix| name.starts_with(prefix));
    let is_missed = !names.iter().all(is_common);
    Hidden { names, is_missed }
}

/// Headers of the answer that a script would look for in vain.
fn unexposed(answer: &response::Parts) -> Option<Explanation> {
    let hidden = hidden(answer);
    hidden.is_missed.then(|| {
        Explanation::new(
            Cause::HeaderNotExposed,
            format!(
                "the browser lets the page read this answer, but not its header{} {}, which a script sees as null: add what \
                 it needs to expose_headers",
                if hidden.names.len() == 1 { "" } else { "s" },
                names(&hidden.names)
            ),
        )
    })
}

/// What a page may still miss of an answer that it can read, and mostly does not.
fn notes(answer: &response::Parts) -> String {
    let mut notes = String::new();
    let hidden = hidden(answer).names;
    if !hidden.is_empty() {
        let _ = write!(notes, "; a script that needs its {} finds null unless expose_headers has it", names(&hidden));
    }
    let of_proxies: Vec<&str> = cookies(answer).map(cookie_name).filter(|name| is_of_proxy(name)).collect();
    if !of_proxies.is_empty() {
        let _ = write!(
            notes,
            "; no page misses {}, a cookie of a proxy, where the browser does not keep it",
            names(&of_proxies)
        );
    }
    notes
}

/// Whether `Vary` names this header, or everything.
fn lists(headers: &HeaderMap, name: &HeaderName) -> bool {
    headers
        .get_all(VARY)
        .iter()
        .flat_map(elements)
        .any(|element| element == b"*" || element.eq_ignore_ascii_case(name.as_str().as_bytes()))
}

/// An answer that is not as this layer writes it.
struct Foreign<'a> {
    policy: &'a CorsPolicy,
    facts: &'a Facts<'a>,
    answer: &'a response::Parts,
    expected: &'a Expected,
    differing: &'a [HeaderName],
}

impl Foreign<'_> {
    fn explain(&self, reached: Option<bool>) -> Explanation {
        let headers = &self.answer.headers;
        let mut origins = headers.get_all(ACCESS_CONTROL_ALLOW_ORIGIN).iter();
        match (origins.next(), origins.next()) {
            (Some(_), Some(_)) => {
                Self::doubled("Access-Control-Allow-Origin", &lines(headers, &ACCESS_CONTROL_ALLOW_ORIGIN))
            }
            (Some(one), None) if one.as_bytes().trim_ascii().iter().any(|byte| b", ".contains(byte)) => {
                Self::doubled("Access-Control-Allow-Origin", &lines(headers, &ACCESS_CONTROL_ALLOW_ORIGIN))
            }
            (Some(one), None) => self.other(one),
            (None, _) if reached == Some(true) => self.removed(),
            (None, _) => self.missing(reached),
        }
    }

    fn doubled(name: &str, values: &str) -> Explanation {
        Explanation::new(
            Cause::DoubledHeader,
            format!(
                "{name} has two values, {values}, which browsers refuse even if they are equal: this layer writes one, so \
                 something outside of it adds another; remove it from the proxy, gateway or second CORS layer there"
            ),
        )
    }

    /// There is one `Access-Control-Allow-Origin`.
    fn other(&self, seen: &HeaderValue) -> Explanation {
        let expected = self.expected.headers.get(ACCESS_CONTROL_ALLOW_ORIGIN);
        let origin = self.facts.origin_text();
        if Some(seen) == expected {
            return self.altered();
        }
        let for_another = expected.is_some() && seen != "*" && seen.to_str().ok() != origin;
        if for_another && self.policy.allows_origin(seen.as_bytes()) {
            let why = if lists(&self.answer.headers, &ORIGIN) {
                "which does not keep to Vary: origin; make Origin part of the key of that cache"
            } else {
                "because Vary: origin, which this layer writes, was removed on the way; let the proxy or CDN keep it, and \
                 empty the cache"
            };
            return Explanation::new(
                Cause::CachedAnswer,
                format!(
                    "the answer permits {}, not {}: a cache gave what was stored for another origin, {why}",
                    quoted_bytes(seen.as_bytes()),
                    self.facts.origin_shown()
                ),
            );
        }
        if expected.is_none() && seen.to_str().ok() == origin && is_cached(self.answer) {
            return Explanation::new(
                Cause::CachedAnswer,
                format!(
                    "the answer permits {}, and this layer does not: a cache gave what was stored before the policy changed; \
                     empty the cache, or wait until what it stored is too old",
                    quoted_bytes(seen.as_bytes())
                ),
            );
        }
        let expectation = match expected {
            Some(expected) => format!("this layer would write {}", quoted_bytes(expected.as_bytes())),
            None => format!("this layer would not permit origin {}", self.facts.origin_shown()),
        };
        Explanation::new(
            Cause::AnotherAuthority,
            format!(
                "the answer says Access-Control-Allow-Origin: {}, and {expectation}: a proxy, a gateway or another CORS \
                 layer outside of it answers with a policy of its own; remove that one, so that one authority is left",
                quoted_bytes(seen.as_bytes())
            ),
        )
    }

    /// The origin is right, and something else is not.
    fn altered(&self) -> Explanation {
        let Some(name) = self.differing.first() else {
            return Explanation::new(
                Cause::AnotherAuthority,
                format!(
                    "the answer has the headers of this layer and status {}, where it writes {}: something outside of it \
                     changes the status; remove that",
                    self.answer.status.as_u16(),
                    self.expected.status.as_u16()
                ),
            );
        };
        let value = |headers: &HeaderMap| headers.contains_key(name).then(|| lines(headers, name));
        match (value(&self.answer.headers), value(&self.expected.headers)) {
            (None, _) => self.removed(),
            (Some(seen), Some(_))
                if *name == ACCESS_CONTROL_ALLOW_CREDENTIALS
                    && self.answer.headers.get_all(name).iter().nth(1).is_some() =>
            {
                Self::doubled("Access-Control-Allow-Credentials", &seen)
            }
            (Some(seen), expected) => Explanation::new(
                Cause::AnotherAuthority,
                format!(
                    "the answer says {name}: {seen}, where this layer writes {}: a proxy, a gateway or another CORS layer \
                     outside of it answers with a policy of its own; remove that one, so that one authority is left",
                    expected.unwrap_or_else(|| "no such header".to_owned())
                ),
            ),
        }
    }

    /// Headers of this layer are missing, although it was there.
    fn removed(&self) -> Explanation {
        let missing: Vec<&HeaderName> =
            self.differing.iter().filter(|name| !self.answer.headers.contains_key(*name)).collect();
        let are = if missing.len() > 1 { "are" } else { "is" };
        let missing = if missing.is_empty() {
            "what this layer wrote".to_owned()
        } else {
            super::words::enumeration(missing.iter().map(ToString::to_string).collect())
        };
        Explanation::new(
            Cause::HeadersRemoved,
            format!(
                "{missing} {are} missing, which this layer wrote: a proxy, a gateway or a layer outside of it removes it or \
                 answers in its place; let that one pass the answer on"
            ),
        )
    }

    /// There is no `Access-Control-Allow-Origin`.
    fn missing(&self, reached: Option<bool>) -> Explanation {
        let status = self.answer.status;
        let code = status.as_u16();
        let a = Article(status.as_str()).to_string();
        let what = if self.facts.is_preflight() { "the preflight" } else { "the request" };
        if status.is_redirection() && status != StatusCode::NOT_MODIFIED {
            return redirect::explain(self.facts, self.answer, false);
        }
        match code {
            401 | 403 | 407 => {
                let who = if code == 403 { "authentication, a CSRF check or a firewall" } else { "authentication" };
                let why = if self.facts.is_preflight() {
                    "preflights carry no cookie and no Authorization"
                } else {
                    "its answers carry no permission"
                };
                let further = if self.facts.is_preflight() {
                    ", or let the proxy or gateway that answers pass preflights on"
                } else {
                    ""
                };
                Explanation::new(
                    Cause::AuthenticationOutside,
                    format!(
                        "{what} got {a} from something outside of this layer, probably {who}: {why}; {OUTERMOST}{further}"
                    ),
                )
            }
            404 | 405 | 501 => {
                let server = self.answer.headers.get(SERVER).map(|server| quoted_bytes(server.as_bytes()));
                let other = server.map(|server| format!("; if {server} is not this program, let it pass {what} on"));
                Explanation::new(
                    Cause::LayerBeforeRoutes,
                    format!(
                        "{what} got {a} from a router that this layer is not around: a layer wraps only what was added before \
                         it; in axum call .layer(cors) after every .route(…) and .fallback(…), on the outermost Router{}",
                        other.unwrap_or_default()
                    ),
                )
            }
            400..=599 => {
                let who = match code {
                    408 => "a time-out",
                    413 => "a limit for bodies",
                    414 | 431 => "a limit of the server for addresses or headers",
                    421 => "a server that does not know this host",
                    429 => "a limit for requests",
                    502..=504 | 520..=530 => "a proxy that got no answer from the service, or a limit for load or time",
                    500 => "a layer that turns panics or errors into answers",
                    _ => "a proxy, a gateway or another layer",
                };
                Explanation::new(
                    Cause::ErrorOutside,
                    format!(
                        "{what} got {a} from something outside of this layer, probably {who}, so it carries no permission and \
                         the browser calls it a CORS error; look for its reason there, and {OUTERMOST}"
                    ),
                )
            }
            _ => self.success_without_permission(what, reached),
        }
    }

    fn success_without_permission(&self, what: &str, reached: Option<bool>) -> Explanation {
        let headers = &self.answer.headers;
        let status = self.answer.status.as_u16();
        let is_refused = self.expected.status == StatusCode::FORBIDDEN && matches!(self.expected.kind, Kind::Own);
        let refusal = is_refused.then(|| request::explain(self.facts));
        if self.facts.is_preflight() {
            let text = format!(
                "{what} got {status} without any permission, so something in front answers OPTIONS itself (a proxy, a gateway, \
                 a development server, a route for OPTIONS): let it pass OPTIONS on, and {OUTERMOST}"
            );
            return match refusal {
                None => Explanation::new(Cause::LayerNotReached, text),
                Some(why) => {
                    let text = format!("{text}; and this layer would refuse it: {why}");
                    Explanation { cause: Cause::LayerNotReached, text, ..why }
                }
            };
        }
        if let Some(why) = refusal {
            let text = format!("{what} got {status} without this layer, which would have refused it: {why}");
            return Explanation { cause: Cause::LayerNotReached, text, ..why };
        }
        if reached != Some(false) && (is_cached(self.answer) || self.answer.status == StatusCode::NOT_MODIFIED) {
            let why = if lists(headers, &ORIGIN) {
                "which does not keep to Vary: origin; make Origin part of the key of that cache"
            } else {
                "without Vary: origin, which this layer writes; let the proxy or CDN keep it, or empty the cache if the \
                 answer is older than this layer"
            };
            return Explanation::new(
                Cause::CachedAnswer,
                format!(
                    "the answer comes from a cache, where it was stored for a request without Origin (an <img>, a test), \
                     {why}"
                ),
            );
        }
        if reached != Some(false) && lists(headers, &ORIGIN) {
            return Explanation::new(
                Cause::OriginRemoved,
                format!(
                    "the answer varies on Origin and permits nothing, as this layer answers a request without Origin or \
                     with another one than {}: a proxy or a CDN in front removes or changes Origin; let it pass Origin on",
                    self.facts.origin_shown()
                ),
            );
        }
        Explanation::new(
            Cause::LayerNotReached,
            format!(
                "{what} was answered without this layer, which would permit origin {}: the route is not inside of it, a \
                 proxy answers itself (static files), or another program listens there; in axum call .layer(cors) after \
                 every .route(…), on the outermost Router",
                self.facts.origin_shown()
            ),
        )
    }
}

/// Every line of a header, as words of a sentence.
fn lines(headers: &HeaderMap, name: &HeaderName) -> String {
    super::words::enumeration(headers.get_all(name).iter().map(|line| quoted_bytes(line.as_bytes())).collect())
}

/// Signs that a cache gave the answer.
fn is_cached(answer: &response::Parts) -> bool {
    const TELLING: [&str; 7] = [
        "x-cache",
        "cf-cache-status",
        "x-vercel-cache",
        "x-proxy-cache",
        "cache-status",
        "x-cache-status",
        "x-drupal-cache",
    ];
    let hit = |name: &str| {
        answer.headers.get_all(name).iter().any(|value| {
            String::from_utf8_lossy(value.as_bytes().get(..64).unwrap_or(value.as_bytes()))
                .to_ascii_lowercase()
                .contains("hit")
        })
    };
    answer.headers.contains_key(AGE) || TELLING.iter().any(|name| hit(name))
}
