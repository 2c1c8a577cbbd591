//! [`OriginSet`]: the compiled list that the origin of a request is held against.
//!
//! Every pattern is found by hash and then compared byte for byte with its text. Whatever the request says and however
//! many patterns there are, a look-up probes no more often than this, and as often again for those with the port `*`:
//!
//! | kind | probes | |
//! |---|---|---|
//! | exact | 1 | none if no pattern has the length of the origin |
//! | `*.base` | 126 | one for each dot of the host that has a base of that length behind it |
//! | `prefix*suffix.rest` | 2015 | one for each pair of lengths of prefix and suffix that occurs: mostly one or two |
//! | `scheme://*` | 1 | |
//!
//! A probe reads one cache line, at most [`MAX_RUN`](table::MAX_RUN) of them, and compares one text; 56 with names that
//! were chosen against the hash. The request is read at most once for the bytes that a star may stand for.
//!
//! The worst that was found, with each pattern also with `:*`, by `cargo bench --bench lookup` on two machines: 2 and 4 µs
//! for an origin of 125 labels against 124 bases, 28 and 43 µs for one that nearly fits 1953 patterns inside a label. All
//! else took 1 to 140 ns.

mod kinds;
mod names;
mod port;
mod table;
#[cfg(test)]
mod tests;
mod texts;

use std::collections::HashSet;
use std::fmt;

use self::names::{Keys, Names};
use self::texts::{Ending, Texts};
use super::grammar::MAX_LEN;
use super::{OriginPattern, PortShape, Shape};

/// The origins that a policy allows.
#[derive(Clone)]
pub(crate) struct OriginSet {
    texts: Texts,
    own_port: Names,
    any_port: Option<Names>,
    /// Neither wildcards nor the port `*`: what most policies are.
    only_exact: bool,
}

impl OriginSet {
    /// Keeps the order given, drops duplicates.
    ///
    /// `*` is kept as a text but has no members here: a policy for any origin need not ask.
    pub(crate) fn compile<'a>(patterns: impl IntoIterator<Item = &'a OriginPattern, IntoIter: Clone>) -> Self {
        let patterns = patterns.into_iter();
        let mut seen = may_repeat(patterns.clone()).then(HashSet::new);
        let mut texts = Texts::default();
        let (mut own_port, mut any_port) = (Keys::default(), Keys::default());
        for pattern in patterns {
            let text = pattern.as_str();
            if seen.as_mut().is_some_and(|seen| !seen.insert(text)) {
                continue;
            }
            let place = texts.push(text);
            let Shape::Origins { scheme, host, port } = pattern.shape() else { continue };
            let text = text.as_bytes();
            // A text without the shape given would be a mistake of the parser: it has no members.
            let _ = match port {
                PortShape::Absent | PortShape::Number(_) => own_port.push(place, text, scheme, host),
                PortShape::Any => text.strip_suffix(b":*").and_then(|name| any_port.push(place, name, scheme, host)),
            };
        }
        drop(seen);
        texts.shrink_to_fit();
        let own_port = Names::build(&own_port, Ending::OwnPort);
        let any_port = Some(Names::build(&any_port, Ending::AnyPort)).filter(|names| !names.are_none());
        let only_exact = !own_port.have_wildcards() && any_port.is_none();
        Self { texts, own_port, any_port, only_exact }
    }

    /// Whether an `Origin` header of these bytes, which may be anything, names one of the origins.
    pub(crate) fn contains(&self, origin: &[u8]) -> bool {
        origin.len() <= MAX_LEN
            && (self.own_port.contain_exactly(&self.texts, origin)
                || !self.only_exact && self.contains_beside_exact(origin))
    }

    /// Apart, so that lists without any of this do not pay for its registers: 20 instructions.
    #[inline(never)]
    fn contains_beside_exact(&self, origin: &[u8]) -> bool {
        self.own_port.contain_by_wildcard(&self.texts, origin)
            || self.any_port.as_ref().is_some_and(|names| {
                port::without_any(origin).is_some_and(|origin| {
                    names.contain_exactly(&self.texts, origin) || names.contain_by_wildcard(&self.texts, origin)
                })
            })
    }

    /// The patterns as configured, in the order given.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        self.texts.iter()
    }

    pub(crate) fn len(&self) -> usize {
        self.texts.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Whether two of the texts have the same hash: nearly always because they are the same.
///
/// For a million texts, all different, that takes 30 ms where a set that they are put into takes 80.
fn may_repeat<'a>(patterns: impl Iterator<Item = &'a OriginPattern>) -> bool {
    let mut hashes: Vec<u64> = patterns.map(|pattern| table::hash(pattern.as_str().as_bytes())).collect();
    hashes.sort_unstable();
    hashes.windows(2).any(|pair| matches!(pair, [one, other] if one == other))
}

/// The same patterns in the same order.
impl PartialEq for OriginSet {
    fn eq(&self, other: &Self) -> bool {
        self.texts == other.texts
    }
}

impl Eq for OriginSet {}

impl fmt::Debug for OriginSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
