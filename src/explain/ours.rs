//! An answer as this layer writes it: what the page may miss all the same.

use std::fmt::Write as _;

use http::header::{AUTHORIZATION, COOKIE, LOCATION, ORIGIN};
use http::response;

use crate::compiled::Origins;
use crate::vary;

use super::cause::Cause;
use super::cookie::{self, cookie_name, cookies, is_of_proxy};
use super::facts::Facts;
use super::hidden::{self, hidden};
use super::words::{credentials_note, names};
use super::{Explanation, redirect, request};

/// The policy decides then, or it is no CORS matter.
pub(super) fn explain(facts: &Facts<'_>, answer: &response::Parts) -> Explanation {
    let verdict = request::explain(facts);
    if facts.is_preflight() || verdict.cause() != Cause::Allowed {
        return verdict;
    }
    let status = answer.status;
    if status.is_redirection() && answer.headers.contains_key(LOCATION) {
        return redirect::explain(facts, answer, true);
    }
    if status.is_client_error() || status.is_server_error() {
        return error(facts, answer);
    }
    // First, for a cookie or an unreadable header is found in most answers.
    let varies = facts.parts.headers.contains_key(ORIGIN) && !matches!(facts.policy.origins, Origins::Any);
    if varies && !vary::lists(&answer.headers, ORIGIN.as_ref()) {
        return Explanation::new(
            Cause::VaryRemoved,
            "the browser lets the page read this answer, but Vary: origin, which this layer writes, is missing, so that a \
             cache gives it to pages of other origins too: let the proxy or CDN in front keep Vary",
        );
    }
    if let Some(explanation) = cookie::explain(facts, answer) {
        return explanation;
    }
    if let Some(explanation) = hidden::explain(answer) {
        return explanation;
    }
    Explanation::new(
        Cause::Allowed,
        format!(
            "this layer wrote the permission, and the browser lets the page read this answer{}{}",
            notes(answer),
            credentials_note(facts.policy)
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
