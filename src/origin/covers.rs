//! Which origins a pattern denotes.

use super::pattern::OriginPattern;
use super::shape::{HostShape, PortShape, Shape, exact_shape};

impl OriginPattern {
    /// Whether this one pattern denotes `origin`, the bytes of an `Origin` header.
    ///
    /// `*` denotes whatever was sent, `null` included; every other pattern denotes well-formed origins only. The
    /// compiled set answers the same, faster.
    pub(crate) fn admits(&self, origin: &[u8]) -> bool {
        match self.shape() {
            Shape::Any => true,
            all @ Shape::Origins { .. } => exact_shape(origin).is_some_and(|one| covers(all, one)),
        }
    }

    /// Whether every origin that `other` denotes is one that `self` denotes.
    ///
    /// Exact in both directions: no pattern but `*` denotes so few origins that another kind could happen to cover it.
    /// What [`Covering`](super::Covering) is tested against, which asks about many.
    #[cfg(test)]
    pub(crate) fn contains(&self, other: &Self) -> bool {
        covers(self.shape(), other.shape())
    }
}

pub(super) fn covers(all: Shape<'_>, some: Shape<'_>) -> bool {
    match (all, some) {
        (Shape::Any, _) => true,
        (_, Shape::Any) => false,
        (
            Shape::Origins { scheme, host, port },
            Shape::Origins { scheme: other_scheme, host: other_host, port: other_port },
        ) => scheme == other_scheme && (port == PortShape::Any || port == other_port) && covers_host(host, other_host),
    }
}

fn covers_host(all: HostShape<'_>, some: HostShape<'_>) -> bool {
    match (all, some) {
        (HostShape::Any, _) => true,
        (HostShape::Exact(one), HostShape::Exact(other)) => one == other,
        (HostShape::Below(base), HostShape::Exact(host)) => is_below(host, base),
        (HostShape::Below(base), HostShape::Below(rest) | HostShape::InLabel { rest, .. }) => {
            rest == base || is_below(rest, base)
        }
        (HostShape::InLabel { prefix, suffix, rest }, HostShape::Exact(host)) => {
            host.split_once('.').is_some_and(|(label, parent)| {
                parent == rest && between(label, prefix, suffix).is_some_and(|it| !it.is_empty() && fits_a_star(it))
            })
        }
        (
            HostShape::InLabel { prefix, suffix, rest },
            HostShape::InLabel { prefix: other_prefix, suffix: other_suffix, rest: other_rest },
        ) => {
            rest == other_rest
                && other_prefix.strip_prefix(prefix).is_some_and(fits_a_star)
                && other_suffix.strip_suffix(suffix).is_some_and(fits_a_star)
        }
        (HostShape::Exact(_) | HostShape::Below(_) | HostShape::InLabel { .. }, _) => false,
    }
}

/// Whether `host` ends in a dot and `base`, with something before the dot.
fn is_below(host: &str, base: &str) -> bool {
    host.strip_suffix(base).and_then(|above| above.strip_suffix('.')).is_some_and(|above| !above.is_empty())
}

fn between<'a>(label: &'a str, prefix: &str, suffix: &str) -> Option<&'a str> {
    label.strip_prefix(prefix)?.strip_suffix(suffix)
}

/// Whether a `*` inside a label can stand for `text` or a part of it: no dot, and no `_`, which no browser lets a
/// registered name have.
fn fits_a_star(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;
    use crate::origin::OriginSet;

    fn pattern(text: &str) -> OriginPattern {
        OriginPattern::try_from(text).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Pattern, what it admits, what it does not.
    #[rustfmt::skip]
    const ADMITTED: &[(&str, &[&str], &[&str])] = &[
        ("*", &["https://example.com", "null", "", "what is this"], &[]),
        (
            "https://example.com",
            &["https://example.com"],
            &["http://example.com", "https://example.com:8443", "https://example.com.", "https://www.example.com", "null"],
        ),
        (
            "https://*.example.com",
            &["https://a.example.com", "https://a.b.example.com", "https://_dmarc.-a-.example.com"],
            &[
                "https://example.com", "https://.example.com", "https://a..example.com", "https://evilexample.com",
                "https://a.example.com.", "https://a.example.com:8443", "http://a.example.com", "https://A.example.com",
                "https://a.example.com/", "https://a.example.com.evil.net", "https://evil.net/.example.com",
                "https://evil.net#.example.com", "https://u@a.example.com", "https://a:1.example.com",
                "https://*.example.com", "https://a b.example.com", "https://[::1].example.com",
                "https://xaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example.com",
                "https://a.example.com:443", "https://a.example.com, https://b.example.com",
            ],
        ),
        ("https://*.example.com.", &["https://a.example.com."], &["https://a.example.com", "https://example.com."]),
        (
            "https://pr-*.example.com",
            &["https://pr-1.example.com", "https://pr--.example.com", "https://pr-a-1.example.com"],
            &[
                "https://pr-.example.com", "https://pr-a.b.example.com", "https://pr-_.example.com",
                "https://xpr-1.example.com", "https://a.pr-1.example.com", "https://pr-1.example.com:81",
                "https://pr-1.evil.com", "https://pr-1.example.com.",
            ],
        ),
        ("https://pr-*-x.example.com", &["https://pr-1-x.example.com"], &["https://pr-x.example.com", "https://pr--x.example.com"]),
        (
            "http://localhost:*",
            &["http://localhost", "http://localhost:1", "http://localhost:65535"],
            &[
                "http://localhost:", "http://localhost:0", "http://localhost:65536", "http://localhost:80",
                "http://localhost:080", "http://localhost:+1", "http://localhost:1/", "http://localhost.:1",
                "http://localhost:1:2", "http://localhost:443.evil.net",
            ],
        ),
        ("https://*.example.com:*", &["https://a.example.com", "https://a.example.com:8443"], &["https://example.com:8443"]),
        ("capacitor://*", &["capacitor://localhost", "capacitor://A_b.c"], &["capacitor://", "capacitor://a:1", "ionic://localhost", "capacitor://*"]),
        ("capacitor://*:*", &["capacitor://localhost", "capacitor://a:1"], &["capacitor://a:0"]),
        ("chrome-extension://aBc", &["chrome-extension://aBc"], &["chrome-extension://abc"]),
        ("http://[::1]:3000", &["http://[::1]:3000"], &["http://[0:0:0:0:0:0:0:1]:3000", "http://[::1]"]),
        ("http://127.0.0.1", &["http://127.0.0.1"], &["http://127.1", "http://127.0.0.1."]),
    ];

    #[test]
    fn a_pattern_admits_what_it_denotes_and_nothing_else() {
        for (text, admitted, refused) in ADMITTED {
            let pattern = pattern(text);
            for origin in *admitted {
                assert!(pattern.admits(origin.as_bytes()), "{text} should admit {origin}");
            }
            for origin in *refused {
                assert!(!pattern.admits(origin.as_bytes()), "{text} should refuse {origin}");
            }
        }
        assert!(!pattern("https://*.example.com").admits(b"https://\xff.example.com"));
    }

    #[test]
    fn containing_is_a_partial_order_with_these_pairs() {
        let patterns = [
            "*",
            "https://example.com",
            "https://*.example.com",
            "https://*.example.com:*",
            "https://*.example.com:8443",
            "https://*.a.example.com",
            "https://pr-*.example.com",
            "https://pr-1*.example.com",
            "https://pr-*-1.example.com",
            "https://pr-_*.example.com",
            "https://pr-1.example.com",
            "https://x.pr-1.example.com",
            "https://p*.a.example.com",
            "http://*.example.com",
            "https://*.xample.com",
            "capacitor://*",
            "capacitor://*:*",
            "capacitor://localhost",
        ];
        let below = |all: &str| -> Vec<&str> {
            patterns.into_iter().filter(|one| *one != all && pattern(all).contains(&pattern(one))).collect()
        };
        assert_eq!(below("*").len(), patterns.len() - 1);
        assert_eq!(below("https://example.com"), [""; 0]);
        assert_eq!(
            below("https://*.example.com"),
            [
                "https://*.a.example.com",
                "https://pr-*.example.com",
                "https://pr-1*.example.com",
                "https://pr-*-1.example.com",
                "https://pr-_*.example.com",
                "https://pr-1.example.com",
                "https://x.pr-1.example.com",
                "https://p*.a.example.com",
            ]
        );
        assert_eq!(below("https://*.example.com:*").len(), 10);
        assert_eq!(
            below("https://pr-*.example.com"),
            ["https://pr-1*.example.com", "https://pr-*-1.example.com", "https://pr-1.example.com"]
        );
        assert_eq!(below("https://*.a.example.com"), ["https://p*.a.example.com"]);
        assert_eq!(below("capacitor://*"), ["capacitor://localhost"]);
        assert_eq!(below("capacitor://*:*"), ["capacitor://*", "capacitor://localhost"]);
        for text in patterns {
            assert!(pattern(text).contains(&pattern(text)), "{text}");
        }
    }

    /// Few and short, so that they meet.
    fn host() -> impl Strategy<Value = String> {
        proptest::collection::vec(select(&["a", "b", "ab", "a-b", "a_b"][..]), 0..3)
            .prop_map(|labels| labels.iter().fold(String::new(), |host, label| host + label + ".") + "x.example")
    }

    fn any_pattern() -> impl Strategy<Value = String> {
        let wildcard = select(&["", "", "*.", "a*.", "*b.", "a*b.", "a-*.", "*_b.", "*-b."][..]);
        let scheme = select(&["https", "https", "http"][..]);
        let port = select(&["", "", ":1", ":*"][..]);
        (scheme, wildcard, host(), port).prop_map(|(scheme, star, host, port)| format!("{scheme}://{star}{host}{port}"))
    }

    fn any_origin() -> impl Strategy<Value = String> {
        (select(&["https", "http"][..]), host(), select(&["", ":1", ":2", ":443", ":", "."][..]))
            .prop_map(|(scheme, host, port)| format!("{scheme}://{host}{port}"))
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2048, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn one_pattern_says_what_the_compiled_set_says(text in any_pattern(), origin in any_origin()) {
            let pattern = pattern(&text);
            let set = OriginSet::compile([&pattern]);
            prop_assert_eq!(set.contains(origin.as_bytes()), pattern.admits(origin.as_bytes()));
        }

        #[test]
        fn what_is_contained_is_admitted(all in any_pattern(), some in any_pattern(), origin in any_origin()) {
            let (all, some) = (pattern(&all), pattern(&some));
            prop_assert!(!all.contains(&some) || !some.admits(origin.as_bytes()) || all.admits(origin.as_bytes()));
        }

        /// A wildcard stands for enough names that one of these is outside whatever does not contain it.
        #[test]
        fn what_is_not_contained_has_an_origin_outside(all in any_pattern(), some in any_pattern()) {
            let fill = ["z", "-z", "z-", "q9", "z.z"];
            let outside = |origin: String| {
                pattern(&some).admits(origin.as_bytes()) && !pattern(&all).admits(origin.as_bytes())
            };
            let (before_port, any_port) = some.strip_suffix(":*").map_or((&*some, false), |start| (start, true));
            let found = fill.iter().any(|fill| {
                let origin = before_port.replace('*', fill);
                let ports = if any_port { &["", ":7"][..] } else { &[""] };
                ports.iter().any(|port| outside(format!("{origin}{port}")))
            });
            prop_assert_eq!(found, !pattern(&all).contains(&pattern(&some)), "{} {}", all, some);
        }
    }

    #[test]
    fn the_table_holds_for_the_compiled_set_too() {
        for (text, ..) in ADMITTED.iter().filter(|(text, ..)| *text != "*") {
            let pattern = pattern(text);
            let set = OriginSet::compile([&pattern]);
            for origin in ADMITTED.iter().flat_map(|(_, admitted, refused)| admitted.iter().chain(*refused)) {
                assert_eq!(set.contains(origin.as_bytes()), pattern.admits(origin.as_bytes()), "{text} {origin}");
            }
        }
    }
}
