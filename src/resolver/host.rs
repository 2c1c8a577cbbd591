//! [`HostKey`]: one spelling for each host.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::origin::is_origin;
use crate::own_origin::is_port;
use crate::quote::Quoted;

const LONGEST_HOST: usize = 253;

/// A host, in the one spelling that all its spellings share: lower case, without port and without a root dot.
///
/// A name of letters, digits, `-` and `_` in labels of 1 to 63, or an IP address as the
/// [URL Standard](https://url.spec.whatwg.org/#host-serializing) writes it. [`Target::host`](super::Target::host) makes
/// it from a request; `parse` makes it from the texts of a database, so that both sides agree.
///
/// ```
/// use tower_cors::resolver::HostKey;
///
/// let host: HostKey = "Acme.Example.COM.:8443".parse()?;
/// assert_eq!(host.as_str(), "acme.example.com");
/// assert!("https://acme.example.com".parse::<HostKey>().is_err());
/// # Ok::<(), tower_cors::resolver::InvalidHost>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostKey(Arc<str>);

impl HostKey {
    pub(super) fn of_authority(authority: &str) -> Option<Self> {
        const SCHEME: &[u8] = b"https://";
        let host = without_port(authority)?;
        let host = host.strip_suffix('.').unwrap_or(host);
        if host.ends_with('.') || host.len() > LONGEST_HOST {
            return None;
        }
        // A host is well-formed if an origin can have it. Written here, so that the key is the only allocation.
        let mut buffer = [0; SCHEME.len() + LONGEST_HOST];
        let origin = buffer.get_mut(..SCHEME.len().saturating_add(host.len()))?;
        let (scheme, name) = origin.split_at_mut_checked(SCHEME.len())?;
        scheme.copy_from_slice(SCHEME);
        name.copy_from_slice(host.as_bytes());
        name.make_ascii_lowercase();
        if !is_origin(origin) {
            return None;
        }
        let name = origin.get(SCHEME.len()..)?;
        std::str::from_utf8(name).ok().map(|name| Self(Arc::from(name)))
    }

    /// The host.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn without_port(authority: &str) -> Option<&str> {
    let (host, port) = match authority.find(']') {
        Some(end) => authority.split_at(end.saturating_add(1)),
        None => authority.split_at(authority.find(':').unwrap_or(authority.len())),
    };
    (port.is_empty() || port.strip_prefix(':').is_some_and(is_port)).then_some(host)
}

impl FromStr for HostKey {
    type Err = InvalidHost;

    fn from_str(text: &str) -> Result<Self, InvalidHost> {
        Self::of_authority(text).ok_or_else(|| InvalidHost { value: text.into() })
    }
}

impl AsRef<str> for HostKey {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for HostKey {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for HostKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for HostKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("HostKey").field(&self.0).finish()
    }
}

/// A text that is no [`HostKey`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidHost {
    value: Box<str>,
}

impl InvalidHost {
    /// The text that was refused.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }
}

impl fmt::Display for InvalidHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} is not a host: write a name such as \"acme.example.com\", or an IP address, without scheme and path",
            Quoted(&self.value)
        )
    }
}

impl std::error::Error for InvalidHost {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_host_is_one_key() {
        let label = "a".repeat(63);
        let longest = [&*label, &label, &label, &label[2..]].join(".");
        for (text, key) in [
            ("acme.example.com", "acme.example.com"),
            ("ACME.example.com", "acme.example.com"),
            ("acme.example.com.", "acme.example.com"),
            ("acme.example.com:8443", "acme.example.com"),
            ("Acme.example.com.:8443", "acme.example.com"),
            ("localhost", "localhost"),
            ("xn--bcher-kva.example", "xn--bcher-kva.example"),
            ("a_b.example", "a_b.example"),
            ("127.0.0.1:80", "127.0.0.1"),
            ("[::1]", "[::1]"),
            ("[FE80::A]:443", "[fe80::a]"),
            (&longest, &longest),
            (&format!("{longest}."), &longest),
        ] {
            assert_eq!(text.parse::<HostKey>().as_ref().map(HostKey::as_str), Ok(key), "{text}");
        }
    }

    #[test]
    fn what_is_no_host_is_no_key() {
        let label = "a".repeat(64);
        let long = ["a".repeat(63).as_str(); 4].join(".");
        for text in [
            "",
            ".",
            "..",
            ":80",
            "a..",
            "a..b",
            ".a",
            "a:",
            "a:b",
            "a:80:80",
            "a:65536",
            "a:+1",
            "a:-1",
            " a",
            "a b",
            "a/b",
            "a?b",
            "a#b",
            "user@a",
            "a@",
            "a,b",
            "a%62",
            "*",
            "*.a",
            "bücher.example",
            "a\u{0}",
            "a\n",
            "[::1",
            "::1",
            "[::1]x",
            "[::1]:",
            "[::01]",
            "[a]",
            "1.2.3",
            "127.1",
            "0x7f.1",
            "https://a",
            "null",
            &label,
            &long,
        ] {
            // "null" is a host like any other.
            assert_eq!(text.parse::<HostKey>().is_ok(), text == "null", "{text:?}");
        }
    }

    #[test]
    fn a_refused_text_is_shown_quoted() {
        let error = "a\n\u{1b}[31mb".parse::<HostKey>().unwrap_err();
        assert_eq!(error.value(), "a\n\u{1b}[31mb");
        assert!(error.to_string().starts_with(r#""a\n\u{1b}[31mb" is not a host"#), "{error}");
    }
}
