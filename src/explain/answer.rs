//! Whether an answer that was seen matters, and whether this layer wrote it.

use http::{HeaderName, response};

use crate::compiled::Origins;
use crate::head::Lines;
use crate::origin::is_loopback;
use crate::policy::CorsPolicy;

use super::cause::Cause;
use super::expected::{Kind, differing, expected};
use super::facts::{Facts, host_of, without_port};
use super::foreign::Foreign;
use super::nearby::is_private;
use super::{Explanation, Observed, ours, redirect, request};

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
        ours::explain(facts, answer)
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
    let is_local = |host: &str| is_loopback(host) || is_private(host);
    let page = facts.origin_text().filter(|origin| origin.starts_with("http")).and_then(host_of);
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
