//! The `curl` line that tests what a page would do.
//!
//! People paste it into a shell: what a client wrote stands in it between apostrophes, without one inside, or not at all.

use std::fmt::Write as _;

use http::header::HOST;
use http::request::Parts;

use crate::compiled::{Compiled, Origins};
use crate::origin::{HostShape, OriginPattern, PortShape, Shape, is_loopback};

use super::facts::without_port;

/// What is longer is not repeated: a variable of the shell stands there.
const LONGEST: usize = 200;
/// A page of nobody, where any origin will do.
const ANY_PAGE: &str = "https://page.example";

/// A request of a page at this origin.
pub(super) fn actual(parts: &Parts, origin: &str) -> String {
    let method = match parts.method.as_str() {
        "GET" | "OPTIONS" => "-i".to_owned(),
        // With `-X HEAD` curl waits for the body.
        "HEAD" => "-I".to_owned(),
        method if method.len() > LONGEST => "-i -X \"$METHOD\"".to_owned(),
        // `http` takes any token for a method, with what a shell would run in it.
        method if method.bytes().all(|byte| byte.is_ascii_alphabetic()) => format!("-i -X {method}"),
        method => format!("-i -X {}", quoted(method)),
    };
    format!("curl {method} -H {} {}", quoted(&format!("Origin: {origin}")), target(parts))
}

/// The preflight of such a request. `headers` are names, `method` is a token.
pub(super) fn preflight(parts: &Parts, origin: &str, method: &str, headers: &[String]) -> String {
    let mut line = format!("curl -i -X OPTIONS -H {}", quoted(&format!("Origin: {origin}")));
    let mut add = |name: &str, value: &str, variable: &str| {
        if value.len() > LONGEST {
            let _ = write!(line, " -H {}\"${variable}\"", quoted(&format!("{name}: ")));
        } else {
            let _ = write!(line, " -H {}", quoted(&format!("{name}: {value}")));
        }
    };
    add("Access-Control-Request-Method", method, "METHOD");
    if !headers.is_empty() {
        add("Access-Control-Request-Headers", &headers.join(","), "HEADERS");
    }
    format!("{line} {}", target(parts))
}

/// An origin that the policy allows, to test with.
pub(super) fn sample_origin(policy: &Compiled) -> String {
    let Origins::Listed { set, .. } = &policy.origins else { return ANY_PAGE.to_owned() };
    set.iter().next().and_then(sample).unwrap_or_else(|| ANY_PAGE.to_owned())
}

/// An origin that the pattern denotes.
fn sample(pattern: &str) -> Option<String> {
    let pattern: OriginPattern = pattern.parse().ok()?;
    let Shape::Origins { scheme, host, port } = pattern.shape() else { return None };
    let host = match host {
        HostShape::Exact(host) => host.to_owned(),
        HostShape::Below(base) => format!("page.{base}"),
        HostShape::InLabel { prefix, suffix, rest } => format!("{prefix}1{suffix}.{rest}"),
        HostShape::Any => "app".to_owned(),
    };
    let port = match port {
        PortShape::Number(port) => format!(":{port}"),
        PortShape::Any if is_loopback(&host) => ":3000".to_owned(),
        PortShape::Absent | PortShape::Any => String::new(),
    };
    let origin = format!("{scheme}://{host}{port}");
    pattern.admits(origin.as_bytes()).then_some(origin)
}

/// The address of the request, quoted for a shell.
fn target(parts: &Parts) -> String {
    let host = match parts.uri.authority() {
        Some(authority) => Some(authority.as_str()),
        None => parts.headers.get(HOST).and_then(|host| host.to_str().ok()),
    };
    let Some(host) = host.filter(|host| is_plain(host)) else { return "\"$URL\"".to_owned() };
    let scheme = match parts.uri.scheme_str() {
        Some(scheme) => scheme,
        // Behind a proxy the server does not know; on this machine there is mostly none.
        None if is_loopback(without_port(host)) => "http",
        None => "https",
    };
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let url = format!("{scheme}://{host}{path}");
    if url.len() > LONGEST {
        return "\"$URL\"".to_owned();
    }
    // Else curl makes one request for each of `[1-9]` and `{a,b}`.
    let literal = if url.contains(['[', '{']) { "-g " } else { "" };
    format!("{literal}{}", quoted(&url))
}

fn is_plain(host: &str) -> bool {
    host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte))
}

/// A text as one word of a shell.
fn quoted(text: &str) -> String {
    let printable: String =
        text.chars().filter(|character| character.is_ascii_graphic() || *character == ' ').collect();
    format!("'{}'", printable.replace('\'', "%27"))
}
