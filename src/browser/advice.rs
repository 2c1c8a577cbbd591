//! What usually lies behind a failed check: near misses of an origin, and what a status tells.

use super::headers::{ResponseHead, shown};

/// How an `Access-Control-Allow-Origin` comes close to the origin that was wanted.
pub(super) fn near_miss(found: &str, origin: &str, server: &str) -> Option<&'static str> {
    let without_scheme = |text: &str| text.split_once("://").map_or(text.to_owned(), |(_, rest)| rest.to_owned());
    let without_port = |text: &str| {
        text.rsplit_once(':')
            .filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()))
            .map_or_else(|| text.to_owned(), |(rest, _)| rest.to_owned())
    };
    let without_www = |text: &str| text.replacen("://www.", "://", 1);
    Some(if found == server {
        "that is the server's own origin, but the header names the page's"
    } else if found.eq_ignore_ascii_case("null") && found != "null" || found.eq_ignore_ascii_case(origin) {
        "only the case differs, and it counts"
    } else if found.trim_end_matches('/') == origin {
        "an origin has no slash at its end"
    } else if found.starts_with(&format!("{origin}/")) {
        "an origin has no path"
    } else if found.trim_matches(['"', '\'']) == origin {
        "there are no quotes around an origin"
    } else if found.contains('*') && found != "*" {
        "there are no patterns in this header: a wildcard in the server's settings has to become the one origin that asked"
    } else if found == without_scheme(origin) {
        "the scheme is missing"
    } else if without_scheme(found) == without_scheme(origin) {
        "the schemes differ"
    } else if without_port(found) == without_port(origin) {
        "the ports differ"
    } else if without_www(found) == without_www(origin) {
        "they differ in `www.`"
    } else if found.contains(' ') || found.contains(';') {
        "only one origin may stand there: the one that asked, if it is on the server's list"
    } else if is_local(found) && is_local(origin) {
        "`localhost` and the addresses of this machine are different origins"
    } else {
        return None;
    })
}

fn is_local(origin: &str) -> bool {
    ["://localhost", "://127.", "://[::1]"].iter().any(|host| origin.contains(host))
}

/// What to do about the status of a preflight's answer that is no success.
pub(super) fn on_preflight_status(status: u16) -> Option<&'static str> {
    Some(match status {
        200..=299 => return None,
        300..=399 => {
            "redirects of preflights are never followed: answer OPTIONS at the URL that the page asks for (slash, https and \
             login redirects are the usual cause)"
        }
        401 | 403 | 407 => {
            "preflights carry no cookies and no Authorization: answer them before authentication, with status 204"
        }
        404 | 405 => {
            "nothing there answers OPTIONS as a preflight: the CORS layer has to stand around the routes, and see OPTIONS \
             before the router does"
        }
        _ => "answer OPTIONS there with status 204",
    })
}

/// What to do about a response that has no `Access-Control-Allow-Origin`, as far as its status tells.
pub(super) fn on_missing_header(status: u16) -> Option<&'static str> {
    Some(match status {
        300..=399 => {
            "a redirect has to carry the header too; if it leads to a login page, adds a slash or goes to https, let the \
             page ask for the right URL at once"
        }
        401 => "if authentication answers before the CORS layer is reached, put the CORS layer outside it",
        404 | 405 => "if the router answers before the CORS layer is reached, put the CORS layer around all routes",
        408 | 413 | 429 | 500..=599 => {
            "an error that is made outside the CORS layer lacks its headers: make it the outermost layer, and look for a \
             proxy in front of it"
        }
        _ => return None,
    })
}

/// Whether an answer to a preflight that permits nothing comes from a CORS layer: only such a one says that the answer
/// depends on all three headers of the question.
pub(super) fn refuses_by_list(answer: &ResponseHead) -> bool {
    let vary = answer.headers().tokens("vary").ok().flatten().unwrap_or_default();
    ["origin", "access-control-request-method", "access-control-request-headers"]
        .iter()
        .all(|name| vary.iter().any(|listed| listed.eq_ignore_ascii_case(name)))
}

/// What to do about a 403 without permission: the list of origins, or somebody who comes before it.
pub(super) fn on_forbidden(origin: &str, is_preflight: bool, by_list: bool) -> String {
    let origin = shown(origin.as_bytes());
    if by_list {
        return format!(
            "the CORS layer there does not allow the origin `{origin}`: if that page is yours, put it on the server's list"
        );
    }
    let why = if is_preflight { ", for preflights carry no cookies and no Authorization" } else { "" };
    format!(
        "either the origin `{origin}` is not on the server's list, or something answers before the CORS layer, such as \
         authentication: put the CORS layer outside it{why}"
    )
}

/// What to do about a header that no list should name.
pub(super) fn on_request_header(name: &str) -> Option<String> {
    name.starts_with("access-control-").then(|| {
        let name = shown(name.as_bytes());
        format!("`{name}` belongs into responses: the page must not set it, which is what has to change")
    })
}

/// What to do about a method that is not allowed: the page or the server may have it in the wrong case.
pub(super) fn on_method(method: &str, listed: &[String]) -> (Option<String>, String) {
    const LIST: &str = "`Access-Control-Allow-Methods`";
    let (upper, is_there) = (method.to_ascii_uppercase(), |name: &str| listed.iter().any(|listed| listed == name));
    let other_case = listed.iter().find(|name| name.eq_ignore_ascii_case(method));
    let method = shown(method.as_bytes());
    match other_case {
        // Upper case is what browsers make of six methods, and how every registered one is written.
        Some(listed) if method == upper => {
            let hint = format!("methods compare with case, and the server lists `{listed}`");
            (Some(hint), format!("write `{method}` in {LIST}"))
        }
        Some(listed) => {
            let listed = if is_there(&upper) { &upper } else { listed };
            let hint = format!("methods compare with case, and the server lists `{listed}`");
            (Some(hint), format!("write method: \"{listed}\" in the page"))
        }
        None if upper == "PATCH" && method != upper => {
            let hint = format!("`{method}` is not `PATCH`, and browsers send it as it is written");
            (Some(hint), format!("write method: \"PATCH\" in the page, and add `PATCH` to {LIST}"))
        }
        None => (None, format!("add `{method}` to {LIST}")),
    }
}
