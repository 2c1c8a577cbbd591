//! Answers that lead elsewhere.

use http::header::LOCATION;
use http::response;

use super::Explanation;
use super::cause::Cause;
use super::facts::Facts;
use super::words::{OUTERMOST, quoted};

/// What the address of a login looks like.
const LOGIN: [&str; 12] = [
    "login",
    "log-in",
    "logon",
    "signin",
    "sign-in",
    "sign_in",
    "/auth",
    "oauth",
    "openid",
    "saml",
    "/sso",
    "accounts.",
];

/// An answer with a redirect. `ours` says that this layer has seen it, so that the browser may follow.
pub(super) fn explain(facts: &Facts<'_>, answer: &response::Parts, ours: bool) -> Explanation {
    let location = answer.headers.get(LOCATION).and_then(|to| to.to_str().ok()).unwrap_or_default();
    let what = if facts.is_preflight() {
        format!(
            "the preflight was redirected ({}) to {}, and browsers follow no redirect of one",
            answer.status.as_u16(),
            quoted(location)
        )
    } else if ours {
        format!(
            "the request was redirected ({}) to {}: the browser follows, asks permission there again, and names origin \
             \"null\" once it went from one origin to another",
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
    let to = Target::of(location);
    let here = facts.parts.uri.path();
    let authority = facts.authority();
    let same_host = to.authority.is_none() || to.authority == authority;
    let slash = format!("{here}/") == to.path || format!("{}/", to.path) == here;
    if same_host && slash {
        let more = if to.path.len() > here.len() { "with" } else { "without" };
        return Explanation::new(
            Cause::RedirectToSlash,
            format!("{what}; write the address in the script {more} the slash at the end"),
        );
    }
    if LOGIN.iter().any(|word| to.text.contains(word)) {
        return Explanation::new(
            Cause::RedirectToLogin,
            format!(
                "{what}; authentication sends it to a login, which is for people: let it answer 401 to scripts, and \
                 {OUTERMOST}"
            ),
        );
    }
    let host = |authority: Option<&str>| authority.map(|it| super::facts::without_port(it).to_owned());
    if to.text.starts_with("https://")
        && to.path == here
        && (authority.is_none() || host(to.authority) == host(authority))
    {
        return Explanation::new(Cause::RedirectToHttps, format!("{what}; write https:// in the script"));
    }
    let fix = if to.authority.is_some() && to.path == here {
        "write that host in the script"
    } else {
        "let the script ask that address"
    };
    Explanation::new(Cause::Redirected, format!("{what}; {fix}"))
}

struct Target<'a> {
    text: String,
    authority: Option<&'a str>,
    path: &'a str,
}

impl<'a> Target<'a> {
    fn of(location: &'a str) -> Self {
        let after_scheme = location.split_once("://").map(|(_, rest)| rest).or_else(|| location.strip_prefix("//"));
        let (authority, path) = match after_scheme {
            Some(rest) => {
                let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
                (rest.get(..end), rest.get(end..).unwrap_or_default())
            }
            None => (None, location),
        };
        let path = path.split(['?', '#']).next().unwrap_or_default();
        let path = if path.is_empty() { "/" } else { path };
        // The words of a login stand in what comes before the query, which may name any page to come back to.
        let text = location.split('?').next().unwrap_or_default().to_ascii_lowercase();
        Self { text, authority, path }
    }
}
