//! The first thing that stops a request, in the order in which a browser meets it.

use http::HeaderName;
use http::header::COOKIE;

use crate::compiled::Origins;
use crate::head::Lines;

use super::cause::Cause;
use super::facts::Facts;
use super::words::{credentials_note, quoted};
use super::{Explanation, curl, origin, question};

const PRIVATE_NETWORK: HeaderName = HeaderName::from_static("access-control-request-private-network");

/// What is left where the policy permits.
const ELSEWHERE: &str = "; if a browser refuses it all the same, look at the answer that it got (explain_answer)";

pub(super) fn explain(facts: &Facts<'_>) -> Explanation {
    if facts.is_preflight() {
        preflight(facts)
    } else if matches!(facts.origin, Lines::None) {
        without_origin(facts)
    } else {
        actual(facts)
    }
}

fn preflight(facts: &Facts<'_>) -> Explanation {
    if facts.origin_refused() {
        return origin::explain(facts);
    }
    if let Some(explanation) = question::of_preflight(facts) {
        return explanation;
    }
    if facts.parts.headers.contains_key(PRIVATE_NETWORK) {
        return Explanation::new(
            Cause::PrivateNetwork,
            "the preflight asks for private network access, which is not answered, because browsers dropped it: current \
             ones ask their user instead (Local Network Access); update the browser, and answer its prompt with yes",
        );
    }
    let text = format!(
        "allowed: this preflight is answered with permission for origin {}{}{ELSEWHERE}",
        facts.origin_shown(),
        credentials_note(facts.policy)
    );
    Explanation::new(Cause::Allowed, text)
}

fn without_origin(facts: &Facts<'_>) -> Explanation {
    if facts.is_rejected() {
        return origin::explain(facts);
    }
    let sample = curl::sample_origin(facts.policy);
    let unmarked = facts.mode.is_none() && facts.site.is_none();
    if facts.is_options() && (facts.asks_method() || unmarked) {
        let (method, headers) = question::asked(facts.parts);
        let line = curl::preflight(facts.parts, &sample, &method.unwrap_or_else(|| "GET".to_owned()), &headers);
        return Explanation::new(
            Cause::NoOrigin,
            "OPTIONS without Origin is no preflight, so it went to the service: this test proves nothing",
        )
        .with_curl(line);
    }
    if facts.is_web_socket() {
        return web_socket(facts);
    }
    match (facts.mode, facts.site) {
        (Some("cors"), Some("cross-site" | "same-site")) => Explanation::new(
            Cause::OriginRemoved,
            format!(
                "the request has no Origin, which browsers send with every request of a page of another origin \
                 (Sec-Fetch-Site: {}): a proxy or a CDN in front removes it; let it pass Origin on, and make it part of \
                 the key of its cache",
                quoted(facts.site.unwrap_or_default())
            ),
        ),
        (_, Some("same-origin")) | (Some("cors"), Some("none")) => own_origin(facts),
        (Some("no-cors"), _) => no_cors(),
        (Some("navigate"), _) => navigation(),
        _ => Explanation::new(
            Cause::NoOrigin,
            "the request has no Origin, so it is no CORS request and no permission is due: this test proves nothing",
        )
        .with_curl(curl::actual(facts.parts, &sample)),
    }
}

fn own_origin(facts: &Facts<'_>) -> Explanation {
    let page = match facts.site {
        Some("same-origin") => "the page is the service's own (Sec-Fetch-Site: same-origin)".to_owned(),
        Some("none") => {
            "no page asks, but the user or an extension with host permissions (Sec-Fetch-Site: none)".to_owned()
        }
        _ => format!("origin {} is the service's own", facts.origin_shown()),
    };
    Explanation::new(
        Cause::OwnOrigin,
        format!("{page}, so the browser asks for no permission and needs none: this is no CORS matter"),
    )
}

pub(super) fn no_cors() -> Explanation {
    Explanation::new(
        Cause::NoCorsMode,
        "the page asks in mode no-cors, in which it can read nothing of an answer, whatever a policy says: remove mode: \
         \"no-cors\" in the script, or give the element crossorigin=\"anonymous\"",
    )
}

fn navigation() -> Explanation {
    Explanation::new(
        Cause::Navigation,
        "this is a navigation (an address, a link, a form or a redirect of the whole page), for which browsers ask no \
         permission: what works there proves nothing for a script, which asks with fetch",
    )
}

fn web_socket(facts: &Facts<'_>) -> Explanation {
    let text = if facts.policy.reject_disallowed_origins {
        "a WebSocket handshake is no CORS matter: browsers send it for every page and read no Access-Control header; this \
         policy rejects those of other origins, and lets this one pass"
    } else {
        "a WebSocket handshake is no CORS matter: browsers send it for every page and read no Access-Control header, so \
         nothing here stops it; to keep other origins out, write reject_disallowed_origins(true), or ask policy.guard() in \
         the handler"
    };
    Explanation::new(Cause::WebSocket, text)
}

fn actual(facts: &Facts<'_>) -> Explanation {
    if !facts.is_rejected() {
        match facts.mode {
            _ if facts.is_web_socket() => return web_socket(facts),
            None if facts.is_options() => return no_request_method(facts),
            Some("navigate") => return navigation(),
            _ if facts.is_own_page() => return own_origin(facts),
            Some("no-cors") => return no_cors(),
            _ => {}
        }
    }
    if facts.origin_refused() {
        return origin::explain(facts);
    }
    if facts.parts.headers.contains_key(COOKIE) && !facts.policy.credentials {
        return credentials(facts, "the request carries cookies, so the page sends credentials");
    }
    if let Some(explanation) = question::of_actual(facts) {
        return explanation;
    }
    let text = format!(
        "allowed: a page at origin {} may read the answer{}{ELSEWHERE}",
        facts.origin_shown(),
        credentials_note(facts.policy)
    );
    Explanation::new(Cause::Allowed, text)
}

/// Why credentials do not work with this policy; `because` says how that is known.
pub(super) fn credentials(facts: &Facts<'_>, because: &str) -> Explanation {
    if matches!(facts.policy.origins, Origins::Any) {
        Explanation::new(
            Cause::WildcardWithCredentials,
            format!(
                "{because}, and browsers then refuse \"*\", which this policy answers to every origin: list the page's \
                 origin ({}) with allow_origins and write allow_credentials(true), or leave credentials: \"include\" out of \
                 the script",
                facts.origin_shown()
            ),
        )
    } else {
        Explanation::new(
            Cause::CredentialsNotAllowed,
            format!(
                "{because}, and browsers then refuse an answer without Access-Control-Allow-Credentials: write \
                 allow_credentials(true), or leave credentials: \"include\" out of the script"
            ),
        )
    }
}

fn no_request_method(facts: &Facts<'_>) -> Explanation {
    let origin = match facts.origin_text() {
        Some(origin) if crate::origin::is_origin(origin.as_bytes()) => origin.to_owned(),
        _ => curl::sample_origin(facts.policy),
    };
    Explanation::new(
        Cause::NoRequestMethod,
        "OPTIONS without Access-Control-Request-Method is no preflight, so it went to the service: this test proves nothing",
    )
    .with_curl(curl::preflight(facts.parts, &origin, "GET", &[]))
}
