//! What is wrong with an origin that the policy refuses.

use crate::compiled::Origins;
use crate::head::Lines;
use crate::origin::{InvalidOrigin, InvalidOriginKind, Origin, OriginPattern};
use crate::reason;
use crate::refusal::RefusalReason;

use super::cause::Cause;
use super::facts::Facts;
use super::nearby::{self, Difference, Near};
use super::words::{allow, quoted};
use super::{Explanation, curl};

pub(super) fn explain(facts: &Facts<'_>) -> Explanation {
    let shown = facts.origin_shown();
    match reason::of_origin(facts.policy, facts.origin) {
        RefusalReason::CrossSiteWithoutOrigin => Explanation::new(
            Cause::CrossSiteWithoutOrigin,
            format!(
                "refused: {} without Origin that another site sent (Sec-Fetch-Site: {}), which browsers always send with \
                 Origin; something on the way removes it: let the proxy pass Origin on",
                quoted(facts.parts.method.as_str()),
                quoted(facts.site.unwrap_or_default())
            ),
        ),
        RefusalReason::SeveralOrigins => Explanation::new(
            Cause::SeveralOrigins,
            "the request has several Origin headers, and a browser sends one: a proxy or the test adds another; leave \
             Origin as the browser sent it",
        ),
        RefusalReason::NoOriginAllowed => no_origin_allowed(facts, &shown),
        RefusalReason::NullOrigin => null(facts),
        RefusalReason::MalformedOrigin => malformed(facts, &shown),
        RefusalReason::PredicateSaidNo => Explanation::new(
            Cause::PredicateSaidNo,
            format!(
                "the predicate of allow_origin says no to {shown}: it is given scheme, host and port, as in \
                 \"https://app.example.com:8443\"; correct it, or list origins and patterns with allow_origins"
            ),
        ),
        RefusalReason::InsecureOrigin => Explanation::new(
            Cause::InsecureOrigin,
            format!(
                "the predicate of allow_origin was not asked about {shown}, which is not encrypted, because this policy \
                 trusts the origins that it allows; serve that page over https, or call \
                 dangerously_allow_insecure_origins(), after which a script that somebody on the network path puts into \
                 that page is trusted"
            ),
        ),
        _ => own_or_near(facts, &shown),
    }
}

fn no_origin_allowed(facts: &Facts<'_>, shown: &str) -> Explanation {
    let text = match facts.origin_text().filter(|origin| origin.parse::<Origin>().is_ok()) {
        Some(origin) => {
            format!("no origin is allowed, so {shown} is not: if that page is yours, {}", allow(facts.policy, origin))
        }
        None => "no origin is allowed: list the origins of your pages with allow_origins".to_owned(),
    };
    Explanation::new(Cause::NoOriginAllowed, text)
}

/// Who sends `null`, as far as the request tells, and what to do instead.
fn null(facts: &Facts<'_>) -> Explanation {
    let settings = &facts.policy.settings;
    let has_referer = facts.parts.headers.contains_key(http::header::REFERER);
    let user_agent = facts.parts.headers.get(http::header::USER_AGENT).and_then(|agent| agent.to_str().ok());
    let packaged = user_agent
        .is_some_and(|agent| ["Electron/", "; wv)", "Cordova", "Capacitor"].iter().any(|it| agent.contains(it)));
    let (who, fix) = if facts.mode == Some("navigate") || facts.site == Some("same-origin") {
        (
            "a form, or a request without CORS, of a page with the referrer policy no-referrer",
            "give that page another one, such as strict-origin-when-cross-origin",
        )
    } else if packaged {
        (
            "a page from the file system, in an application",
            "give the application an origin of its own (a registered scheme in Electron, WebViewAssetLoader or \
             https://localhost on Android, a scheme in Cordova), and list that",
        )
    } else if has_referer {
        (
            "a sandboxed frame, or a request that was redirected from one origin to another",
            "add allow-same-origin to the frame's sandbox, or let the script ask the final address",
        )
    } else {
        (
            "a page without an origin of its own: a file that was opened from the disk, a sandboxed frame, a data: URL, or \
             a request that was redirected from one origin to another",
            "open the page through a web server (http://localhost), add allow-same-origin to the frame's sandbox, or let \
             the script ask the final address",
        )
    };
    let last = if settings.reject_disallowed_origins {
        "; it cannot be allowed where disallowed origins are rejected"
    } else if matches!(facts.policy.origins, Origins::Predicate(_)) {
        "; as a last resort, call dangerously_allow_null_origin(), and the predicate is asked about \"null\" too: if it says \
         yes, every website can read what this policy gives"
    } else if settings.allow_null_origin {
        "; as a last resort, add \"null\" to allow_origins (dangerously_allow_null_origin() is called), after which every \
         website can read what this policy gives"
    } else {
        "; as a last resort, add \"null\" to allow_origins and call dangerously_allow_null_origin(), after which every \
         website can read what this policy gives"
    };
    Explanation::new(Cause::NullOrigin, format!("origin \"null\" is not allowed: it comes from {who}; {fix}{last}"))
}

/// Browsers send well-formed origins: this is a test, or no browser.
fn malformed(facts: &Facts<'_>, shown: &str) -> Explanation {
    let value = match facts.origin {
        Lines::One(value) => String::from_utf8_lossy(value.as_bytes()).into_owned(),
        Lines::None | Lines::Several => String::new(),
    };
    if value.starts_with("file://") {
        return Explanation::new(
            Cause::FileOrigin,
            "origin \"file://\" is not allowed: it comes from a page from the file system, in an old web view; serve the \
             page inside of the application over https (WebViewAssetLoader, or \"https://localhost\" in Cordova and \
             Capacitor) or a registered scheme (Electron), and add that origin to allow_origins",
        );
    }
    // An origin is short: what is longer is not repaired.
    let error = if value.len() > 2_000 { None } else { value.parse::<Origin>().err() };
    let repaired = error.as_ref().and_then(|error| error.suggestion()).map(str::to_owned);
    let fault = match error.as_ref().map(InvalidOrigin::kind) {
        None | Some(InvalidOriginKind::TooLong) => "it is longer than any origin",
        Some(InvalidOriginKind::Empty) => "it is empty",
        Some(InvalidOriginKind::TrailingSlash) => "it ends with a slash",
        Some(InvalidOriginKind::Path | InvalidOriginKind::Query | InvalidOriginKind::Fragment) => "it has a path",
        Some(InvalidOriginKind::UpperCase) => "it has upper-case letters",
        Some(InvalidOriginKind::DefaultPort) => "it names the default port",
        Some(InvalidOriginKind::UnicodeHost) => "its host is not written as Punycode",
        Some(InvalidOriginKind::MissingScheme) => "it has no scheme",
        Some(InvalidOriginKind::List) => "it is a list",
        Some(InvalidOriginKind::Quoted) => "it is in quotes",
        Some(InvalidOriginKind::Whitespace) => "it has white space",
        Some(InvalidOriginKind::SchemeOfNoPage | InvalidOriginKind::OpaqueScheme) => "no page has its scheme",
        Some(InvalidOriginKind::Userinfo) => "it has a user name",
        Some(InvalidOriginKind::NotExact) => "it is a pattern",
        Some(_) => "it is not scheme, host and port",
    };
    let mut text = format!("{shown} is no origin that a browser sends: {fault}");
    let origin = repaired.filter(|origin| origin.parse::<Origin>().is_ok());
    match &origin {
        Some(origin) if allows(facts, origin) => {
            text = format!("{text}; browsers send {}, which is allowed", quoted(origin));
        }
        Some(origin) => {
            text = format!("{text}; browsers send {}: {}", quoted(origin), allow(facts.policy, origin));
        }
        None => text.push_str(", so this is a test or no browser"),
    }
    let origin = origin.unwrap_or_else(|| curl::sample_origin(facts.policy));
    Explanation::new(Cause::MalformedOrigin, text).with_curl(test(facts, &origin))
}

fn test(facts: &Facts<'_>, origin: &str) -> String {
    if facts.is_preflight() {
        let (method, headers) = super::question::asked(facts.parts);
        let method = method.unwrap_or_else(|| "GET".to_owned());
        curl::preflight(facts.parts, origin, &method, &headers)
    } else {
        curl::actual(facts.parts, origin)
    }
}

fn allows(facts: &Facts<'_>, origin: &str) -> bool {
    match &facts.policy.origins {
        Origins::Listed { set, .. } => set.contains(origin.as_bytes()),
        Origins::Any => true,
        Origins::Predicate(_) => false,
    }
}

/// A well-formed origin that the list does not have.
fn own_or_near(facts: &Facts<'_>, shown: &str) -> Explanation {
    let origin = facts.origin_text().unwrap_or_default();
    let allow = allow(facts.policy, origin);
    if let Some(own) = own_page_refused(facts, shown, origin, &allow) {
        return own;
    }
    let found = nearby::search(&facts.policy.origins, origin, facts.authority());
    let Some(Near { entry, listed: read, difference }) = found else {
        let rewritten = match facts.host_shown() {
            Some(host) if facts.policy.reject_disallowed_origins && facts.site.is_none() => {
                format!("; if it is the service's own behind a proxy, let the proxy keep Host, which says {host}")
            }
            _ => String::new(),
        };
        let changing = ["moz-extension:", "safari-web-extension:", "vscode-webview:"];
        let fix = if changing.iter().any(|scheme| origin.starts_with(scheme)) {
            extension(origin, &allow)
        } else {
            format!("if that page is yours, {allow}{rewritten}")
        };
        return Explanation::new(
            Cause::OriginNotListed,
            format!("origin {shown} is not allowed: allow_origins has nothing like it; {fix}"),
        );
    };
    let listed = quoted(&entry);
    let address = quoted(&address_of(&entry, origin));
    let why = match &difference {
        Difference::Case => format!("{listed}, and upper and lower case differ in this scheme; {allow}"),
        Difference::Loopback => {
            format!("{listed}, which is the same machine and another origin; open the page at {address}, or {allow}")
        }
        Difference::OtherAddress => format!(
            "{listed}, and the page was opened at another address, of that machine perhaps; open it at {address}, or {allow}"
        ),
        Difference::InnerName => format!(
            "{listed}, which is a name that only one network knows, of a container for example, where a browser sends the \
             address at which the page was opened; {allow}"
        ),
        Difference::Www => format!("{listed}, and with and without \"www.\" are two origins; {allow}"),
        Difference::RootDot => {
            format!(
                "{listed}, and a dot at the end of the host makes another one; open the page without it, or {allow}"
            )
        }
        Difference::Scheme if origin.starts_with("http://") && allow.starts_with("add") => {
            format!("{listed}, and http and https are two origins; open the page over https, or {allow}")
        }
        Difference::Scheme => format!("{listed}, and http and https are two origins; {allow}"),
        Difference::WebView(family) => format!("{listed}, and {family}; {allow}"),
        Difference::Built(family) => {
            format!("{listed}, which is the development server's, and {family} when it is built; {allow}")
        }
        Difference::Apex => {
            format!("{listed}, which is every host below that one and not itself; if that page is yours, {allow}")
        }
        Difference::Port => format!("{listed}, and the port is part of an origin; {}", any_port(facts, origin, &allow)),
        Difference::Subdomain => format!(
            "{listed}, which is that host alone, neither one below nor above it; if that page is yours, {allow}"
        ),
        Difference::WithinLabel => format!(
            "{listed}, whose * stands for one or more of a-z, 0-9 and - inside of one label, never for a dot; if that page \
             is yours, {allow}"
        ),
        Difference::Extension => format!("{listed}, which is not it; {}", extension(origin, &allow)),
        Difference::Server => format!(
            "{listed}, which is the address of this server, where the origin of the page that asks belongs; if that page is \
             yours, replace the entry: {allow}"
        ),
        Difference::Spelling => {
            format!("{listed}, which is spelt almost the same; if that page is yours, correct the entry: {allow}")
        }
        Difference::Host => {
            format!(
                "{listed}, which is another host of that site, and each host is an origin of its own; if that page is yours, {allow}"
            )
        }
        Difference::Deployment => {
            format!("{listed}, and each deployment has a host of its own; if that page is yours, {allow}")
        }
        Difference::Several(differences) => {
            format!("{listed}, which has {differences}; if that page is yours, {allow}")
        }
    };
    Explanation::new(
        difference.cause(),
        format!("origin {shown} is not allowed: the list {} {why}", if read { "has" } else { "allows" }),
    )
    .with_near_miss(entry)
}

/// Where a page can be opened that an entry for one host allows: with the port of this one, if the entry is for any.
fn address_of(entry: &str, origin: &str) -> String {
    let colon = origin.rfind(':').filter(|colon| *colon > "https:".len() && !origin.ends_with(']'));
    match entry.strip_suffix(":*") {
        Some(host) => format!("{host}{}", colon.and_then(|colon| origin.get(colon..)).unwrap_or_default()),
        None => entry.to_owned(),
    }
}

/// Development servers change their port: a wildcard for it is as safe as one port of this machine.
fn any_port(facts: &Facts<'_>, origin: &str, allow: &str) -> String {
    let host_end = origin.rfind(':').filter(|colon| *colon > "https:".len());
    let local = origin
        .strip_prefix("http://")
        .is_some_and(|rest| rest.starts_with("localhost") || rest.starts_with("127.0.0.1"));
    let wildcard = host_end.and_then(|colon| origin.get(..colon)).map(|host| format!("{host}:*"));
    match wildcard {
        Some(wildcard) if local && wildcard.parse::<OriginPattern>().is_ok() && !facts.policy.credentials => {
            format!("{allow}, or {} for every port in development", quoted(&wildcard))
        }
        _ => allow.to_owned(),
    }
}

fn extension(origin: &str, allow: &str) -> String {
    if origin.starts_with("moz-extension:") || origin.starts_with("safari-web-extension:") {
        let browser = if origin.starts_with("moz-") { "Firefox" } else { "Safari" };
        format!(
            "{browser} gives an extension another identifier in every installation; name this service in the \
             extension's host_permissions, which needs no CORS, or {allow} for this installation"
        )
    } else if origin.starts_with("vscode-webview:") {
        format!("the identifier of a web view changes; let the extension itself ask, or {allow} for this one")
    } else {
        format!(
            "an extension that is loaded unpacked, or into another browser, has another identifier; keep it with \
             \"key\" in manifest.json, or if that extension is yours, {allow}"
        )
    }
}

/// Under enforcement, the service's own pages are refused where they cannot be told from others.
fn own_page_refused(facts: &Facts<'_>, shown: &str, origin: &str, allow: &str) -> Option<Explanation> {
    if !facts.policy.reject_disallowed_origins || facts.is_preflight() {
        return None;
    }
    if facts.site.is_none() && facts.authority().is_some_and(|own| origin.strip_prefix("http://") == Some(own)) {
        let https = if allow.starts_with("add") { "serve it over https, or " } else { "" };
        return Some(Explanation::new(
            Cause::PlainHttpOwnOrigin,
            format!(
                "refused: {shown} is the service's own over plain http, which is not believed under a name, because DNS \
                 rebinding forges it; {https}{allow}"
            ),
        ));
    }
    let forwarded = facts.parts.headers.get("x-forwarded-host").and_then(|host| host.to_str().ok())?;
    let own = [format!("https://{forwarded}"), format!("http://{forwarded}")];
    (facts.site.is_none() && own.iter().any(|own| own == origin)).then(|| {
        Explanation::new(
            Cause::HostRewritten,
            format!(
                "refused: {shown} seems to be the service's own, but the proxy rewrites Host to {}, and X-Forwarded-Host is \
                 not read, because anybody can send it; let the proxy keep Host, or {allow}",
                facts.host_shown().unwrap_or_else(|| "none".to_owned())
            ),
        )
    })
}
