//! What a trusting policy must know of a pattern: whether the network or strangers can speak in its name.

use super::pattern::OriginPattern;
use super::shape::{HostShape, Shape, exact_shape, is_loopback, without_root_dot};
use super::suffix::strangers_register_below;

impl OriginPattern {
    /// Whether it denotes `http` origins beyond this machine, whose pages anybody on the way can write.
    ///
    /// `*` is not asked here: no trusting policy may have it.
    pub(crate) fn is_insecure_http(&self) -> bool {
        is_insecure(self.shape())
    }

    /// For a wildcard under which strangers can register names: the text that lifts the check.
    ///
    /// That is the part after the wildcard without root dot (`netlify.app`), or the pattern without port for
    /// `scheme://*`. Without the feature `public-suffix` it is so for every wildcard in a host, `*.localhost` included.
    pub(crate) fn open_to_strangers(&self) -> Option<&str> {
        let Shape::Origins { host, .. } = self.shape() else { return None };
        let base = match host {
            HostShape::Exact(_) => return None,
            HostShape::Any => return Some(self.without_port()),
            HostShape::Below(base) | HostShape::InLabel { rest: base, .. } => without_root_dot(base),
        };
        let checked = cfg!(feature = "public-suffix");
        let safe = checked && (base == "localhost" || (base.contains('.') && !strangers_register_below(base)));
        (!safe).then_some(base)
    }
}

/// The question of [`OriginPattern::is_insecure_http`] for the bytes of a request. What is no origin but says `http`
/// is insecure.
pub(crate) fn is_insecure_http_origin(origin: &[u8]) -> bool {
    origin.starts_with(b"http://") && exact_shape(origin).is_none_or(is_insecure)
}

fn is_insecure(shape: Shape<'_>) -> bool {
    match shape {
        Shape::Origins {
            scheme: "http",
            host: HostShape::Exact(host) | HostShape::Below(host) | HostShape::InLabel { rest: host, .. },
            ..
        } => !is_loopback(host),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> OriginPattern {
        OriginPattern::try_from(text).unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn http_is_insecure_beyond_this_machine() {
        for text in [
            "http://example.com",
            "http://localhost.example.com",
            "http://notlocalhost",
            "http://127.example.com",
            "http://128.0.0.1",
            "http://[::2]",
            "http://10.0.0.1:3000",
            "http://*.example.com",
            "http://a-*.example.com:*",
        ] {
            assert!(pattern(text).is_insecure_http(), "{text}");
        }
        for text in [
            "https://example.com",
            "http://localhost",
            "http://localhost.",
            "http://localhost:3000",
            "http://localhost:*",
            "http://app.localhost",
            "http://*.localhost",
            "http://*.localhost.",
            "http://*.app.localhost",
            "http://a-*.localhost",
            "http://127.0.0.1",
            "http://127.255.255.254:8080",
            "http://[::1]:3000",
            "capacitor://localhost",
            "httpx://example.com",
            "capacitor://*",
            "*",
        ] {
            assert!(!pattern(text).is_insecure_http(), "{text}");
        }
    }

    #[test]
    fn the_bytes_of_a_request_are_weighed_alike() {
        for origin in
            ["http://example.com", "http://127.example.com", "http://localhost@evil.net", "http://", "http://LOCALHOST"]
        {
            assert!(is_insecure_http_origin(origin.as_bytes()), "{origin}");
        }
        for origin in [
            "https://example.com",
            "http://localhost.:1",
            "http://a.localhost",
            "http://[::1]:1",
            "http://127.0.0.1",
            "null",
            "",
        ] {
            assert!(!is_insecure_http_origin(origin.as_bytes()), "{origin}");
        }
    }

    #[cfg(feature = "public-suffix")]
    #[test]
    fn wildcards_right_below_a_registry_are_open_to_strangers() {
        for (text, lifted_by) in [
            ("https://*.com", "com"),
            ("https://*.com.", "com"),
            ("https://*.co.uk", "co.uk"),
            ("https://*.github.io:*", "github.io"),
            ("https://my-*.vercel.app", "vercel.app"),
            ("https://my-*.vercel.app.", "vercel.app"),
            ("https://*.netlify.app", "netlify.app"),
            ("https://*.run.app", "run.app"),
            ("https://*.amazonaws.com", "amazonaws.com"),
            ("https://*.core.windows.net", "core.windows.net"),
            ("https://*.ck", "ck"),
            ("https://*.foo.ck", "foo.ck"),
            ("https://*.kawasaki.jp", "kawasaki.jp"),
            ("https://a*.kawasaki.jp", "kawasaki.jp"),
            ("https://*.internal", "internal"),
            ("https://*.corp", "corp"),
            ("http://*.local", "local"),
            ("https://*.unknowntld", "unknowntld"),
            ("capacitor://*", "capacitor://*"),
            ("capacitor://*:*", "capacitor://*"),
        ] {
            assert_eq!(pattern(text).open_to_strangers(), Some(lifted_by), "{text}");
        }
        for text in [
            "*",
            "https://example.com",
            "https://com",
            "https://github.io",
            "https://*.example.com",
            "https://*.example.com.",
            "https://*.me.github.io",
            "https://pr-*.me.vercel.app",
            "https://*.www.ck",
            "https://*.city.kawasaki.jp",
            "https://*.localhost",
            "https://*.localhost.",
            "http://*.app.localhost:*",
            "https://x-*.localhost",
            "https://*.example.unknowntld",
            "https://*.example.internal",
            "capacitor://localhost",
        ] {
            assert_eq!(pattern(text).open_to_strangers(), None, "{text}");
        }
    }

    #[cfg(not(feature = "public-suffix"))]
    #[test]
    fn without_the_list_every_wildcard_is_open_to_strangers() {
        for (text, lifted_by) in [
            ("https://*.example.com", "example.com"),
            ("https://*.localhost.", "localhost"),
            ("https://x-*.app.localhost:*", "app.localhost"),
            ("https://x-*.preview.example.com", "preview.example.com"),
            ("capacitor://*", "capacitor://*"),
        ] {
            assert_eq!(pattern(text).open_to_strangers(), Some(lifted_by), "{text}");
        }
        for text in ["*", "https://example.com", "http://localhost:*"] {
            assert_eq!(pattern(text).open_to_strangers(), None, "{text}");
        }
        assert!(OriginPattern::try_from("https://pr-*.example.co.uk").is_err());
    }
}
