//! Which patterns one of many others covers: by hash, so that long lists can be compared with each other.

use std::collections::{HashMap, HashSet};

use super::pattern::OriginPattern;
use super::set::OriginSet;
use super::shape::{HostShape, PortShape, Shape};

/// The patterns of a set, ready to be asked.
///
/// Exact origins are looked up in the set; for a wildcard the texts that could cover it are put together and looked up:
/// one for each label behind it, and one for each pair of lengths that wildcards inside a label occur with.
pub(crate) struct Covering<'a> {
    set: &'a OriginSet,
    wildcards: HashMap<&'a str, OriginPattern>,
    in_label_lengths: HashSet<(usize, usize)>,
}

impl<'a> Covering<'a> {
    pub(crate) fn new(set: &'a OriginSet) -> Self {
        let wildcards: HashMap<_, OriginPattern> =
            set.iter().filter(|text| text.contains('*')).filter_map(|text| Some((text, text.parse().ok()?))).collect();
        let in_label_lengths = wildcards.values().filter_map(|pattern| match pattern.shape() {
            Shape::Origins { host: HostShape::InLabel { prefix, suffix, .. }, .. } => {
                Some((prefix.len(), suffix.len()))
            }
            _ => None,
        });
        Self { set, in_label_lengths: in_label_lengths.collect(), wildcards }
    }

    /// Whether one pattern of the set denotes every origin that this text, a pattern, denotes.
    pub(crate) fn covers(&self, text: &str) -> bool {
        if !text.contains('*') {
            return self.set.contains(text.as_bytes());
        }
        if self.wildcards.contains_key(text) {
            return true;
        }
        let Ok(pattern) = text.parse::<OriginPattern>() else { return false };
        let Shape::Origins { scheme, host, port } = pattern.shape() else { return false };
        let one_port = match port {
            PortShape::Absent => Some(String::new()),
            PortShape::Number(number) => Some(format!(":{number}")),
            PortShape::Any => None,
        };
        let covers = |host: &str| {
            one_port.iter().map(String::as_str).chain([":*"]).any(|port| {
                let candidate = self.wildcards.get(format!("{scheme}://{host}{port}").as_str());
                candidate.is_some_and(|candidate| candidate.contains(&pattern))
            })
        };
        let below = |base: &str| covers(&format!("*.{base}"));
        match host {
            HostShape::Any => covers("*"),
            HostShape::Exact(host) => {
                covers(host)
                    || covers("*")
                    || parents(host).any(below)
                    || host.split_once('.').is_some_and(|(label, rest)| {
                        self.in_label_lengths.iter().any(|&(start, end)| {
                            let lengths = label.len().checked_sub(end).filter(|&end| end > start);
                            lengths
                                .and_then(|end| Some((label.get(..start)?, label.get(end..)?)))
                                .is_some_and(|(prefix, suffix)| covers(&format!("{prefix}*{suffix}.{rest}")))
                        })
                    })
            }
            HostShape::Below(base) => covers("*") || below(base) || parents(base).any(below),
            HostShape::InLabel { prefix, suffix, rest } => {
                covers("*")
                    || below(rest)
                    || parents(rest).any(below)
                    || self.in_label_lengths.iter().any(|&(start, end)| {
                        let cut = suffix.len().checked_sub(end);
                        cut.and_then(|cut| Some((prefix.get(..start)?, suffix.get(cut..)?)))
                            .is_some_and(|(prefix, suffix)| covers(&format!("{prefix}*{suffix}.{rest}")))
                    })
            }
        }
    }
}

/// The names above a host, nearest first.
fn parents(host: &str) -> impl Iterator<Item = &str> {
    host.match_indices('.').filter_map(|(dot, _)| host.get(dot + 1..)).filter(|parent| !parent.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Patterns of every kind that touch each other.
    const PATTERNS: &[&str] = &[
        "https://example.com",
        "https://a.example.com",
        "https://pr-1.example.com",
        "https://x.a.example.com:8443",
        "https://example.com:*",
        "https://a.example.com:*",
        "https://pr-1.example.com:*",
        "https://pr-1-x.example.com:*",
        "https://*.example.com",
        "https://*.example.com:*",
        "https://*.example.com:8443",
        "https://*.a.example.com",
        "https://*.b.a.example.com:*",
        "https://*.example.com.",
        "https://*.xample.com",
        "http://*.example.com",
        "https://pr-*.example.com",
        "https://pr-*.example.com:*",
        "https://pr-1*.example.com",
        "https://pr-*-x.example.com",
        "https://pr-1*-x.example.com:8443",
        "https://p_*.example.com",
        "https://p_a*.example.com",
        "https://p*.example.com",
        "https://*-x.example.com",
        "https://p*.a.example.com",
        "http://localhost:*",
        "http://*.localhost:*",
        "http://a.localhost:*",
        "http://127.0.0.1:*",
        "capacitor://localhost",
        "capacitor://localhost:*",
        "capacitor://*",
        "capacitor://*:*",
        "tauri://*",
    ];

    #[test]
    fn every_pair_is_told_as_one_pattern_tells_it() {
        let mut covered = 0;
        for all in PATTERNS {
            let one: OriginPattern = all.parse().unwrap();
            let set = OriginSet::compile([&one]);
            let covering = Covering::new(&set);
            for some in PATTERNS {
                let expected = one.contains(&some.parse().unwrap());
                assert_eq!(covering.covers(some), expected, "{all} and {some}");
                covered += usize::from(expected);
            }
        }
        assert!(covered > 2 * PATTERNS.len(), "{covered} pairs tell too little");
    }

    #[test]
    fn many_tell_what_one_of_them_tells() {
        let patterns: Vec<OriginPattern> = PATTERNS.iter().map(|text| text.parse().unwrap()).collect();
        for left_out in &patterns {
            let rest = || patterns.iter().filter(|pattern| *pattern != left_out);
            let set = OriginSet::compile(rest());
            let expected = rest().any(|pattern| pattern.contains(left_out));
            assert_eq!(Covering::new(&set).covers(left_out.as_str()), expected, "{left_out}");
        }
    }
}
