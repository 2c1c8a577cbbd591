//! What the rules mean, written from the rules alone: slow, and by hand.

use super::rules::{Names, Origins, Rules};

/// Origins of pages: what patterns denote, and what looks like it.
pub const ORIGINS: &[&str] = &[
    "https://app.example.com",
    "https://www.example.com",
    "https://example.com",
    "https://app.example.com.",
    "https://app.example.com:8443",
    "https://a.b.example.com",
    "https://a.b.example.com:8443",
    "https://a.b.example.com:9000",
    "https://evilexample.com",
    "https://app.example.com.evil.net",
    "https://pr-7.preview.example.com",
    "https://pr-7.a.preview.example.com",
    "https://pr-7_a.preview.example.com",
    "https://xpr-7.preview.example.com",
    "https://7-web.preview.example.com:8443",
    "https://7-web.preview.example.com",
    "https://dev.example.com",
    "https://dev.example.com:3000",
    "https://xn--bcher-kva.example",
    "https://[2001:db8::1]:8443",
    "https://[2001:db8::2]:8443",
    "http://app.example.com",
    "http://a.example.com",
    "http://example.com",
    "http://localhost:3000",
    "http://localhost:3001",
    "http://localhost",
    "http://a.localhost:3000",
    "http://127.0.0.1:8080",
    "http://127.0.0.1:8081",
    "https://mine.github.io",
    "https://github.io",
    "capacitor://localhost",
    "capacitor://localhosts",
    "app://anything.at.all",
    "null",
];

/// May a page at this origin read?
pub fn allows_origin(rules: &Rules, origin: &str) -> bool {
    match &rules.origins {
        Origins::Any => true,
        Origins::Listed(patterns) => patterns.iter().any(|pattern| denotes(pattern, origin)),
        Origins::Predicate { no, null } => {
            let (scheme, host, _) = parts(origin);
            let trusted = scheme != "http" || is_this_machine(host);
            let asked = if origin == "null" {
                *null && !rules.enforcement
            } else {
                trusted || !(rules.credentials || rules.enforcement)
            };
            asked && !no.contains(&origin)
        }
    }
}

fn denotes(pattern: &str, origin: &str) -> bool {
    if pattern == "null" || origin == "null" {
        return pattern == origin;
    }
    let (scheme, host, port) = parts(pattern);
    let (its_scheme, its_host, its_port) = parts(origin);
    let hosts_agree = match host.split_once('*') {
        None => host == its_host,
        Some(("", "")) => true,
        Some(("", base)) if base.starts_with('.') => {
            its_host.strip_suffix(base).is_some_and(|below| below.split('.').all(|label| !label.is_empty()))
        }
        Some((before, after)) => its_host
            .strip_prefix(before)
            .and_then(|rest| rest.strip_suffix(after))
            .is_some_and(|inside| !inside.is_empty() && !inside.contains(['.', '_'])),
    };
    scheme == its_scheme && hosts_agree && (port == Some("*") || port == its_port)
}

fn parts(origin: &str) -> (&str, &str, Option<&str>) {
    let (scheme, rest) = origin.split_once("://").unwrap_or(("", origin));
    match rest.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (scheme, host, Some(port)),
        _ => (scheme, rest, None),
    }
}

pub fn is_this_machine(host: &str) -> bool {
    host == "localhost" || host.ends_with(".localhost") || host.starts_with("127.") || host == "[::1]"
}

/// Does a preflight permit the method, as the browser writes it?
///
/// The Standard has an exception: a preflight that only an upload listener asks for takes an answer without
/// `Access-Control-Allow-Methods` for a yes (<https://fetch.spec.whatwg.org/#cors-preflight-fetch>, step 7.4).
pub fn allows_method(rules: &Rules, method: &str, upload_listener: bool) -> bool {
    let normalized = |method: &str| {
        let upper = method.to_uppercase();
        let six = ["DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"];
        if six.contains(&upper.as_str()) { upper } else { method.to_owned() }
    };
    let method = normalized(method);
    ["GET", "HEAD", "POST"].contains(&method.as_str())
        || match &rules.methods {
            Names::Any => true,
            Names::Listed(names) if names.is_empty() => upload_listener,
            Names::Listed(names) => names.iter().any(|name| normalized(name) == method),
        }
}

/// Does a preflight permit a request header that is not safelisted?
pub fn allows_header(rules: &Rules, name: &str) -> bool {
    match &rules.headers {
        Names::Any => !(rules.except_authorization && name == "authorization"),
        Names::Listed(names) => names.contains(&name),
    }
}

/// May a script of an allowed page read this response header? `inner`: what the service itself exposes.
pub fn exposes(rules: &Rules, name: &str, status: u16, inner: Option<&str>) -> bool {
    let always =
        ["cache-control", "content-language", "content-length", "content-type", "expires", "last-modified", "pragma"];
    if name == "set-cookie" {
        return false;
    }
    let named = match &rules.exposed {
        // The stored names stay in force, and a page that asked for a 304 itself has none stored.
        Names::Any => !(rules.credentials && status == 304),
        Names::Listed(names) if !names.is_empty() => names.contains(&name),
        Names::Listed(_) => inner == Some(name),
    };
    named || always.contains(&name)
}
