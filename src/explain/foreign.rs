//! An answer that is not as this layer writes it: who probably wrote it.

use http::header::{ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_ORIGIN, AGE, ORIGIN, SERVER};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, response};

use crate::policy::CorsPolicy;
use crate::vary;

use super::cause::Cause;
use super::expected::{Expected, Kind};
use super::facts::Facts;
use super::words::{Article, OUTERMOST, enumeration, quoted_bytes};
use super::{Explanation, redirect, request};

pub(super) struct Foreign<'a> {
    pub(super) policy: &'a CorsPolicy,
    pub(super) facts: &'a Facts<'a>,
    pub(super) answer: &'a response::Parts,
    pub(super) expected: &'a Expected,
    /// The headers that are not as this layer writes them.
    pub(super) differing: &'a [HeaderName],
}

impl Foreign<'_> {
    pub(super) fn explain(&self, reached: Option<bool>) -> Explanation {
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
            let why = if vary::lists(&self.answer.headers, ORIGIN.as_ref()) {
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
        let missing: Vec<String> = self
            .differing
            .iter()
            .filter(|name| !self.answer.headers.contains_key(*name))
            .map(ToString::to_string)
            .collect();
        let (what, does) = match missing.as_slice() {
            [] => ("what this layer answered did not arrive".to_owned(), "answers in its place"),
            [name] => (format!("{name} is missing, which this layer wrote"), "removes it or answers in its place"),
            _ => (
                format!("{} are missing, which this layer wrote", enumeration(missing)),
                "removes them or answers in its place",
            ),
        };
        Explanation::new(
            Cause::HeadersRemoved,
            format!("{what}: a proxy, a gateway or a layer outside of it {does}; let that one pass the answer on"),
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
            let why = if vary::lists(headers, ORIGIN.as_ref()) {
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
        if reached != Some(false) && vary::lists(headers, ORIGIN.as_ref()) {
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
    enumeration(headers.get_all(name).iter().map(|line| quoted_bytes(line.as_bytes())).collect())
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
