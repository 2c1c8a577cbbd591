//! What an explanation says of a request is what the browser does with it, and the layer's own answers are known as such.

use http::request::Parts;
use http::{HeaderName, HeaderValue, Request, Response, response};
use proptest::prelude::*;
use tower_cors::browser::{Browser, Credentials, Exchange, Fetch};
use tower_cors::{Cause, Observed};

use super::reading::{self, describe};
use super::stack::{Honest, Inner, Stack};
use super::support::run;

/// Causes that put the blame on something outside of the layer.
const FOREIGN: &[Cause] = &[
    Cause::NoAnswer,
    Cause::AuthenticationOutside,
    Cause::LayerBeforeRoutes,
    Cause::ErrorOutside,
    Cause::LayerNotReached,
    Cause::DoubledHeader,
    Cause::AnotherAuthority,
    Cause::HeadersRemoved,
    Cause::CachedAnswer,
    Cause::VaryRemoved,
    Cause::OriginRemoved,
];

/// Causes by which the page can read the answer.
const READABLE: &[Cause] = &[
    Cause::Allowed,
    Cause::ServiceError,
    Cause::CookieNotSent,
    Cause::CookieNotKept,
    Cause::HeaderNotExposed,
    Cause::RedirectToHttps,
];

#[derive(Clone, Debug)]
pub struct Case {
    reading: reading::Case,
    no_cors: bool,
    /// The service stands at the origin of the page, if that has a host.
    own: bool,
}

pub fn cases() -> impl Strategy<Value = Case> {
    (reading::cases(), prop::bool::weighted(0.25), prop::bool::weighted(0.25))
        .prop_map(|(reading, no_cors, own)| Case { own: own && reading.origin.starts_with("http"), reading, no_cors })
}

pub fn check(Case { reading: case, no_cors, own }: &Case) -> Result<(), TestCaseError> {
    let policy = case.rules.layer().build().unwrap();
    let inner = Inner::new(case.inner.clone());
    let service = Honest.build(&case.rules, inner.clone());
    let mut page = Browser::new().page(case.origin);
    let target = if *own { case.origin } else { "https://api.test" };
    let mut fetch = Fetch::new(case.method, format!("{target}/items")).credentials(case.credentials);
    if *no_cors {
        fetch = fetch.no_cors();
    }
    for (name, value, _) in &case.headers {
        fetch = fetch.header(name, value);
    }
    let outcome = run(page.fetch(service, fetch));
    let exchanges = outcome.exchanges();
    for (index, exchange) in exchanges.iter().enumerate() {
        let Some(answer) = exchange.response() else { continue };
        let request = head(exchange);
        let answer = response_head(answer.status(), answer.headers().iter());
        let why = policy.explain(&request);
        let seen = policy.explain_answer(&request, Observed::response(&answer));
        let told = || format!("{why:?}\n{seen:?}\n{}", describe(&outcome));
        prop_assert!(!FOREIGN.contains(&seen.cause()), "{}", told());
        if *own || *no_cors {
            // Nothing is asked beforehand: there is one request, and the service sees it or not.
            let unasked = [Cause::OwnOrigin, Cause::NoCorsMode, Cause::NoOrigin, Cause::NoRequestMethod];
            prop_assert_eq!(unasked.contains(&why.cause()), inner.calls() == 1, "{}", told());
            if inner.calls() == 1 {
                prop_assert_eq!(why.cause(), unasked_cause(*own, &request), "{}", told());
            }
            prop_assert_eq!(seen.cause(), why.cause(), "{}", told());
            continue;
        }
        // The server does not see the mode: it says so, and the browser decides.
        let with_credentials = case.credentials == Credentials::Include && !case.rules.credentials;
        if with_credentials && why.cause() == Cause::Allowed {
            prop_assert!(why.to_string().contains("if the page sends credentials"), "{}", told());
            continue;
        }
        if exchange.request().is_preflight() {
            prop_assert_eq!(why.cause() == Cause::Allowed, index + 1 < exchanges.len(), "{}", told());
            prop_assert_eq!(seen.cause(), why.cause(), "{}", told());
        } else if !with_credentials {
            prop_assert_eq!(why.cause() == Cause::Allowed, outcome.is_readable(), "{}", told());
            let credentials_told =
                [Cause::CredentialsNotAllowed, Cause::WildcardWithCredentials].contains(&seen.cause());
            prop_assert_eq!(READABLE.contains(&seen.cause()) || credentials_told, outcome.is_readable(), "{}", told());
        }
    }
    Ok(())
}

/// Why the policy has no say, as far as a server can see it: browsers tell less over plain http.
fn unasked_cause(own: bool, request: &Parts) -> Cause {
    match (own, request.headers.contains_key("sec-fetch-mode"), request.headers.contains_key("origin")) {
        (false, ..) => Cause::NoCorsMode,
        (true, false, false) => Cause::NoOrigin,
        (true, false, true) if request.method == "OPTIONS" => Cause::NoRequestMethod,
        (true, ..) => Cause::OwnOrigin,
    }
}

fn head(exchange: &Exchange) -> Parts {
    let request = exchange.request();
    let (mut parts, ()) = Request::builder().method(request.method()).uri(request.url()).body(()).unwrap().into_parts();
    for (name, value) in request.headers().iter() {
        parts.headers.append(name.parse::<HeaderName>().unwrap(), HeaderValue::from_bytes(value).unwrap());
    }
    parts
}

fn response_head<'a>(status: u16, headers: impl Iterator<Item = (&'a str, &'a [u8])>) -> response::Parts {
    let (mut parts, ()) = Response::builder().status(status).body(()).unwrap().into_parts();
    for (name, value) in headers {
        parts.headers.append(name.parse::<HeaderName>().unwrap(), HeaderValue::from_bytes(value).unwrap());
    }
    parts
}
