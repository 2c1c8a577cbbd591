//! The sentences for developers: what happened, and what the server should send.

use super::advice::{near_miss, on_missing_header, on_preflight_status, on_request_header};
use super::check::{CorsFault, Credentials};
use super::headers::shown;
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
        let mut text = format!("{} is blocked by CORS: the response (status {status}) {fault}.", self.asked());
        self.say_what_to_send(&mut text, fault, "every response to this page, errors and redirects included");
        if let (CorsFault::Missing, Some(advice)) = (fault, on_missing_header(status)) {
            let _ = write!(text, " {advice}");
        }
        text.push_str(" The service has executed the request all the same.");
        text
    }

    pub(super) fn redirect_credentials(&self) -> String {
        format!(
            "{} is blocked by CORS: it is redirected to a URL with a user name or password. Redirect to one without.",
            self.asked()
        )
    }

    /// Where the answer to a preflight fails, with the sentence.
    pub(super) fn preflight(&self, status: u16, fault: &PreflightFault) -> (Step, String) {
        let (method, url) = (shown(self.method.as_bytes()), shown(self.url.as_bytes()));
        let mut text = format!("{} is blocked by CORS: ", self.asked());
        let answer = format!("the answer to its preflight (status {status})");
        let step = match fault {
            PreflightFault::Cors(fault) => {
                let _ = write!(text, "{answer} {fault}.");
                self.say_what_to_send(&mut text, fault, &format!("the answer to `OPTIONS {url}`"));
                if let (CorsFault::Missing, Some(advice)) = (fault, on_preflight_status(status)) {
                    let _ = write!(text, " {advice}");
                }
                Step::PreflightCheck
            }
            PreflightFault::Status(status) => {
                let _ = write!(text, "{answer} is not a success. {}", on_preflight_status(*status).unwrap_or_default());
                Step::PreflightStatus
            }
            PreflightFault::List { header, element } => {
                let header = capitalised(header);
                let _ = write!(
                    text,
                    "{answer} has `{element}` in `{header}`, which is no token; one such element voids the whole \
                     header. Send plain names with commas between them."
                );
                Step::PreflightLists
            }
            PreflightFault::Method { listed } => {
                let hint = match listed.iter().find(|name| name.eq_ignore_ascii_case(&self.method)) {
                    Some(name) => format!("methods compare with case, and the server lists `{name}`"),
                    None if self.method == "patch" => {
                        "`patch` is not `PATCH`, and the page should write it so".to_owned()
                    }
                    None => self.wildcard_hint(listed, "Access-Control-Allow-Methods"),
                };
                let _ = write!(
                    text,
                    "{answer} does not allow the method {method}: {hint}. Add `{method}` to \
                     `Access-Control-Allow-Methods`."
                );
                Step::PreflightMethod
            }
            PreflightFault::Authorization { has_wildcard } => {
                let hint = if *has_wildcard {
                    "`*` in `Access-Control-Allow-Headers` does not cover it"
                } else {
                    "it is not listed"
                };
                let _ = write!(
                    text,
                    "{answer} does not allow the header `authorization`: {hint}. Add `authorization` to \
                     `Access-Control-Allow-Headers` by name."
                );
                Step::PreflightAuthorization
            }
            PreflightFault::Header { name, listed } => {
                let hint = self.wildcard_hint(listed, "Access-Control-Allow-Headers");
                let shown_name = shown(name.as_bytes());
                let _ = write!(text, "{answer} does not allow the header `{shown_name}`: {hint}. ");
                let advice = on_request_header(name)
                    .unwrap_or_else(|| format!("Add `{shown_name}` to `Access-Control-Allow-Headers`."));
                text.push_str(&advice);
                Step::PreflightHeader
            }
        };
        self.say_why_preflight(&mut text);
        (step, text)
    }

    pub(super) fn no_answer(&self, is_preflight: bool, why: &str) -> String {
        let what = if is_preflight { "its preflight got no response" } else { "there was no response" };
        let mut text = self.not_cors(&format!("{what}: {why}"));
        if is_preflight {
            self.say_why_preflight(&mut text);
        }
        text
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

    fn say_what_to_send(&self, text: &mut String, fault: &CorsFault, where_to: &str) {
        let hint = match fault {
            CorsFault::Mismatch(found) => near_miss(found, &self.origin, &self.server),
            CorsFault::Several(_) => Some(
                "Two layers, or a layer and a proxy, each add the header: keep one. A list of origins is no value for it.",
            ),
            _ => None,
        };
        if let Some(hint) = hint {
            let _ = write!(text, " {hint}");
        }
        if self.origin == "null" {
            text.push_str(
                " The request's origin is `null`; every website can send that, so do not allow it to get this request \
                 through, but let the page have an origin of its own (no sandbox, no redirect by a third server), or send \
                 `Access-Control-Allow-Origin: *` if the resource is public.",
            );
            return;
        }
        let origin = shown(self.origin.as_bytes());
        let _ = write!(text, " The server should send `Access-Control-Allow-Origin: {origin}`");
        if self.credentials == Credentials::Include {
            text.push_str(" and `Access-Control-Allow-Credentials: true`");
        }
        let _ = write!(text, " with {where_to}.");
    }

    fn say_why_preflight(&self, text: &mut String) {
        let reasons: Vec<_> = self.reasons.iter().take(5).map(ToString::to_string).collect();
        if !reasons.is_empty() {
            let more = if self.reasons.len() > reasons.len() { ", and more" } else { "" };
            let _ = write!(text, " A preflight was needed because {}{more}.", reasons.join(", "));
        }
    }
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
