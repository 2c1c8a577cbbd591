use std::cell::Cell;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::TestRunner;

use super::OriginSet;
use super::table::PROBES;
use crate::origin::OriginPattern;

fn set<S: AsRef<str>>(patterns: &[S]) -> OriginSet {
    let parse = |text: &S| text.as_ref().parse().unwrap_or_else(|error| panic!("{}: {error}", text.as_ref()));
    OriginSet::compile(&patterns.iter().map(parse).collect::<Vec<OriginPattern>>())
}

/// What the patterns mean, one after the other, label by label, in the words of the documentation.
mod meaning {
    pub(super) fn allows(pattern: &str, origin: &[u8]) -> bool {
        let Ok(origin) = std::str::from_utf8(origin) else { return false };
        if origin.len() > 327 {
            return false;
        }
        let (scheme, pattern) = pattern.split_once("://").unwrap();
        let Some(origin) = origin.strip_prefix(scheme).and_then(|rest| rest.strip_prefix("://")) else { return false };
        if let Some(pattern) = pattern.strip_suffix(":*") {
            let default = match scheme {
                "http" => Some(80),
                "https" => Some(443),
                _ => None,
            };
            let with_port = origin.rsplit_once(':').is_some_and(|(origin, port)| {
                port.parse::<u16>().is_ok_and(|n| n.to_string() == port && n != 0 && Some(n) != default)
                    && host(pattern, origin)
            });
            return with_port || host(pattern, origin);
        }
        match pattern.rsplit_once(':').filter(|(_, port)| !port.ends_with(']')) {
            Some((pattern, port)) => {
                origin.strip_suffix(&format!(":{port}")).is_some_and(|origin| host(pattern, origin))
            }
            None => host(pattern, origin),
        }
    }

    fn host(pattern: &str, host: &str) -> bool {
        if !pattern.contains('*') {
            return host == pattern;
        }
        let length = host.strip_suffix('.').unwrap_or(host).len();
        if pattern == "*" {
            return (1..=253).contains(&host.len())
                && host.chars().all(|c| c.is_ascii_alphanumeric() || ['.', '_', '-'].contains(&c));
        }
        let mut wanted: Vec<&str> = pattern.split('.').collect();
        let mut labels: Vec<&str> = host.split('.').collect();
        if length > 253 || labels.len() < wanted.len() {
            return false;
        }
        let base = labels.split_off(labels.len() - (wanted.len() - 1));
        let left = wanted.remove(0);
        if base != wanted {
            return false;
        }
        if left == "*" {
            return labels.iter().all(|label| {
                (1..=63).contains(&label.len())
                    && label.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_')
            });
        }
        let &[label] = labels.as_slice() else { return false };
        let (prefix, suffix) = left.split_once('*').unwrap();
        label.len() <= 63
            && label.strip_prefix(prefix).and_then(|rest| rest.strip_suffix(suffix)).is_some_and(|free| {
                !free.is_empty() && free.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
            })
    }
}

/// Few and alike, so that they meet: equal lengths, shared beginnings and ends, the longest there are.
fn label() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => select(vec!["a", "b", "ab", "ba", "aa", "pr", "foo", "bar", "oo", "app", "my-app", "x_y", "-", "0", "com"])
            .prop_map(String::from),
        1 => (60..=63_usize).prop_map(|len| "a".repeat(len)),
        1 => "[a-z0-9_-]{1,5}",
    ]
}

fn host() -> impl Strategy<Value = String> {
    prop_oneof![
        12 => (vec(label(), 1..=3), select(vec!["com", "localhost", "com."]))
            .prop_map(|(labels, last)| format!("{}.{last}", labels.join("."))),
        1 => select(vec!["localhost", "127.0.0.1", "[::1]", "[2001:db8::1]"]).prop_map(String::from),
        1 => (vec(Just("a".repeat(63)), 3..=3), 1..=61_usize)
            .prop_map(|(labels, last)| format!("{}.{}", labels.join("."), "b".repeat(last))),
    ]
}

fn name_host() -> impl Strategy<Value = String> {
    host()
        .prop_filter("a name of two labels", |host| host.contains('.') && host != "127.0.0.1" && !host.starts_with('['))
}

fn port() -> impl Strategy<Value = &'static str> {
    select(vec!["", "", "", ":*", ":*", ":8080", ":8443", ":1", ":65535"])
}

fn web(host: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    (select(vec!["https", "https", "http"]), host, port())
        .prop_map(|(scheme, host, port)| format!("{scheme}://{host}{port}"))
}

fn pattern() -> impl Strategy<Value = String> {
    let affix = || prop_oneof![Just(String::new()), label(), "[a-z0-9_-]{1,3}"];
    let in_label = (affix(), affix(), name_host())
        .prop_filter("a star inside a label", |(prefix, suffix, _)| (1..=62).contains(&(prefix.len() + suffix.len())))
        .prop_map(|(prefix, suffix, rest)| format!("{prefix}*{suffix}.{rest}"));
    prop_oneof![
        4 => web(host()),
        4 => web(name_host().prop_map(|base| format!("*.{base}"))),
        4 => web(in_label),
        1 => (
            select(vec!["app", "tauri", "a+b.c-d"]),
            prop_oneof![Just("*".to_string()), "[A-Za-z0-9._-]{1,9}"],
            port(),
        )
            .prop_map(|(scheme, host, port)| format!("{scheme}://{host}{port}")),
    ]
    .prop_filter("a pattern", |text| text.parse::<OriginPattern>().is_ok())
}

/// How an origin comes from a pattern.
#[derive(Clone, Debug)]
struct Recipe {
    pattern: prop::sample::Index,
    labels: Vec<String>,
    inside: String,
    port: String,
    changes: Vec<Change>,
}

#[derive(Clone, Debug)]
enum Change {
    Set(prop::sample::Index, u8),
    Insert(prop::sample::Index, u8),
    Remove(prop::sample::Index),
    FlipCase(prop::sample::Index),
    Truncate(prop::sample::Index),
    Extend(&'static str),
    DoubleDot(prop::sample::Index),
    AddLabel(String),
    RemoveLabel,
    Port(&'static str),
    Scheme(&'static str),
}

fn change() -> impl Strategy<Value = Change> {
    let at = any::<prop::sample::Index>;
    let byte = || prop_oneof![4 => select(b"a.b-_0:/@*[]?#%A ~`,\n\0\x7f\xc3\xff".to_vec()), 1 => any::<u8>()];
    prop_oneof![
        (at(), byte()).prop_map(|(at, byte)| Change::Set(at, byte)),
        (at(), byte()).prop_map(|(at, byte)| Change::Insert(at, byte)),
        at().prop_map(Change::Remove),
        at().prop_map(Change::FlipCase),
        at().prop_map(Change::Truncate),
        select(vec![".", ".com", ".evil.net", "evil", "/", "@evil.com", "\n", ":*\n", "a", ":", " "])
            .prop_map(Change::Extend),
        at().prop_map(Change::DoubleDot),
        label().prop_map(Change::AddLabel),
        Just(Change::RemoveLabel),
        select(vec![
            "", ":", ":0", ":1", ":80", ":443", ":080", ":8080", ":8443", ":65535", ":65536", ":99999", ":100000",
            ":+1", ":8x", ":*"
        ])
        .prop_map(Change::Port),
        select(vec!["http", "https", "httpss", "tauri", "app", "", "HTTPS", "https:"]).prop_map(Change::Scheme),
    ]
}

fn recipe() -> impl Strategy<Value = Recipe> {
    (
        any::<prop::sample::Index>(),
        vec(label(), 1..=4),
        prop_oneof![4 => "[a-z0-9-]{1,4}", 1 => "[a-z]{50,62}", 1 => "[a-z_.]{0,3}"],
        prop_oneof![Just(String::new()), (1..=65535_u32).prop_map(|port| format!(":{port}"))],
        prop_oneof![3 => vec(change(), 0..=0), 4 => vec(change(), 1..=1), 1 => vec(change(), 2..=3)],
    )
        .prop_map(|(pattern, labels, inside, port, changes)| Recipe { pattern, labels, inside, port, changes })
}

impl Recipe {
    fn origin(&self, patterns: &[String]) -> Vec<u8> {
        let pattern = if patterns.is_empty() { "https://a.com" } else { self.pattern.get(patterns) };
        let (start, port) = pattern.strip_suffix(":*").map_or((pattern, ""), |start| (start, &self.port));
        let labels = self.labels.join(".");
        let filled = if start.contains("://*.") {
            start.replacen('*', &labels, 1)
        } else if start.contains("://*") {
            start.replacen('*', if start.contains('.') { &self.inside } else { &labels }, 1)
        } else {
            start.replacen('*', &self.inside, 1)
        };
        let mut origin = format!("{filled}{port}").into_bytes();
        for change in &self.changes {
            change.apply(&mut origin);
        }
        origin
    }
}

impl Change {
    fn apply(&self, origin: &mut Vec<u8>) {
        let find = |origin: &[u8], text: &[u8]| origin.windows(text.len()).position(|window| window == text);
        let host = find(origin, b"://").map_or(0, |at| at + 3);
        let port = origin.iter().rposition(|&byte| byte == b':').filter(|&at| at >= host).unwrap_or(origin.len());
        match self {
            Self::Insert(at, byte) => origin.insert(at.index(origin.len() + 1), *byte),
            Self::Extend(text) => origin.extend_from_slice(text.as_bytes()),
            Self::AddLabel(label) => drop(origin.splice(host..host, format!("{label}.").into_bytes())),
            Self::Port(text) => drop(origin.splice(port.., text.bytes())),
            Self::Scheme(text) => drop(origin.splice(..host.saturating_sub(3), text.bytes())),
            Self::RemoveLabel => {
                if let Some(dot) = origin[host..].iter().position(|&byte| byte == b'.') {
                    origin.drain(host..=host + dot);
                }
            }
            Self::DoubleDot(at) => {
                let dots: Vec<_> = (0..origin.len()).filter(|&at| origin[at] == b'.').collect();
                if !dots.is_empty() {
                    origin.insert(*at.get(&dots), b'.');
                }
            }
            _ if origin.is_empty() => {}
            Self::Set(at, byte) => {
                let at = at.index(origin.len());
                origin[at] = *byte;
            }
            Self::FlipCase(at) => {
                let at = at.index(origin.len());
                origin[at] ^= 0x20;
            }
            Self::Remove(at) => drop(origin.remove(at.index(origin.len()))),
            Self::Truncate(at) => origin.truncate(at.index(origin.len())),
        }
    }
}

/// `TOWER_CORS_CASES=1000000 cargo test --release --lib origin::set` for a long run.
#[test]
fn contains_what_the_patterns_mean() {
    let cases = std::env::var("TOWER_CORS_CASES").map_or(2000, |cases| cases.parse().unwrap());
    let config =
        ProptestConfig { cases, failure_persistence: None, max_local_rejects: u32::MAX, ..ProptestConfig::default() };
    let (members, others) = (Cell::new(0_usize), Cell::new(0_usize));
    TestRunner::new(config)
        .run(&(vec(pattern(), 0..=40), vec(recipe(), 16)), |(patterns, recipes)| {
            let set = set(&patterns);
            for recipe in recipes {
                let origin = recipe.origin(&patterns);
                let member = patterns.iter().any(|pattern| meaning::allows(pattern, &origin));
                prop_assert_eq!(set.contains(&origin), member, "{:?} in {:?}", origin.escape_ascii().to_string(), set);
                let count = if member { &members } else { &others };
                count.set(count.get() + 1);
            }
            Ok(())
        })
        .unwrap();
    let (members, others) = (members.get(), others.get());
    assert!(members * 4 > others && others * 4 > members, "one-sided: {members} members, {others} others");
}

fn assert_members(patterns: &[&str], members: &[&str], others: &[&str]) {
    let set = set(patterns);
    for origin in members {
        assert!(set.contains(origin.as_bytes()), "{origin:?} is not in {set:?}");
    }
    for origin in others {
        assert!(!set.contains(origin.as_bytes()), "{origin:?} is in {set:?}");
    }
}

#[test]
fn exact_origins_are_compared_byte_for_byte() {
    assert_members(
        &["https://example.com", "https://app.example.com", "https://example.com:8443", "http://[::1]:3000"],
        &["https://example.com", "https://app.example.com", "https://example.com:8443", "http://[::1]:3000"],
        &[
            "",
            "null",
            "*",
            "https://",
            "example.com",
            // Suffix, prefix, and a dot that is taken for any character.
            "https://evilexample.com",
            "https://evil.example.com",
            "https://example.com.evil.net",
            "https://app.example.com.evil.net",
            "https://appXexample.com",
            "https://app-example.com",
            "https://evil.com/example.com",
            "https://example.community",
            "https://example.co",
            "ttps://example.com",
            // Another scheme or port.
            "http://example.com",
            "https://example.com:443",
            "https://example.com:8444",
            "https://example.com:",
            "https://example.com:84430",
            "https://app.example.com:8443",
            "http://[::1]",
            "http://[::1]:30001",
            // Not an origin.
            "https://example.com/",
            "https://example.com@evil.net",
            "https://evil.net@example.com",
            "https://user@example.com",
            "https://example.com?",
            "https://example.com#",
            " https://example.com",
            "https://example.com ",
            "https://example.com\n",
            "https://example.com\0",
            "https://example.com.",
            "https://EXAMPLE.com",
            "HTTPS://example.com",
            "https://example.com, https://app.example.com",
            "https://example.com https://app.example.com",
            "https://example.com\nhttps://app.example.com",
            // What browsers once let through in a host.
            "https://example.com`.evil.net",
            "https://example.com_.evil.net",
            "https://example.com,.evil.net",
            "https://example.com{.evil.net",
            "https://example.com%60.evil.net",
        ],
    );
}

#[test]
fn two_origins_with_a_common_end_do_not_let_a_third_in() {
    for kind in ["", "*."] {
        let patterns = [format!("https://{kind}foo.com"), format!("https://{kind}bar.com")];
        let set = set(&patterns);
        for host in
            ["barfoo.com", "foobar.com", "oo.com", "r.com", ".com", "com", "foo.com.bar.com.", "foobar.com:8080"]
        {
            for origin in [format!("https://{host}"), format!("https://{host}.")] {
                assert!(!set.contains(origin.as_bytes()), "{origin} is in {set:?}");
            }
        }
    }
}

#[test]
fn labels_below_a_base() {
    assert_members(
        &["https://*.example.com", "http://*.localhost:3000", "https://*.rooted.com."],
        &[
            "https://a.example.com",
            "https://a.b.c.example.com",
            "https://example.com.example.com",
            "https://xn--80ak6aa92e.example.com",
            "https://_a.-b.0.example.com",
            "https://-.example.com",
            "http://a.localhost:3000",
            "https://a.rooted.com.",
        ],
        &[
            "https://example.com",
            "https://.example.com",
            "https://..example.com",
            "https://a..example.com",
            "https://.a.example.com",
            "https://a.b..example.com",
            "https://aexample.com",
            "https://a.example.com.",
            "https://a.rooted.com",
            "https://a.example.com.evil.net",
            "https://a.example.comx",
            "https://a.xexample.com",
            "https://evil.net/.example.com",
            "https://evil.net:8080.example.com",
            "https://evil.net:.example.com",
            "https://evil.net@a.example.com",
            "https://evil.net?.example.com",
            "https://evil.net#.example.com",
            "https://evil.net\\.example.com",
            "https://*.example.com",
            "https://a.*.example.com",
            "https://A.example.com",
            "https://a.Example.com",
            "https://a.example.com:443",
            "https://a.example.com:8443",
            "https://a.example.com:",
            "http://a.example.com",
            "https:///a.example.com",
            "https:/a.example.com",
            "https//a.example.com",
            "a.example.com",
            "http://a.localhost",
            "http://a.localhost:3001",
            "http://a.localhost:30000",
            "http://localhost:3000",
            "http://a:3000.localhost:3000",
        ],
    );
}

#[test]
fn a_star_inside_a_label() {
    assert_members(
        &["https://pr-*.preview.example.com", "https://*-x.preview.example.com", "https://a*a.example.com:8443"],
        &[
            "https://pr-1.preview.example.com",
            "https://pr--.preview.example.com",
            "https://pr-pr-.preview.example.com",
            "https://1-x.preview.example.com",
            "https://pr--x.preview.example.com",
            "https://aaa.example.com:8443",
            "https://a-a.example.com:8443",
        ],
        &[
            "https://pr-.preview.example.com",
            "https://pr.preview.example.com",
            "https://-x.preview.example.com",
            "https://pr-1.example.com",
            "https://pr-1.preview.example.com.",
            "https://pr-1.preview.example.com:443",
            "https://pr-1.preview.example.com:8443",
            "https://pr-1.preview.example.com.evil.net",
            "https://pr-1.xpreview.example.com",
            "https://pr-1.a.preview.example.com",
            "https://pr-a.b.preview.example.com",
            "https://a.pr-1.preview.example.com",
            "https://pr-_.preview.example.com",
            "https://pr-A.preview.example.com",
            "https://pr-*.preview.example.com",
            "https://pr-evil.net/.preview.example.com",
            "https://pr-1@evil.preview.example.com",
            "http://pr-1.preview.example.com",
            "https://aa.example.com:8443",
            "https://aaa.example.com",
            "https://aaa.example.com:8444",
        ],
    );
}

#[test]
fn any_host_of_an_application() {
    assert_members(
        &["tauri://*", "app://*:8080", "a.b+c-d://*:*"],
        &[
            "tauri://localhost",
            "tauri://A.b_c-0.",
            "tauri://...",
            "app://x:8080",
            "a.b+c-d://x",
            "a.b+c-d://x:80",
            "a.b+c-d://x:443",
            "a.b+c-d://x:65535",
        ],
        &[
            "tauri://",
            "tauri:///",
            "tauri://*",
            "tauri://a/b",
            "tauri://a@b",
            "tauri://a:1",
            "tauri://a:",
            "tauri:/a",
            "tauri:a",
            "tauri",
            "tauris://a",
            "auri://a",
            "://a",
            "Tauri://a",
            "app://x",
            "app://x:80800",
            "app://x:8080:8080",
            "app://:8080",
            "a.b+c-d://",
            "a.b+c-d://:80",
            "a.b+c-d://x:0",
            "a.b+c-d://x:080",
            "a.b+c-d://x:65536",
            "a.b+c-d://x:",
            "https://x",
        ],
    );
}

/// Every number that fits, as browsers write it; not the default one, which they leave out.
#[test]
fn the_port_star() {
    let patterns = ["https://a.com:*", "http://[::1]:*", "https://*.b.com:*", "https://c*.b.org:*", "app://x:*"];
    let set = set(&patterns);
    for (origin, default) in [
        ("https://a.com", Some(443)),
        ("http://[::1]", Some(80)),
        ("https://x.b.com", Some(443)),
        ("https://cc.b.org", Some(443)),
        ("app://x", None),
    ] {
        assert!(set.contains(origin.as_bytes()), "{origin}");
        for port in 0..=70_000_u32 {
            let with_port = format!("{origin}:{port}");
            let allowed = (1..=65_535).contains(&port) && Some(port) != default;
            assert_eq!(set.contains(with_port.as_bytes()), allowed, "{with_port}");
        }
        for port in [
            ":",
            ":0",
            ":00",
            ":01",
            ":080",
            ":08080",
            ":-1",
            ":+1",
            ": 1",
            ":1 ",
            ":8o",
            ":0x50",
            ":99999",
            ":100000",
            ":443.evil.net",
            ":8080/",
            ":8080@evil.net",
            ":80:80",
            "::80",
            ":*",
            ":8080:*",
            ":\u{661}",
        ] {
            let with_port = format!("{origin}{port}");
            assert!(!set.contains(with_port.as_bytes()), "{with_port}");
        }
    }
    assert!(!set.contains(b"https://[::1]:8080"));
    assert!(!set.contains(b"http://a.com:8080"));
}

#[test]
fn every_byte_where_a_star_is() {
    let lower = "abcdefghijklmnopqrstuvwxyz0123456789-";
    for (pattern, start, end, allowed) in [
        ("https://*.example.com", "https://a", "b.example.com", format!("{lower}_.")),
        ("https://x*y.example.com", "https://x", "y.example.com", lower.to_string()),
        ("https://x*y.example.com", "https://xa", "by.example.com", lower.to_string()),
        ("app://*", "app://", "", format!("{lower}{}_.", lower.to_uppercase())),
    ] {
        let set = set(&[pattern]);
        for byte in 0..=255_u8 {
            let origin = [start.as_bytes(), &[byte], end.as_bytes()].concat();
            let allowed = allowed.as_bytes().contains(&byte);
            assert_eq!(set.contains(&origin), allowed, "{:?} for {pattern}", origin.escape_ascii().to_string());
        }
    }
}

/// A host of `len` bytes that ends so, of labels with at most fifty bytes.
fn host_of_length(len: usize, end: &str) -> String {
    let free = len - end.len();
    (0..free).map(|at| if at % 50 == 49 && at + 1 < free { '.' } else { 'a' }).collect::<String>() + end
}

#[test]
fn hosts_of_253_bytes_and_a_root_dot() {
    let rest = host_of_length(200, ".example.com");
    let in_label = |len: usize| format!("pr-{}.{rest}", "a".repeat(len - "pr-.".len() - rest.len()));
    let below = |len| host_of_length(len, ".example.com");
    for (pattern, ports) in [
        ("https://*.example.com".to_string(), &[""][..]),
        ("http://*.example.com:8080".to_string(), &[":8080"]),
        ("https://*.example.com:*".to_string(), &["", ":1", ":65535"]),
        (format!("https://pr-*.{rest}"), &[""]),
        (format!("https://pr-*.{rest}:*"), &["", ":65535"]),
        ("app://*".to_string(), &[""]),
        ("app://*:*".to_string(), &["", ":65535"]),
    ] {
        let set = set(&[&pattern]);
        let scheme = pattern.split_once("://").unwrap().0;
        for port in ports {
            for (len, allowed) in [(252, true), (253, true), (254, false), (255, false)] {
                let host = if pattern.contains("pr-*") { in_label(len) } else { below(len) };
                assert_eq!(host.len(), len);
                let origin = format!("{scheme}://{host}{port}");
                assert_eq!(set.contains(origin.as_bytes()), allowed, "{len} bytes and {port:?} for {pattern}");
            }
        }
    }
    let rooted = set(&["https://*.example.com."]);
    for (len, allowed) in [(254, true), (255, false)] {
        let origin = format!("https://{}", host_of_length(len, ".example.com."));
        assert_eq!(rooted.contains(origin.as_bytes()), allowed, "{len} bytes with root dot");
    }
    assert!(!set(&["app://*"]).contains(b"app://"));
}

#[test]
fn labels_of_63_bytes() {
    let set = set(&["https://*.example.com", "https://pr-*.example.net"]);
    for (len, allowed) in [(0, false), (1, true), (62, true), (63, true), (64, false), (65, false)] {
        let label = "a".repeat(len);
        for host in [format!("{label}.example.com"), format!("{label}.b.example.com"), format!("b.{label}.example.com")]
        {
            assert_eq!(set.contains(format!("https://{host}").as_bytes()), allowed, "{host}");
        }
        if let Some(free) = len.checked_sub("pr-".len()) {
            let host = format!("pr-{}.example.net", "a".repeat(free));
            assert_eq!(set.contains(format!("https://{host}").as_bytes()), allowed, "{host}");
        }
    }
}

#[test]
fn order_stays_and_duplicates_go() {
    let patterns = ["https://b.com", "https://*.c.com", "https://a.com", "https://b.com", "https://*.c.com", "app://*"];
    let first = set(&patterns);
    let order = ["https://b.com", "https://*.c.com", "https://a.com", "app://*"];
    assert_eq!(first.iter().collect::<Vec<_>>(), order);
    assert_eq!(first.len(), 4);
    assert!(!first.is_empty());
    assert_eq!(format!("{first:?}"), format!("{order:?}"));
    assert_eq!(first, set(&order));
    assert_ne!(first, set(&order[1..]));
    assert_ne!(first, set(&["https://*.c.com", "https://b.com", "https://a.com", "app://*"]));
    for origin in ["https://b.com", "https://x.c.com", "https://a.com", "app://x"] {
        assert!(first.contains(origin.as_bytes()), "{origin}");
    }
}

#[test]
fn an_empty_set_and_the_star_alone_have_no_members() {
    for set in [set::<&str>(&[]), set(&["*"])] {
        for origin in ["", "*", "null", "https://a.com", "://", ":", "/", "."] {
            assert!(!set.contains(origin.as_bytes()), "{origin:?} is in {set:?}");
        }
    }
    assert!(set::<&str>(&[]).is_empty());
    assert_eq!(set(&["*"]).iter().collect::<Vec<_>>(), ["*"]);
}

const COUNT: usize = 3000;

/// Enough of them that tables overflow from group to group, and all of one length.
#[test]
fn thousands_of_each_kind() {
    type Kind = (fn(usize) -> String, fn(usize) -> String);
    let kinds: [Kind; 5] = [
        (|n| format!("https://t{n:05}.example.com"), |n| format!("https://t{n:05}.example.com")),
        (|n| format!("https://*.t{n:05}.example.com"), |n| format!("https://shop.eu.t{n:05}.example.com")),
        (|n| format!("https://pr-*.t{n:05}.example.com"), |n| format!("https://pr-1.t{n:05}.example.com")),
        (|n| format!("http://t{n:05}.localhost:*"), |n| format!("http://t{n:05}.localhost:3000")),
        (|n| format!("t{n:05}://*"), |n| format!("t{n:05}://localhost")),
    ];
    let patterns: Vec<String> = kinds.iter().flat_map(|(pattern, _)| (0..COUNT).map(pattern)).collect();
    let set = set(&patterns);
    assert_eq!(set.len(), patterns.len());
    for (_, origin) in kinds {
        for n in 0..COUNT {
            assert!(set.contains(origin(n).as_bytes()), "{}", origin(n));
        }
        for n in COUNT..2 * COUNT {
            assert!(!set.contains(origin(n).as_bytes()), "{}", origin(n));
        }
    }
}

/// What costs most, for a set that is written to make it cost: the documented bounds, and the right answer.
#[test]
fn the_worst_requests() {
    // A base behind each dot that a host can have, none of them the right one.
    let bases = (1..=124).map(|labels| format!("https://*{}.com", ".b".repeat(labels)));
    // Every pair of lengths of prefix and suffix, with prefixes that fit and suffixes that do not, and one that does.
    let pairs = (0..=62).flat_map(|prefix| (0..=62 - prefix).map(move |suffix| (prefix, suffix)));
    let affixes = pairs.filter(|&pair| pair != (0, 0)).map(|(prefix, suffix)| {
        let last = if suffix > 0 { "b" } else { "" };
        format!("https://{}*{}{last}.example.com", "a".repeat(prefix), "a".repeat(suffix.saturating_sub(1)))
    });
    let mut patterns: Vec<String> = bases.chain(affixes).filter(|pattern| !pattern.contains("a*.")).collect();
    patterns.extend(patterns.clone().iter().map(|pattern| format!("{pattern}:*")));
    let set = set(&patterns);
    let probes = |origin: &str| {
        PROBES.set(0);
        assert!(!set.contains(origin.as_bytes()), "{origin}");
        PROBES.get()
    };
    // Both with their own port and with any: exact, below, inside a label, any host.
    let bound = 2 * (1 + 126 + 2015 + 1);
    for origin in [
        format!("https://{}com", "a.".repeat(125)),
        format!("https://{}", ".".repeat(250)),
        format!("https://{}.example.com", "a".repeat(63)),
        format!("https://{}.example.com:8080", "a".repeat(63)),
        format!("https://{}", "1".repeat(319)),
        format!("https://{}", "a".repeat(8184)),
        format!("https://{}com", "a.".repeat(4000)),
        ":".repeat(327),
        "/".repeat(327),
        "0".repeat(327),
    ] {
        let probes = probes(&origin);
        assert!(probes <= bound, "{origin}: {probes}");
    }
    // The requests are as bad as they are meant to be.
    assert!(probes(&format!("https://{}com", "a.".repeat(125))) >= 2 * 124);
    assert!(probes(&format!("https://{}.example.com", "a".repeat(63))) >= 2 * 1900);
    for origin in [
        format!("https://a{}.com", ".b".repeat(124)),
        format!("https://{}b.example.com", "a".repeat(62)),
        format!("https://{}b.example.com:8080", "a".repeat(62)),
    ] {
        assert!(set.contains(origin.as_bytes()), "{origin}");
    }
}

#[test]
fn a_look_up_allocates_nothing() {
    let set = set(&["https://a.com", "https://*.b.com", "https://c-*.d.com", "app://*", "http://localhost:*"]);
    for origin in
        ["https://a.com", "https://x.b.com", "https://c-1.d.com", "app://x", "http://localhost:1", "https://x.y"]
    {
        let count = allocation_counter::measure(|| {
            std::hint::black_box(set.contains(origin.as_bytes()));
        });
        assert_eq!(count.count_total, 0, "{origin}");
    }
}

/// 57 bytes for an origin of thirty.
#[test]
fn a_text_is_kept_once() {
    for count in [1000, 5000, 10_000] {
        let patterns: Vec<OriginPattern> =
            (0..count).map(|n| format!("https://t{n:06}.example.com.au").parse().unwrap()).collect();
        assert!(patterns.iter().all(|pattern| pattern.as_str().len() == 30));
        let mut set = None;
        let heap = allocation_counter::measure(|| set = Some(OriginSet::compile(&patterns)));
        let per_origin = heap.bytes_current / i64::from(count);
        assert!((30..=57).contains(&per_origin), "{per_origin} bytes at {count}");
    }
}
