//! Finds the pattern that an origin belongs to: each kind in a table of its own, none by trying one after the other.

use std::hash::Hasher;

use super::parts::Parts;
use super::table::{Key, Lengths, Table};
use super::texts::Texts;
use crate::origin::HostShape;

const MAX_LABEL: usize = 63;

/// The patterns that say the same about the port: those with `:*`, or all others.
#[derive(Clone)]
pub(super) struct Names {
    exact: Exact,
    below: Below,
    in_label: InLabel,
    any_host: AnyHost,
}

/// What [`Names`] are found by, borrowed from their texts.
#[derive(Clone, Default)]
pub(super) struct Keys<'a> {
    /// The whole origin.
    exact: Vec<Key<'a, 1>>,
    /// What stands before and behind the star.
    below: Vec<Key<'a, 2>>,
    /// `scheme://` and `.rest` with the port, then what stands before and behind the star in the left-most label.
    in_label: Vec<Key<'a, 4>>,
    /// What stands before and behind the star.
    any_host: Vec<Key<'a, 2>>,
}

impl<'a> Keys<'a> {
    /// `whole` starts the text at `place` and leaves out the port `*`. `None` if it has not the shape that is said.
    pub(super) fn push(&mut self, place: usize, whole: &'a [u8], scheme: &str, host: HostShape<'_>) -> Option<()> {
        let (head, name) = whole.split_at_checked(scheme.len() + "://".len())?;
        match host {
            HostShape::Exact(_) => self.exact.push(([whole], place)),
            HostShape::Below(_) => self.below.push(([head, name.strip_prefix(b"*")?], place)),
            HostShape::InLabel { prefix, suffix, .. } => {
                let (prefix, name) = name.split_at_checked(prefix.len())?;
                let (suffix, rest) = name.strip_prefix(b"*")?.split_at_checked(suffix.len())?;
                self.in_label.push(([head, rest, prefix, suffix], place));
            }
            HostShape::Any => self.any_host.push(([head, name.strip_prefix(b"*")?], place)),
        }
        Some(())
    }

    pub(super) fn has_wildcards(&self) -> bool {
        !(self.below.is_empty() && self.in_label.is_empty() && self.any_host.is_empty())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.exact.is_empty() && !self.has_wildcards()
    }

    pub(super) fn build(&self) -> Names {
        Names {
            exact: Exact::build(&self.exact),
            below: Below::build(&self.below),
            in_label: InLabel::build(&self.in_label),
            any_host: AnyHost { table: Table::build(&self.any_host) },
        }
    }
}

impl Names {
    /// `port` is what stands behind a name in its text: `:*` or nothing.
    pub(super) fn contain_exactly(&self, texts: &Texts, whole: &[u8], port: &[u8]) -> bool {
        self.exact.contains(texts, whole, port)
    }

    pub(super) fn contain_by_wildcard(&self, texts: &Texts, origin: Parts<'_>, port: &[u8]) -> bool {
        self.below.contains(texts, origin, port)
            || self.in_label.contains(texts, origin, port)
            || self.any_host.contains(texts, origin, port)
    }
}

/// Exact hosts.
#[derive(Clone)]
struct Exact {
    lengths: Lengths,
    table: Table,
}

impl Exact {
    fn build(keys: &[Key<'_, 1>]) -> Self {
        Self { lengths: Lengths::of(keys.iter().map(|([whole], _)| whole.len())), table: Table::build(keys) }
    }

    fn contains(&self, texts: &Texts, whole: &[u8], port: &[u8]) -> bool {
        if !self.lengths.contains(whole.len()) {
            return false;
        }
        let mut hasher = self.table.hasher();
        hasher.write(whole);
        self.table.find(hasher.finish(), |place| texts.is(place, [whole, port]))
    }
}

/// `*.base`
#[derive(Clone)]
struct Below {
    /// Of the base, its dot and its port.
    lengths: Lengths,
    table: Table,
}

impl Below {
    fn build(keys: &[Key<'_, 2>]) -> Self {
        Self { lengths: Lengths::of(keys.iter().map(|([_, tail], _)| tail.len())), table: Table::build(keys) }
    }

    fn contains(&self, texts: &Texts, origin: Parts<'_>, port: &[u8]) -> bool {
        if self.table.is_empty() || !origin.has_host_length() {
            return false;
        }
        let mut tail = origin.host_and_port();
        let mut label = 0;
        // Left of the tail everything is what a star may stand for.
        while let [byte, behind @ ..] = tail {
            match byte {
                b'.' if label == 0 => return false,
                b'.' => {
                    if self.lengths.contains(tail.len()) && self.has(texts, origin.head, tail, port) {
                        return true;
                    }
                    label = 0;
                }
                b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' if label < MAX_LABEL => label += 1,
                _ => return false,
            }
            tail = behind;
        }
        false
    }

    fn has(&self, texts: &Texts, head: &[u8], tail: &[u8], port: &[u8]) -> bool {
        let mut hasher = self.table.hasher();
        hasher.write(head);
        hasher.write(tail);
        self.table.find(hasher.finish(), |place| texts.is(place, [head, b"*", tail, port]))
    }
}

/// `prefix*suffix.rest`
#[derive(Clone)]
struct InLabel {
    /// Of the rest, its dot and its port.
    lengths: Lengths,
    /// The lengths of prefix and suffix that occur together, by their sum.
    affixes: Box<[(usize, usize)]>,
    table: Table,
}

impl InLabel {
    fn build(keys: &[Key<'_, 4>]) -> Self {
        let mut affixes: Vec<_> = keys.iter().map(|([_, _, prefix, suffix], _)| (prefix.len(), suffix.len())).collect();
        affixes.sort_unstable_by_key(|&(prefix, suffix)| (prefix + suffix, prefix));
        affixes.dedup();
        Self {
            lengths: Lengths::of(keys.iter().map(|([_, rest, _, _], _)| rest.len())),
            affixes: affixes.into_boxed_slice(),
            table: Table::build(keys),
        }
    }

    fn contains(&self, texts: &Texts, origin: Parts<'_>, port: &[u8]) -> bool {
        if self.table.is_empty() || !origin.has_host_length() {
            return false;
        }
        let name = origin.host_and_port();
        let Some(dot) = name.iter().take(MAX_LABEL + 1).position(|&byte| byte == b'.') else { return false };
        let (label, rest) = name.split_at(dot);
        if !self.lengths.contains(rest.len()) {
            return false;
        }
        let mut before_affixes = self.table.hasher();
        before_affixes.write(origin.head);
        before_affixes.write(rest);
        // At least one byte remains for the star.
        self.affixes.iter().take_while(|(prefix, suffix)| prefix + suffix < label.len()).any(|&(prefix, suffix)| {
            let (prefix, label) = label.split_at(prefix);
            let (free, suffix) = label.split_at(label.len() - suffix);
            let mut hasher = before_affixes.clone();
            hasher.write(prefix);
            hasher.write(suffix);
            let is = |place| texts.is(place, [origin.head, prefix, b"*", suffix, rest, port]);
            self.table.find(hasher.finish(), is)
                && free.iter().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
        })
    }
}

/// `scheme://*`
#[derive(Clone)]
struct AnyHost {
    table: Table,
}

impl AnyHost {
    fn contains(&self, texts: &Texts, origin: Parts<'_>, port: &[u8]) -> bool {
        if self.table.is_empty() || !origin.has_opaque_host() {
            return false;
        }
        let mut hasher = self.table.hasher();
        hasher.write(origin.head);
        hasher.write(origin.port);
        self.table.find(hasher.finish(), |place| texts.is(place, [origin.head, b"*", origin.port, port]))
    }
}
