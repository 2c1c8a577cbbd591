//! Origins, sites and URLs as a user agent sees them.

use url::{Host, Url};

/// The [origin](https://html.spec.whatwg.org/#concept-origin) of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PageOrigin {
    /// Serialises as `null` and equals nothing.
    Opaque,
    /// A scheme, a host and perhaps a port.
    Tuple { text: String, scheme: String, site: String },
}

impl PageOrigin {
    /// From an origin or the URL of a page; what has no origin of its own (`file:`, `data:`, `about:`) is opaque.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if text == "null" {
            return Some(Self::Opaque);
        }
        let mut url = Url::parse(text).ok()?;
        if url.scheme() == "blob" {
            url = Url::parse(url.path()).ok()?;
        }
        let (scheme, Some(host)) = (url.scheme(), url.host_str()) else { return Some(Self::Opaque) };
        if matches!(scheme, "file" | "data" | "about" | "javascript") {
            return Some(Self::Opaque);
        }
        Some(Self::Tuple { text: serialize(&url), scheme: scheme.to_owned(), site: site(host).to_owned() })
    }

    /// As it stands in an `Origin` header.
    pub(super) fn as_str(&self) -> &str {
        match self {
            Self::Opaque => "null",
            Self::Tuple { text, .. } => text,
        }
    }

    pub(super) fn is_https(&self) -> bool {
        matches!(self, Self::Tuple { scheme, .. } if scheme == "https")
    }

    /// [Same origin](https://html.spec.whatwg.org/#same-origin) with the URL's.
    pub(super) fn is_same_origin(&self, url: &Url) -> bool {
        matches!(self, Self::Tuple { text, .. } if *text == serialize(url))
    }

    /// [Same site](https://html.spec.whatwg.org/#same-site) with the URL's origin: scheme and registrable domain.
    pub(super) fn is_same_site(&self, url: &Url) -> bool {
        matches!(self, Self::Tuple { scheme, .. } if scheme == url.scheme()) && self.is_schemelessly_same_site(url)
    }

    /// The same registrable domain, whatever the scheme.
    pub(super) fn is_schemelessly_same_site(&self, url: &Url) -> bool {
        matches!(self, Self::Tuple { site: own, .. } if url.host_str().is_some_and(|host| site(host) == own))
    }

    /// The site as the key of a network partition; opaque origins share one here.
    pub(super) fn site_key(&self) -> String {
        match self {
            Self::Opaque => "null".to_owned(),
            Self::Tuple { scheme, site, .. } => format!("{scheme}://{site}"),
        }
    }

    /// The page's URL with only the slash as its path, as a `Referer` may hold it; nothing for pages off the web.
    pub(super) fn referrer(&self) -> Option<String> {
        match self {
            Self::Tuple { text, scheme, .. } if matches!(scheme.as_str(), "http" | "https") => Some(format!("{text}/")),
            _ => None,
        }
    }
}

/// The serialised origin of a URL that has a host.
pub(super) fn serialize(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{}://{host}:{port}", url.scheme()),
        None => format!("{}://{host}", url.scheme()),
    }
}

pub(super) fn is_same_origin(one: &Url, other: &Url) -> bool {
    serialize(one) == serialize(other)
}

/// The registrable domain of a host, or the host itself if it is an address or has none.
fn site(host: &str) -> &str {
    if matches!(Host::parse(host), Ok(Host::Domain(_))) { psl::domain_str(host).unwrap_or(host) } else { host }
}

/// [Potentially trustworthy](https://w3c.github.io/webappsec-secure-contexts/#is-origin-trustworthy): encrypted, or
/// this machine.
pub(super) fn is_trustworthy(url: &Url) -> bool {
    matches!(url.scheme(), "https" | "wss") || is_loopback(url)
}

pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => {
            let name = name.strip_suffix('.').unwrap_or(name);
            name == "localhost" || name.ends_with(".localhost")
        }
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Whether the host is a name, not an address.
pub(super) fn is_domain(url: &Url) -> bool {
    matches!(url.host(), Some(Host::Domain(_)))
}
