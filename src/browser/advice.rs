//! What usually lies behind a failed check: near misses of an origin, and what a status tells.

use super::headers::shown;

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
        "That is the server's own origin, but the header names the page's."
    } else if found.eq_ignore_ascii_case("null") && found != "null" || found.eq_ignore_ascii_case(origin) {
        "Only the case differs, and it counts."
    } else if found.trim_end_matches('/') == origin {
        "An origin has no slash at its end."
    } else if found.starts_with(&format!("{origin}/")) {
        "An origin has no path."
    } else if found.trim_matches(['"', '\'']) == origin {
        "There are no quotes around an origin."
    } else if found.contains('*') && found != "*" {
        "There are no patterns in this header: a wildcard in the server's settings has to become the one origin that asked."
    } else if found == without_scheme(origin) {
        "The scheme is missing."
    } else if without_scheme(found) == without_scheme(origin) {
        "The schemes differ."
    } else if without_port(found) == without_port(origin) {
        "The ports differ."
    } else if without_www(found) == without_www(origin) {
        "They differ in `www.`."
    } else if found.contains(' ') || found.contains(';') {
        "Only one origin may stand there: the one that asked, if it is on the server's list."
    } else if is_local(found) && is_local(origin) {
        "`localhost` and the addresses of this machine are different origins."
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
            "Redirects of preflights are never followed: answer OPTIONS at the URL that the page asks for (slash, https and \
             login redirects are the usual cause)."
        }
        401 | 403 | 407 => {
            "Preflights carry no cookies and no Authorization: answer them before authentication, with status 204."
        }
        404 | 405 => {
            "Nothing there answers OPTIONS as a preflight: the CORS layer has to stand around the routes, and see OPTIONS \
             before the router does."
        }
        _ => "Answer OPTIONS there with status 204.",
    })
}

/// What to do about a response that has no `Access-Control-Allow-Origin`, as far as its status tells.
pub(super) fn on_missing_header(status: u16) -> Option<&'static str> {
    Some(match status {
        300..=399 => {
            "A redirect has to carry the header too; if it leads to a login page, adds a slash or goes to https, let the \
             page ask for the right URL at once."
        }
        401 | 403 => "If authentication answers before the CORS layer is reached, put the CORS layer outside it.",
        404 | 405 => "If the router answers before the CORS layer is reached, put the CORS layer around all routes.",
        408 | 413 | 429 | 500..=599 => {
            "An error that is made outside the CORS layer lacks its headers: make it the outermost layer, and look for a \
             proxy in front of it."
        }
        _ => return None,
    })
}

/// What to do about a header that no list should name, or a method that is probably misspelt.
pub(super) fn on_request_header(name: &str) -> Option<String> {
    name.starts_with("access-control-").then(|| {
        let name = shown(name.as_bytes());
        format!("`{name}` belongs into responses: the page must not set it, which is what has to change.")
    })
}
