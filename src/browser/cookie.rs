//! A small cookie jar: enough to say whether a request carries cookies, and why not.

use super::engine::Engine;
use super::site::is_loopback;
use url::Url;

/// The cookies of a user agent. Of `Set-Cookie` it knows the name and value, `Domain`, `Path`, `Secure`, `SameSite` and a
/// `Max-Age` that deletes; it knows no other expiry, and no partitions.
#[derive(Clone, Debug, Default)]
pub(super) struct CookieJar {
    cookies: Vec<Cookie>,
}

#[derive(Clone, Debug)]
struct Cookie {
    name: String,
    value: String,
    domain: String,
    with_subdomains: bool,
    path: String,
    secure: bool,
    same_site: Option<SameSite>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SameSite {
    None,
    Lax,
    Strict,
}

/// How a request stands to the page that makes it, as `SameSite` sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Relation {
    SameSite,
    /// Across sites, but a top-level navigation with a safe method.
    Navigation,
    CrossSite,
}

/// The cookies for a request: those that go with it, and the names of those that `SameSite` holds back.
#[derive(Debug, Default)]
pub(super) struct Selected {
    pub(super) header: Option<String>,
    pub(super) withheld: Vec<String>,
}

impl CookieJar {
    /// More cookies than this are not kept: the oldest go.
    const MOST: usize = 1000;

    /// Stores what one `Set-Cookie` line says, or tells why not.
    pub(super) fn store(&mut self, url: &Url, line: &str) -> Result<(), &'static str> {
        let (cookie, deletes) = Cookie::parse(url, line)?;
        self.cookies.retain(|old| (&old.name, &old.domain, &old.path) != (&cookie.name, &cookie.domain, &cookie.path));
        if !deletes {
            if self.cookies.len() >= Self::MOST {
                self.cookies.remove(0);
            }
            self.cookies.push(cookie);
        }
        Ok(())
    }

    pub(super) fn select(&self, engine: Engine, url: &Url, relation: Relation) -> Selected {
        let mut selected = Selected::default();
        for cookie in self.cookies.iter().filter(|cookie| cookie.matches(url)) {
            let default = if engine.defaults_cookies_to_lax() { SameSite::Lax } else { SameSite::None };
            let sent = match cookie.same_site.unwrap_or(default) {
                SameSite::None => true,
                SameSite::Lax => relation != Relation::CrossSite,
                SameSite::Strict => relation == Relation::SameSite,
            };
            if sent {
                let header = selected.header.get_or_insert_with(String::new);
                if !header.is_empty() {
                    header.push_str("; ");
                }
                header.push_str(&cookie.name);
                header.push('=');
                header.push_str(&cookie.value);
            } else {
                selected.withheld.push(cookie.name.clone());
            }
        }
        selected
    }
}

impl Cookie {
    /// The cookie, and whether the line deletes it.
    fn parse(url: &Url, line: &str) -> Result<(Self, bool), &'static str> {
        let is_value = |text: &str| text.bytes().all(|byte| byte == b'\t' || (0x20..0x7f).contains(&byte));
        let host = url.host_str().ok_or("its URL has no host")?;
        let mut parts = line.split(';').map(str::trim);
        let (name, value) = parts.next().and_then(|pair| pair.split_once('=')).ok_or("it has no name and value")?;
        if name.trim().is_empty() {
            return Err("it has no name");
        }
        if !is_value(name) || !is_value(value) {
            return Err("it has a control character, or one that is not ASCII");
        }
        let mut cookie = Self {
            name: name.trim().to_owned(),
            value: value.trim().to_owned(),
            domain: host.to_owned(),
            with_subdomains: false,
            path: url
                .path()
                .rsplit_once('/')
                .map_or("/", |(path, _)| if path.is_empty() { "/" } else { path })
                .to_owned(),
            secure: false,
            same_site: None,
        };
        let mut deletes = false;
        for part in parts {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            match name.trim().to_ascii_lowercase().as_str() {
                "secure" => cookie.secure = true,
                "domain" => {
                    let domain = value.trim().trim_start_matches('.').to_ascii_lowercase();
                    if !covers(&domain, host) || psl::domain_str(&domain).is_none() && domain != host {
                        return Err("its `Domain` is not the server's, or a public suffix");
                    }
                    cookie.with_subdomains = true;
                    cookie.domain = domain;
                }
                "path" if value.trim().starts_with('/') => value.trim().clone_into(&mut cookie.path),
                "samesite" => {
                    cookie.same_site = match value.trim().to_ascii_lowercase().as_str() {
                        "none" => Some(SameSite::None),
                        "lax" => Some(SameSite::Lax),
                        "strict" => Some(SameSite::Strict),
                        _ => None,
                    }
                }
                "max-age" => deletes = value.trim().parse().is_ok_and(|seconds: i64| seconds <= 0),
                _ => {}
            }
        }
        let can_be_secure = url.scheme() == "https" || is_loopback(url);
        if cookie.secure && !can_be_secure {
            return Err("it is `Secure`, and came over plain http");
        }
        if cookie.same_site == Some(SameSite::None) && !cookie.secure {
            return Err("it is `SameSite=None` without `Secure`");
        }
        Ok((cookie, deletes))
    }

    fn matches(&self, url: &Url) -> bool {
        let host_matches = url
            .host_str()
            .is_some_and(|host| host == self.domain || self.with_subdomains && covers(&self.domain, host));
        let path_matches = url
            .path()
            .strip_prefix(self.path.as_str())
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || self.path.ends_with('/'));
        host_matches && path_matches && (!self.secure || url.scheme() == "https" || is_loopback(url))
    }
}

/// Whether `host` is `domain` or a name below it.
fn covers(domain: &str, host: &str) -> bool {
    host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}
