//! Finds the pattern that an origin belongs to: each kind in tables of its own, none by trying one after the other.

use super::kinds::{AnyHost, Below, Exact, InLabel};
use super::port;
use super::table::Key;
use super::texts::{Ending, Texts};
use crate::origin::HostShape;
use crate::origin::grammar::MAX_HOST;

/// What the patterns with one [`Ending`] are found by, borrowed from their texts, and where that stands in the texts.
#[derive(Default)]
pub(super) struct Keys<'a> {
    /// The whole origin.
    exact: Vec<Key<'a, 1>>,
    https: WebKeys<'a>,
    http: WebKeys<'a>,
    /// What stands before and behind the star: scheme, port.
    any_host: Vec<Key<'a, 2>>,
}

#[derive(Default)]
struct WebKeys<'a> {
    /// What stands behind the star: dot, base, port.
    below: Vec<Key<'a, 1>>,
    /// What stands behind the left-most label, then what stands in it before the star and behind.
    in_label: Vec<Key<'a, 3>>,
}

impl<'a> Keys<'a> {
    /// `whole` starts the text at `place`, and its ending follows. `None` if it does not have the shape given.
    pub(super) fn push(&mut self, place: usize, whole: &'a [u8], scheme: &str, host: HostShape<'_>) -> Option<()> {
        let (head, name) = whole.split_at_checked(scheme.len() + "://".len())?;
        match host {
            HostShape::Exact(_) => self.exact.push(([whole], place)),
            HostShape::Any => self.any_host.push(([head, name.strip_prefix(b"*")?], place)),
            HostShape::Below(_) => {
                let tail = name.strip_prefix(b"*")?;
                self.web(scheme)?.below.push(([tail], place + head.len() + "*".len()));
            }
            HostShape::InLabel { prefix, suffix, .. } => {
                let (prefix, behind) = name.split_at_checked(prefix.len())?;
                let (suffix, rest) = behind.strip_prefix(b"*")?.split_at_checked(suffix.len())?;
                self.web(scheme)?.in_label.push(([rest, prefix, suffix], place + head.len()));
            }
        }
        Some(())
    }

    fn web(&mut self, scheme: &str) -> Option<&mut WebKeys<'a>> {
        match scheme {
            "https" => Some(&mut self.https),
            "http" => Some(&mut self.http),
            _ => None,
        }
    }
}

/// The patterns with one [`Ending`]; `None` where there are none of a kind.
#[derive(Clone)]
pub(super) struct Names {
    exact: Option<Exact>,
    https: Web,
    http: Web,
    any_host: Option<AnyHost>,
}

impl Names {
    pub(super) fn build(keys: &Keys<'_>, ending: Ending) -> Self {
        Self {
            exact: (!keys.exact.is_empty()).then(|| Exact::build(&keys.exact, ending)),
            https: Web::build(&keys.https, ending),
            http: Web::build(&keys.http, ending),
            any_host: (!keys.any_host.is_empty()).then(|| AnyHost::build(&keys.any_host, ending)),
        }
    }

    pub(super) fn have_wildcards(&self) -> bool {
        self.https.is_some() || self.http.is_some() || self.any_host.is_some()
    }

    pub(super) fn are_none(&self) -> bool {
        self.exact.is_none() && !self.have_wildcards()
    }

    #[inline]
    pub(super) fn contain_exactly(&self, texts: &Texts, origin: &[u8]) -> bool {
        self.exact.as_ref().is_some_and(|exact| exact.contains(texts, origin))
    }

    #[inline]
    pub(super) fn contain_by_wildcard(&self, texts: &Texts, origin: &[u8]) -> bool {
        if let Some(name) = origin.strip_prefix(b"https://") {
            self.https.contains(texts, name)
        } else if let Some(name) = origin.strip_prefix(b"http://") {
            self.http.contains(texts, name)
        } else {
            self.any_host.as_ref().is_some_and(|any_host| any_host.contains(texts, origin))
        }
    }
}

/// The wildcards of `https`, or those of `http`.
#[derive(Clone)]
struct Web {
    below: Option<Below>,
    in_label: Option<InLabel>,
}

impl Web {
    fn build(keys: &WebKeys<'_>, ending: Ending) -> Self {
        Self {
            below: (!keys.below.is_empty()).then(|| Below::build(&keys.below, ending)),
            in_label: (!keys.in_label.is_empty()).then(|| InLabel::build(&keys.in_label, ending)),
        }
    }

    fn is_some(&self) -> bool {
        self.below.is_some() || self.in_label.is_some()
    }

    /// `name` is host and port. What is rarely called stands apart, so that `*.base` keeps its registers.
    #[inline]
    fn contains(&self, texts: &Texts, name: &[u8]) -> bool {
        (self.below.as_ref().is_some_and(|below| below.contains(texts, name))
            || self.in_label.as_ref().is_some_and(|in_label| in_label.contains(texts, name)))
            && has_host_length(name)
    }
}

/// The port does not count, nor does a root dot.
fn has_host_length(name: &[u8]) -> bool {
    let (host, _) = port::split(name);
    host.len() <= MAX_HOST + usize::from(host.ends_with(b"."))
}
