//! What the model of a browser says, and the policy itself.

use std::time::Duration;

use axum::http::header::{ACCESS_CONTROL_REQUEST_METHOD, COOKIE, HOST, ORIGIN};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Method, Request};
use tower_cors::browser::{Browser, Outcome, Page};
use tower_cors::{Cause, CorsPolicy, Explanation, Observed};

use crate::ask::{Ask, CredentialsMode, latin1};
use crate::places::{Places, Sender};
use crate::runs::{Exchange, Run};
use crate::service::{self, COOKIE_NAME, SET_COOKIE};

/// Sends the same request in the model, to the same service under the same policy.
pub async fn model(places: Places, policy: &CorsPolicy, ask: &Ask, run: &str) -> Outcome {
    let url = ask.url(places, run);
    page(places, ask, &url).fetch(service::under(policy), ask.fetch(&url)).await
}

fn page(places: Places, ask: &Ask, url: &str) -> Page {
    let mut page = Browser::new().engine(ask.engine.engine()).page(places.origin_of(ask.sender));
    if ask.sender != Sender::Page {
        page = page.framed_by(places.page_origin());
    }
    page.set_cookie(url, SET_COOKIE);
    page
}

/// No policy has an answer kept for longer.
const LONGEST_KEPT: u64 = 86_400;

/// For how many seconds the same request is spared its preflight, found by trying. `None` where it has none, or is refused.
pub async fn kept(places: Places, policy: &CorsPolicy, ask: &Ask, run: &str) -> Option<u64> {
    let url = ask.url(places, run);
    let (mut shortest, mut longest) = (0, LONGEST_KEPT);
    while shortest < longest {
        let middle = shortest.midpoint(longest);
        let mut page = page(places, ask, &url);
        let first = page.fetch(service::under(policy), ask.fetch(&url)).await;
        if !first.is_readable() || first.preflights().next().is_none() {
            return None;
        }
        page.advance(Duration::from_secs(middle));
        let second = page.fetch(service::under(policy), ask.fetch(&url)).await;
        if second.preflights().next().is_some() { longest = middle } else { shortest = middle + 1 }
    }
    Some(shortest)
}

pub fn is_preflight(head: &Parts) -> bool {
    head.method == Method::OPTIONS
        && head.headers.contains_key(ORIGIN)
        && head.headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}

/// What the policy says of the last request that came; `None` if none did.
pub fn explain(places: Places, run: &Run, exchanges: &[Exchange]) -> Option<Explanation> {
    let last = exchanges.last()?;
    let observed = Observed::response(&last.response).reached_layer(true);
    let explanation = run.policy.explain_answer(&last.request, observed);
    // The head tells whether cookies came, not whether the script asked for credentials, and a preflight never has them.
    let refused = run.model.blocked().is_some_and(tower_cors::browser::Blocked::is_cors);
    if refused
        && run.policy.explain(&last.request).cause() == Cause::Allowed
        && run.ask.credentials == CredentialsMode::Include
        && let Some(head) = with_credentials(places, &run.ask)
    {
        return Some(run.policy.explain(&head));
    }
    Some(explanation)
}

/// Whether the policy lets the page read; what else may be wrong with the answer is no matter of CORS.
pub fn allows(cause: Cause) -> bool {
    matches!(
        cause,
        Cause::Allowed
            | Cause::OwnOrigin
            | Cause::ServiceError
            | Cause::CookieNotSent
            | Cause::CookieNotKept
            | Cause::HeaderNotExposed
    )
}

/// The request that the script asked for, cookie and all.
fn with_credentials(places: Places, ask: &Ask) -> Option<Parts> {
    let mut request = Request::new(());
    // The methods that browsers normalise are the only ones that need no preflight in any case.
    let simple = [Method::GET, Method::HEAD, Method::POST];
    let simple = simple.into_iter().find(|method| method.as_str().eq_ignore_ascii_case(&ask.method));
    *request.method_mut() = simple.or_else(|| Method::from_bytes(ask.method.as_bytes()).ok())?;
    let headers = request.headers_mut();
    for (name, value) in &ask.headers {
        headers.append(HeaderName::try_from(name).ok()?, HeaderValue::try_from(latin1(value)?).ok()?);
    }
    headers.insert(ORIGIN, places.origin_of(ask.sender).try_into().ok()?);
    headers.insert(HOST, places.api_origin().strip_prefix("http://")?.try_into().ok()?);
    headers.insert("sec-fetch-mode", HeaderValue::from_static("cors"));
    headers.insert(COOKIE, format!("{COOKIE_NAME}=alice").try_into().ok()?);
    Some(request.into_parts().0)
}
