//! Answers that lead elsewhere.

use http::header::LOCATION;
use http::response;

use crate::origin::is_loopback;

use super::Explanation;
use super::cause::Cause;
use super::facts::Facts;
use super::words::{OUTERMOST, quoted};

/// What a segment of the path, or a label of the host, of a login is called: without `-`, `_`, an ending, a version.
const LOGIN: [&str; 12] = [
    "login",
    "logon",
    "signin",
    "auth",
    "authenticate",
    "authorize",
    "oauth",
    "oauthauthorize",
    "openid",
    "openidconnect",
    "saml",
    "sso",
];

/// An answer with a redirect. `ours` says that this layer has seen it, so that the browser may follow.
pub(super) fn explain(facts: &Facts<'_>, answer: &response::Parts, ours: bool) -> Explanation {
    let location = answer.headers.get(LOCATION).and_then(|to| to.to_str().ok()).unwrap_or_default();
    let to = Target::of(location);
    let stops_at_http = !facts.is_preflight() && to.is_downgrade(facts);
    let what = if facts.is_preflight() {
        format!(
            "the preflight was redirected ({}) to {}, and browsers follow no redirect of one",
            answer.status.as_u16(),
            quoted(location)
        )
    } else if stops_at_http {
        format!(
            "the request was redirected ({}) to {}, which is plain http, where a page that came over https may not go on to \
             (mixed content), so the browser stops",
            answer.status.as_u16(),
            quoted(location)
        )
    } else if ours {
        format!(
            "the request was redirected ({}) to {}: the browser follows, asks permission there too, and names origin \
             \"null\" once another origin than the page's has sent it on to a third one",
            answer.status.as_u16(),
            quoted(location)
        )
    } else {
        format!(
            "the request was redirected ({}) to {} outside of this layer, without permission, so the browser stops",
            answer.status.as_u16(),
            quoted(location)
        )
    };
    let here = facts.parts.uri.path();
    let authority = facts.authority();
    let same_host = to.authority.is_none() || to.authority == authority;
    let name = |authority: Option<&str>| authority.map(|it| super::facts::without_port(it).to_ascii_lowercase());
    let same_name = authority.is_none() || name(to.authority) == name(authority);
    if to.scheme.as_deref() == Some("https") && to.path == here && same_name {
        return Explanation::new(Cause::RedirectToHttps, format!("{what}; write https:// in the script"));
    }
    let slash = format!("{here}/") == to.path || format!("{}/", to.path) == here;
    if same_host && slash {
        let more = if to.path.len() > here.len() { "with" } else { "without" };
        return Explanation::new(
            Cause::RedirectToSlash,
            format!("{what}; write the address in the script {more} the slash at the end"),
        );
    }
    if to.is_login(here, authority.unwrap_or_default()) {
        return Explanation::new(
            Cause::RedirectToLogin,
            format!(
                "{what}; authentication sends it to a login, which is for people: let it answer 401 to scripts, and let the \
                 page itself go there (location.href){}",
                if ours { String::new() } else { format!(", and {OUTERMOST}") }
            ),
        );
    }
    if stops_at_http {
        return Explanation::new(
            Cause::MixedContent,
            format!(
                "{what}; let the service write https:// into its redirects (behind a proxy that ends TLS, from \
                 X-Forwarded-Proto)"
            ),
        );
    }
    let fix = if to.authority.is_some() && to.path == here {
        "write that host in the script"
    } else {
        "let the script ask that address"
    };
    Explanation::new(Cause::Redirected, format!("{what}; {fix}"))
}

/// Whether a redirect leads to another origin than the one that was asked.
pub(super) fn leads_away(facts: &Facts<'_>, answer: &response::Parts) -> bool {
    let location = answer.headers.get(LOCATION).and_then(|to| to.to_str().ok()).unwrap_or_default();
    let to = Target::of(location);
    let asked = facts.origin_text().and_then(|origin| origin.split_once("://")).map(|(scheme, _)| scheme);
    let other_scheme = asked.is_some_and(|asked| to.scheme.as_deref().is_some_and(|scheme| scheme != asked));
    other_scheme || to.authority.is_some_and(|authority| Some(authority) != facts.authority())
}

struct Target<'a> {
    /// In lower case, if the address has one.
    scheme: Option<String>,
    authority: Option<&'a str>,
    path: &'a str,
}

impl<'a> Target<'a> {
    fn of(location: &'a str) -> Self {
        let is_scheme = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        // An address to come back to, in the query of a relative one, has these signs too.
        let absolute = location.split_once("://").filter(|(scheme, _)| is_scheme(scheme));
        let scheme = absolute.map(|(scheme, _)| scheme.to_ascii_lowercase());
        let after_scheme = absolute.map(|(_, rest)| rest).or_else(|| location.strip_prefix("//"));
        let (authority, path) = match after_scheme {
            Some(rest) => {
                let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
                (rest.get(..end), rest.get(end..).unwrap_or_default())
            }
            None => (None, location),
        };
        let path = path.split(['?', '#']).next().unwrap_or_default();
        let path = if path.is_empty() { "/" } else { path };
        Self { scheme, authority, path }
    }

    /// Whether it leads from a page that came over https to plain http, and not to this machine.
    fn is_downgrade(&self, facts: &Facts<'_>) -> bool {
        let is_local = self.authority.is_some_and(|authority| is_loopback(super::facts::without_port(authority)));
        let from_https = facts.origin_text().is_some_and(|origin| origin.starts_with("https://"));
        self.scheme.as_deref() == Some("http") && from_https && !is_local
    }

    /// Whether host or path is called like a login, by a word that the address asked for does not have.
    fn is_login(&self, path: &str, authority: &str) -> bool {
        let host = self.authority.map(super::facts::without_port).unwrap_or_default();
        let own = super::facts::without_port(authority);
        // `accounts.` is a login, `/accounts` a part of any shop.
        let is_new_label = |label: &str| {
            (is_login(label) || label.eq_ignore_ascii_case("accounts"))
                && !own.split('.').any(|own| own.eq_ignore_ascii_case(label))
        };
        host.split('.').any(is_new_label)
            || self
                .path
                .split('/')
                .any(|part| is_login(part) && !path.split('/').any(|own| own.eq_ignore_ascii_case(part)))
    }
}

/// `sign-in`, `Login.aspx` and `oauth2`, but no word in which these only occur.
fn is_login(segment: &str) -> bool {
    let word = segment.split(['.', ';']).next().unwrap_or_default().replace(['-', '_'], "").to_ascii_lowercase();
    LOGIN.contains(&word.trim_end_matches(|last: char| last.is_ascii_digit()))
}
