//! The sentences for developers: what happened, and what the server should send.

use super::advice::{
    near_miss, on_forbidden, on_method, on_missing_header, on_preflight_status, on_request_header, refuses_by_list,
};
use super::check::{CorsFault, Credentials};
use super::headers::{ResponseHead, shown};
use super::outcome::Step;
use super::preflight::{PreflightFault, PreflightReason};
use super::redirect::{MOST_REDIRECTS, RedirectFault};
use std::fmt::Write as _;

/// What every sentence names.
#[derive(Debug)]
pub(super) struct Scene {
    pub(super) initiator: &'static str,
    pub(super) page: String,
    pub(super) method: String,
    pub(super) url: String,
    /// The origin of the URL.
    pub(super) server: String,
    /// The origin as it was sent.
    pub(super) origin: String,
    pub(super) credentials: Credentials,
    pub(super) reasons: Vec<PreflightReason>,
}

impl Scene {
    /// `PUT https://api.example.com/items (fetch by the page at https://app.example.com)`.
    pub(super) fn asked(&self) -> String {
        let (method, url) = (shown(self.method.as_bytes()), shown(self.url.as_bytes()));
        format!("{method} {url} ({} by the page at {})", self.initiator, shown(self.page.as_bytes()))
    }

    pub(super) fn not_cors(&self, what: &str) -> String {
        format!("{} fails: {what}. This is no CORS matter.", self.asked())
    }

    pub(super) fn cors_check(&self, status: u16, fault: &CorsFault) -> String {
        let happened = format!(
            "{} is blocked by CORS: the response (status {status}) {fault}; the request was sent all the same",
            self.asked()
        );
        let forbidden = status == 403 && *fault == CorsFault::Missing && self.origin != "null";
        let advice = if forbidden {
            vec![on_forbidden(&self.origin, false, false)]
        } else {
            let mut advice = self.what_to_send(fault, "every response to this page, errors and redirects included");
            advice.extend(on_missing_header(status).filter(|_| *fault == CorsFault::Missing).map(str::to_owned));
            advice
        };
        two_sentences(happened, &advice)
    }

    pub(super) fn redirect_credentials(&self) -> String {
        format!(
            "{} is blocked by CORS: it is redirected to a URL with a user name or password. Redirect to one without.",
            self.asked()
        )
    }

    /// Where the answer to a preflight fails, with what to say of it.
    pub(super) fn preflight(&self, answer: &ResponseHead, fault: &PreflightFault) -> (Step, String) {
        let (method, url) = (shown(self.method.as_bytes()), shown(self.url.as_bytes()));
        let status = answer.status();
        let subject = format!("{} is blocked by CORS: the answer to its preflight (status {status})", self.asked());
        let (step, what, advice) = match fault {
            PreflightFault::Cors(fault) => {
                let advice = if *fault == CorsFault::Missing && status == 403 && self.origin != "null" {
                    vec![on_forbidden(&self.origin, true, refuses_by_list(answer))]
                } else {
                    let mut advice = self.what_to_send(fault, &format!("the answer to `OPTIONS {url}`"));
                    let missing = *fault == CorsFault::Missing && status != 403;
                    advice.extend(on_preflight_status(status).filter(|_| missing).map(str::to_owned));
                    advice
                };
                (Step::PreflightCheck, fault.to_string(), advice)
            }
            PreflightFault::Status(status) => {
                let advice = on_preflight_status(*status).map(str::to_owned);
                (Step::PreflightStatus, "is not a success".to_owned(), advice.into_iter().collect())
            }
            PreflightFault::List { header, element } => (
                Step::PreflightLists,
                format!(
                    "has `{element}` in `{}`, which is no token; one such element voids the whole header",
                    capitalised(header)
                ),
                vec!["send plain names with commas between them".to_owned()],
            ),
            PreflightFault::Method { listed } => {
                let (hint, advice) = on_method(&self.method, listed);
                let hint = hint.unwrap_or_else(|| self.wildcard_hint(listed, "Access-Control-Allow-Methods"));
                (Step::PreflightMethod, format!("does not allow the method {method}: {hint}"), vec![advice])
            }
            PreflightFault::Authorization { has_wildcard } => {
                let hint = if *has_wildcard {
                    "`*` in `Access-Control-Allow-Headers` does not cover it"
                } else {
                    "it is not listed"
                };
                (
                    Step::PreflightAuthorization,
                    format!("does not allow the header `authorization`: {hint}"),
                    vec!["add `authorization` to `Access-Control-Allow-Headers` by name".to_owned()],
                )
            }
            PreflightFault::Header { name, listed } => {
                let hint = self.wildcard_hint(listed, "Access-Control-Allow-Headers");
                let shown = shown(name.as_bytes());
                let advice = on_request_header(name)
                    .unwrap_or_else(|| format!("add `{shown}` to `Access-Control-Allow-Headers`"));
                (Step::PreflightHeader, format!("does not allow the header `{shown}`: {hint}"), vec![advice])
            }
        };
        (step, two_sentences(format!("{subject} {what}{}", self.why_preflight()), &advice))
    }

    pub(super) fn no_answer(&self, is_preflight: bool, why: &str) -> String {
        if is_preflight {
            self.not_cors(&format!("its preflight got no response: {why}{}", self.why_preflight()))
        } else {
            self.not_cors(&format!("there was no response: {why}"))
        }
    }

    fn wildcard_hint(&self, listed: &[String], header: &str) -> String {
        if listed.iter().any(|name| name == "*") && self.credentials == Credentials::Include {
            format!("`*` in `{header}` is no wildcard for a request that includes credentials")
        } else if listed.is_empty() {
            format!("`{header}` lists nothing")
        } else {
            format!("`{header}` lists {}", shown(listed.join(", ").as_bytes()))
        }
    }

    fn what_to_send(&self, fault: &CorsFault, where_to: &str) -> Vec<String> {
        let includes = self.credentials == Credentials::Include;
        let hint = match fault {
            CorsFault::Mismatch(found) => near_miss(found, &self.origin, &self.server),
            CorsFault::Several(_) => Some(
                "two layers, or a layer and a proxy, each add the header: keep one, and know that a list of origins is no \
                 value for it",
            ),
            _ => None,
        };
        let to_send = if self.origin == "null" {
            // `*` permits nothing that includes credentials.
            let public = if includes { " and the page leaves credentials out" } else { "" };
            format!(
                "the request's origin is `null`, which every website can send, so do not allow it to get this request \
                 through, but let the page have an origin of its own (no sandbox, no redirect by a third server), or send \
                 `Access-Control-Allow-Origin: *` if the resource is public{public}"
            )
        } else {
            let credentials = if includes { " and `Access-Control-Allow-Credentials: true`" } else { "" };
            format!(
                "the server should send `Access-Control-Allow-Origin: {}`{credentials} with {where_to}",
                shown(self.origin.as_bytes())
            )
        };
        hint.map(str::to_owned).into_iter().chain([to_send]).collect()
    }

    fn why_preflight(&self) -> String {
        let reasons: Vec<_> = self.reasons.iter().take(5).map(ToString::to_string).collect();
        if reasons.is_empty() {
            return String::new();
        }
        let more = if self.reasons.len() > reasons.len() { ", and more" } else { "" };
        format!("; a preflight was needed because {}{more}", reasons.join(", "))
    }
}

/// What happened, and what to do about it.
fn two_sentences(mut happened: String, advice: &[String]) -> String {
    happened.push('.');
    let advice = advice.join("; ");
    let mut letters = advice.chars();
    if let Some(first) = letters.next() {
        let _ = write!(happened, " {}{}.", first.to_ascii_uppercase(), letters.as_str());
    }
    happened
}

pub(super) fn redirect_fault(fault: &RedirectFault) -> String {
    match fault {
        RedirectFault::Location(value) => format!("it is redirected to `{value}`, which is not one URL"),
        RedirectFault::Scheme(scheme) => format!("it is redirected to a URL of the scheme `{scheme}`"),
        RedirectFault::TooMany => format!("it is redirected more than {MOST_REDIRECTS} times"),
        RedirectFault::Credentials => "it is redirected to a URL with a user name or password".to_owned(),
        RedirectFault::Stream => "it is redirected, and its body was a stream, which cannot be sent twice".to_owned(),
    }
}

/// `access-control-allow-headers` as it is usually written.
fn capitalised(name: &str) -> String {
    let mut start = true;
    name.chars()
        .map(|letter| {
            let shown = if start { letter.to_ascii_uppercase() } else { letter };
            start = letter == '-';
            shown
        })
        .collect()
}
