//! The kinds of patterns, each found by a hash of what it fixes in an origin.

use std::hash::Hasher;

use super::port;
use super::table::{Key, Lengths, Table};
use super::texts::{Ending, Texts};
use crate::origin::grammar::{MAX_HOST, MAX_LABEL};

/// Exact hosts.
#[derive(Clone)]
pub(super) struct Exact {
    lengths: Lengths,
    table: Table,
    ending: Ending,
}

impl Exact {
    pub(super) fn build(keys: &[Key<'_, 1>], ending: Ending) -> Self {
        Self { lengths: Lengths::of(keys.iter().map(|([origin], _)| origin.len())), table: Table::build(keys), ending }
    }

    #[inline]
    pub(super) fn contains(&self, texts: &Texts, origin: &[u8]) -> bool {
        self.lengths.contains(origin.len()) && self.has(texts, origin)
    }

    fn has(&self, texts: &Texts, origin: &[u8]) -> bool {
        let is_it = |place| texts.is(place, [origin], self.ending);
        // The commonest policy of all has one origin, and comparing it is a third of the work of hashing.
        if let Some(place) = self.table.only_place() {
            return is_it(place);
        }
        let mut hasher = self.table.hasher();
        hasher.write(origin);
        self.table.find(hasher.finish(), is_it)
    }
}

/// `*.base`
#[derive(Clone)]
pub(super) struct Below {
    /// Of all that is behind the star, in ascending order.
    lengths: Box<[usize]>,
    table: Table,
    ending: Ending,
}

impl Below {
    pub(super) fn build(keys: &[Key<'_, 1>], ending: Ending) -> Self {
        let mut lengths: Vec<_> = keys.iter().map(|([tail], _)| tail.len()).collect();
        lengths.sort_unstable();
        lengths.dedup();
        Self { lengths: lengths.into_boxed_slice(), table: Table::build(keys), ending }
    }

    #[inline]
    pub(super) fn contains(&self, texts: &Texts, name: &[u8]) -> bool {
        for len in self.lengths.iter().take_while(|&&len| len < name.len()) {
            let (labels, tail) = name.split_at(name.len() - len);
            if tail.starts_with(b".") && self.has(texts, tail) {
                // The shortest base decides, for nothing that is wrong left of it can be part of a longer one.
                return are_labels(labels);
            }
        }
        false
    }

    fn has(&self, texts: &Texts, tail: &[u8]) -> bool {
        let mut hasher = self.table.hasher();
        hasher.write(tail);
        self.table.find(hasher.finish(), |place| texts.is(place, [tail], self.ending))
    }
}

/// One or more, each of 1 to 63 bytes.
fn are_labels(labels: &[u8]) -> bool {
    let mut len = 0;
    for byte in labels {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' if len < MAX_LABEL => len += 1,
            b'.' if len > 0 => len = 0,
            _ => return false,
        }
    }
    len > 0
}

/// `prefix*suffix.rest`
#[derive(Clone)]
pub(super) struct InLabel {
    /// Of all that is behind the left-most label.
    rests: Lengths,
    /// The lengths that prefix and suffix have together in some pattern, by their sum.
    affixes: Box<[(usize, usize)]>,
    table: Table,
    ending: Ending,
}

impl InLabel {
    pub(super) fn build(keys: &[Key<'_, 3>], ending: Ending) -> Self {
        let mut affixes: Vec<_> = keys.iter().map(|([_, prefix, suffix], _)| (prefix.len(), suffix.len())).collect();
        affixes.sort_unstable_by_key(|&(prefix, suffix)| (prefix + suffix, prefix));
        affixes.dedup();
        Self {
            rests: Lengths::of(keys.iter().map(|([rest, _, _], _)| rest.len())),
            affixes: affixes.into_boxed_slice(),
            table: Table::build(keys),
            ending,
        }
    }

    pub(super) fn contains(&self, texts: &Texts, name: &[u8]) -> bool {
        let Some(dot) = name.iter().take(MAX_LABEL + 1).position(|&byte| byte == b'.') else { return false };
        let (label, rest) = name.split_at(dot);
        if !self.rests.contains(rest.len()) {
            return false;
        }
        let mut behind_rest = self.table.hasher();
        behind_rest.write(rest);
        // Known as soon as a pattern was found, so that the label is read once, however many patterns fit around it.
        let mut fixed = 0;
        // The star takes one byte at least.
        self.affixes.iter().take_while(|(prefix, suffix)| prefix + suffix < label.len()).any(|&(prefix, suffix)| {
            let (prefix, behind) = label.split_at(prefix);
            let (free, suffix) = behind.split_at(behind.len() - suffix);
            let star = !(u64::MAX << free.len()) << prefix.len();
            if star & fixed != 0 {
                return false;
            }
            let mut hasher = behind_rest.clone();
            hasher.write(prefix);
            hasher.write(suffix);
            let found =
                self.table.find(hasher.finish(), |place| texts.is(place, [prefix, b"*", suffix, rest], self.ending));
            if found {
                fixed = not_for_the_star(label);
            }
            found && star & fixed == 0
        })
    }
}

/// A bit for each byte of a label that the star does not stand for; that of the first byte is the lowest.
fn not_for_the_star(label: &[u8]) -> u64 {
    label.iter().rev().fold(0, |bits, byte| {
        let star = matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
        bits << 1 | u64::from(!star)
    })
}

/// `scheme://*`
#[derive(Clone)]
pub(super) struct AnyHost {
    table: Table,
    ending: Ending,
}

impl AnyHost {
    pub(super) fn build(keys: &[Key<'_, 2>], ending: Ending) -> Self {
        Self { table: Table::build(keys), ending }
    }

    pub(super) fn contains(&self, texts: &Texts, origin: &[u8]) -> bool {
        let (start, port) = port::split(origin);
        let Some(slash) = start.iter().position(|&byte| byte == b'/') else { return false };
        let Some((head, host)) = start.split_at_checked(slash + "//".len()) else { return false };
        let mut hasher = self.table.hasher();
        hasher.write(head);
        hasher.write(port);
        self.table.find(hasher.finish(), |place| texts.is(place, [head, b"*", port], self.ending))
            && is_opaque_host(host)
    }
}

fn is_opaque_host(host: &[u8]) -> bool {
    (1..=MAX_HOST).contains(&host.len())
        && host.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
}
