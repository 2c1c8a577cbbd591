use std::cell::Cell;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::TestRunner;

use super::OriginSet;
use crate::origin::{HostShape, PortShape, Shape};

/// The shape of a pattern that is known to be one.
fn shape(text: &str) -> Shape<'_> {
    if text == "*" {
        return Shape::Any;
    }
    let (scheme, rest) = text.split_once("://").unwrap();
    let colon = if rest.starts_with('[') { rest.find("]:").map(|at| at + 1) } else { rest.find(':') };
    let (host, port) = colon.map_or((rest, None), |at| (&rest[..at], Some(&rest[at + 1..])));
    let port = match port {
        None => PortShape::Absent,
        Some("*") => PortShape::Any,
        Some(number) => PortShape::Number(number),
    };
    let host = if host == "*" {
        HostShape::Any
    } else if let Some(base) = host.strip_prefix("*.") {
        HostShape::Below(base)
    } else if let Some((prefix, behind)) = host.split_once('*') {
        let (suffix, rest) = behind.split_once('.').unwrap();
        HostShape::InLabel { prefix, suffix, rest }
    } else {
        HostShape::Exact(host)
    };
    Shape::Origins { scheme, host, port }
}

fn set<S: AsRef<str>>(patterns: &[S]) -> OriginSet {
    OriginSet::compile(patterns.iter().map(|text| (text.as_ref(), shape(text.as_ref()))))
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
        1 => (select(vec!["app", "tauri", "a+b.c-d"]), prop_oneof![Just("*".to_string()), "[A-Za-z0-9._-]{1,9}"], port())
            .prop_map(|(scheme, host, port)| format!("{scheme}://{host}{port}")),
    ]
    .prop_filter("as long as an origin", |text| text.len() <= 327)
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
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
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
