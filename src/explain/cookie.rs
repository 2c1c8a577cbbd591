//! Cookies of an answer that the browser does not keep.

use http::header::SET_COOKIE;
use http::response;

use crate::origin::is_loopback;

use super::Explanation;
use super::cause::Cause;
use super::facts::{Facts, without_port};
use super::request;
use super::words::quoted;

/// A cookie that is not kept, although the page may read the answer.
pub(super) fn explain(facts: &Facts<'_>, answer: &response::Parts) -> Option<Explanation> {
    let cookies: Vec<&str> = cookies(answer).filter(|cookie| !is_of_proxy(cookie_name(cookie))).collect();
    if cookies.is_empty() {
        return None;
    }
    if !facts.policy.credentials {
        return Some(request::credentials(
            facts,
            "the answer sets a cookie, which browsers keep only if the page sends credentials",
        ));
    }
    if let Some(explanation) = cookies.iter().find_map(|cookie| refused_anywhere(facts, cookie)) {
        return Some(explanation);
    }
    if !facts.is_cross_site() {
        return None;
    }
    let keeps = |cookie: &&&str| {
        let mut attributes = cookie.split(';').skip(1).map(|attribute| attribute.trim().to_ascii_lowercase());
        let none = attributes.clone().any(|attribute| attribute.replace(' ', "") == "samesite=none");
        none && attributes.any(|attribute| attribute == "secure")
    };
    let lost = cookies.iter().find(|cookie| !keeps(cookie))?;
    Some(Explanation::new(
        Cause::CookieNotKept,
        format!(
            "no CORS matter: the page can read this answer, but the browser does not keep cookie {} of another site without \
             SameSite=None; Secure; set both where the cookie is made, or serve page and service from one site",
            quoted(cookie_name(lost))
        ),
    ))
}

/// A cookie that a browser does not take from this service, whatever page asks.
fn refused_anywhere(facts: &Facts<'_>, cookie: &str) -> Option<Explanation> {
    let host = facts.authority().map(|authority| without_port(authority).to_ascii_lowercase())?;
    let mut attributes =
        cookie.split(';').skip(1).map(|attribute| attribute.split_once('=').unwrap_or((attribute, "")));
    let is = |name: &str, wanted: &str| name.trim().eq_ignore_ascii_case(wanted);
    let domain = attributes.clone().find(|(name, _)| is(name, "domain")).map(|(_, domain)| domain.trim());
    let domain = domain.map(|domain| domain.strip_prefix('.').unwrap_or(domain).to_ascii_lowercase());
    let is_foreign = |domain: &String| {
        let covers = host.strip_suffix(domain.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
        !domain.is_empty() && !covers
    };
    let why = if let Some(domain) = domain.filter(is_foreign) {
        format!(
            "with Domain {}, which is neither the host of this service ({}) nor a domain above it; remove Domain where the \
             cookie is made, or name a domain that page and service share",
            quoted(&domain),
            quoted(&host)
        )
    } else if facts.parts.uri.scheme_str() == Some("http")
        && !is_loopback(&host)
        && attributes.any(|(name, _)| is(name, "secure"))
    {
        "with Secure from a service on plain http; serve it over https".to_owned()
    } else {
        return None;
    };
    Some(Explanation::new(
        Cause::CookieNotKept,
        format!(
            "no CORS matter: the page can read this answer, but the browser does not keep cookie {} {why}",
            quoted(cookie_name(cookie))
        ),
    ))
}

pub(super) fn cookies(answer: &response::Parts) -> impl Iterator<Item = &str> {
    answer.headers.get_all(SET_COOKIE).iter().filter_map(|cookie| cookie.to_str().ok())
}

pub(super) fn cookie_name(cookie: &str) -> &str {
    cookie.split(['=', ';']).next().unwrap_or_default().trim()
}

/// Cookies by which balancers, firewalls and networks know a browser again; no page misses them.
pub(super) fn is_of_proxy(cookie: &str) -> bool {
    const NAMES: &[&str] = &["route", "SERVERID", "GCLB", "INGRESSCOOKIE", "AWSELB", "AWSELBCORS"];
    const PREFIXES: &[&str] = &[
        "AWSALB",
        "ARRAffinity",
        "ApplicationGatewayAffinity",
        "BIGipServer",
        "TS01",
        "_cfuvid",
        "__cf",
        "cf_",
        "incap_ses_",
        "visid_incap_",
        "nlbi_",
        "ak_bmsc",
    ];
    NAMES.contains(&cookie) || PREFIXES.iter().any(|prefix| cookie.starts_with(prefix))
}
