//! Which of many patterns covers one: by hash, so that long lists can be compared with each other.

use std::cell::Cell;
use std::collections::{HashMap, HashSet};

use super::covers::covers;
use super::set::OriginSet;
use super::shape::{HostShape, PortShape, Shape, recognise_pattern, shape};

/// After so many look-ups, about a second's, nothing more is found: a list may have been written to make them many.
const MOST_LOOKUPS: u32 = 1 << 22;

/// The patterns of a set, ready to be asked.
///
/// Exact origins are looked up in the set. For a wildcard, and to find which pattern covers another one, the patterns that
/// could are put together and looked up: one for each label behind it, if a base of that length occurs, and one for each
/// pair of lengths that wildcards inside a label occur with.
pub(crate) struct Covering<'a> {
    set: &'a OriginSet,
    wildcards: HashMap<Shape<'a>, &'a str>,
    base_lengths: HashSet<usize>,
    in_label_lengths: HashSet<(usize, usize)>,
    any_port: bool,
}

impl<'a> Covering<'a> {
    pub(crate) fn new(set: &'a OriginSet) -> Self {
        let wildcards: HashMap<_, _> =
            set.iter().filter(|text| text.contains('*')).filter_map(|text| Some((shape_of(text)?, text))).collect();
        let (mut base_lengths, mut in_label_lengths, mut any_port) = (HashSet::new(), HashSet::new(), false);
        for shape in wildcards.keys() {
            let Shape::Origins { host, port, .. } = shape else { continue };
            any_port |= *port == PortShape::Any;
            match host {
                HostShape::Below(base) => _ = base_lengths.insert(base.len()),
                HostShape::InLabel { prefix, suffix, .. } => _ = in_label_lengths.insert((prefix.len(), suffix.len())),
                HostShape::Exact(_) | HostShape::Any => {}
            }
        }
        Self { set, wildcards, base_lengths, in_label_lengths, any_port }
    }

    /// Whether one pattern of the set denotes every origin that this text, a pattern, denotes.
    #[cfg_attr(not(feature = "reload"), allow(dead_code, reason = "asked by what compares two policies"))]
    pub(crate) fn covers(&self, text: &str) -> bool {
        if !text.contains('*') {
            return self.set.contains(text.as_bytes());
        }
        let Some(shape) = shape_of(text) else { return false };
        self.wildcards.contains_key(&shape) || self.wider_than(shape, &Cell::new(MOST_LOOKUPS)).is_some()
    }

    /// Tells each pattern of the set that another one covers, and that one.
    pub(crate) fn redundant(&self, mut tell: impl FnMut(&'a str, &'a str)) {
        let left = Cell::new(MOST_LOOKUPS);
        for text in self.set.iter().take_while(|_| !self.wildcards.is_empty() && left.get() > 0) {
            if let Some(wider) = shape_of(text).and_then(|shape| self.wider_than(shape, &left)) {
                tell(text, wider);
            }
        }
    }

    /// A wildcard of the set that denotes more than this pattern does, all of that included.
    fn wider_than(&self, pattern: Shape<'_>, left: &Cell<u32>) -> Option<&'a str> {
        let Shape::Origins { scheme, host, port } = pattern else { return None };
        let find = |host: HostShape<'_>| {
            [Some(port), self.any_port.then_some(PortShape::Any)].into_iter().flatten().find_map(|port| {
                left.set(left.get().checked_sub(1)?);
                let wider = Shape::Origins { scheme, host, port };
                let text = self.wildcards.get(&wider).copied()?;
                (wider != pattern && covers(wider, pattern)).then_some(text)
            })
        };
        let below =
            |name: &str| self.base_lengths.contains(&name.len()).then(|| find(HostShape::Below(name))).flatten();
        let in_label = |before: &str, after: &str, rest| {
            self.in_label_lengths.iter().find_map(|&(start, end)| {
                let prefix = before.get(..start)?;
                let suffix = after.get(after.len().checked_sub(end)?..)?;
                find(HostShape::InLabel { prefix, suffix, rest })
            })
        };
        let narrower = match host {
            HostShape::Any => None,
            HostShape::Exact(name) => parents(name).find_map(below).or_else(|| {
                let (label, rest) = name.split_once('.')?;
                in_label(label, label, rest)
            }),
            HostShape::Below(name) => parents(name).find_map(below),
            HostShape::InLabel { prefix, suffix, rest } => {
                below(rest).or_else(|| parents(rest).find_map(below)).or_else(|| in_label(prefix, suffix, rest))
            }
        };
        let same_host = || self.any_port.then(|| find(host)).flatten();
        let any_host = || if ["http", "https"].contains(&scheme) { None } else { find(HostShape::Any) };
        narrower.or_else(same_host).or_else(any_host)
    }
}

fn shape_of(text: &str) -> Option<Shape<'_>> {
    recognise_pattern(text.as_bytes()).map(|parts| shape(text, parts))
}

/// The names above a host, nearest first.
fn parents(host: &str) -> impl Iterator<Item = &str> {
    host.match_indices('.').filter_map(|(dot, _)| host.get(dot + 1..)).filter(|parent| !parent.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::origin::OriginPattern;

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
    fn what_another_one_covers_is_redundant() {
        let patterns: Vec<OriginPattern> = PATTERNS.iter().map(|text| text.parse().unwrap()).collect();
        let set = OriginSet::compile(&patterns);
        let mut told = Vec::new();
        Covering::new(&set).redundant(|text, wider| told.push((text, wider)));
        let contains = |wider: &str, text: &str| {
            let [wider, text]: [OriginPattern; 2] = [wider.parse().unwrap(), text.parse().unwrap()];
            wider != text && wider.contains(&text)
        };
        for (text, wider) in &told {
            assert!(PATTERNS.contains(wider) && contains(wider, text), "{text} {wider}");
        }
        let told: Vec<_> = told.into_iter().map(|(text, _)| text).collect();
        let expected: Vec<_> =
            PATTERNS.iter().copied().filter(|text| PATTERNS.iter().any(|wider| contains(wider, text))).collect();
        assert_eq!(told, expected);
        assert!(told.len() > PATTERNS.len() / 3 && told.len() < PATTERNS.len());
    }

    /// Each of these wildcards inside a label might be covered by hundreds of others.
    #[test]
    fn a_list_that_takes_too_long_is_left() {
        let label = |n: u32, len: usize| -> String {
            // No two labels begin or end alike.
            (0..len).map(|at| char::from(b'a' + u8::try_from((n >> (2 * (at % 8))) % 4).unwrap())).collect()
        };
        let texts = (0..2_000_u32).map(|n| {
            let (prefix, suffix) = (1 + n as usize % 30, 1 + (n as usize / 30) % 30);
            format!("https://{}*{}.example.com", label(n, prefix), label(n.reverse_bits() >> 16, suffix))
        });
        let patterns: Vec<OriginPattern> = texts.map(|text| text.parse().unwrap()).collect();
        let set = OriginSet::compile(&patterns);
        let covering = Covering::new(&set);
        assert_eq!(covering.in_label_lengths.len(), 900);
        let left = Cell::new(1000);
        let looked_up = covering.wildcards.keys().filter(|shape| {
            covering.wider_than(**shape, &left);
            left.get() > 0
        });
        assert!(looked_up.count() < 1000, "no more is looked up than may be");
        assert_eq!(left.get(), 0);
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
