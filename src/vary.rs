//! The `Vary` header of a response: our names are added, the inner service's lines stay as they are.

use std::collections::HashSet;

use http::header::{Entry, VARY};
use http::{HeaderMap, HeaderName, HeaderValue};

/// The values of most policies, as literals: a literal is cloned without touching a counter that threads share.
const USUAL: [&str; 3] = [
    "origin",
    "origin, access-control-request-method",
    "origin, access-control-request-method, access-control-request-headers",
];

/// Names that a kind of response varies on.
#[derive(Clone, Debug, Default)]
pub(crate) struct VaryNames {
    /// All names in one value; `None` if there are none.
    line: Option<HeaderValue>,
    /// Each name as a value of its own, for responses that already list some of them.
    each: Vec<HeaderValue>,
}

impl VaryNames {
    pub(crate) fn new(names: impl IntoIterator<Item = HeaderName>) -> Self {
        let mut seen = HashSet::new();
        let each: Vec<HeaderName> = names.into_iter().filter(|name| seen.insert(name.clone())).collect();
        let line = each.iter().map(HeaderName::as_str).collect::<Vec<_>>().join(", ");
        let line = match USUAL.iter().find(|usual| **usual == line) {
            Some(usual) => Some(HeaderValue::from_static(usual)),
            None if line.is_empty() => None,
            None => HeaderValue::try_from(line).ok(),
        };
        Self { line, each: each.into_iter().map(HeaderValue::from).collect() }
    }

    /// All names in one value.
    pub(crate) fn line(&self) -> Option<&HeaderValue> {
        self.line.as_ref()
    }

    pub(crate) fn values_mut(&mut self) -> impl Iterator<Item = &mut HeaderValue> {
        self.line.iter_mut().chain(&mut self.each)
    }

    /// Adds the names that a response does not list yet.
    #[cfg(feature = "resolver")]
    pub(crate) fn add(&self, headers: &mut HeaderMap) {
        if headers.contains_key(VARY) {
            self.add_missing(headers);
        } else if let Some(line) = &self.line {
            // A map that is full stays as it is.
            let _full = headers.try_insert(VARY, line.clone());
        }
    }

    /// Adds the names that a response which has `Vary` does not list yet, each on a line of its own.
    #[cold]
    pub(crate) fn add_missing(&self, headers: &mut HeaderMap) {
        for name in &self.each {
            if lists(headers, name.as_bytes()) {
                continue;
            }
            match headers.try_entry(VARY) {
                Ok(Entry::Occupied(mut entry)) => entry.append(name.clone()),
                Ok(Entry::Vacant(_)) | Err(_) => {}
            }
        }
    }
}

/// Whether `Vary` names this header, or everything.
pub(crate) fn lists(headers: &HeaderMap, name: &[u8]) -> bool {
    let mut listed = headers.get_all(VARY).iter().flat_map(elements);
    listed.any(|element| element == b"*" || element.eq_ignore_ascii_case(name))
}

/// The elements of one line of a list: <https://fetch.spec.whatwg.org/#concept-header-list-get-decode-split>
pub(crate) fn elements(line: &HeaderValue) -> impl Iterator<Item = &[u8]> {
    line.as_bytes().split(|&byte| byte == b',').map(trim).filter(|element| !element.is_empty())
}

/// Only space and tab are white space here: <https://fetch.spec.whatwg.org/#http-tab-or-space>
fn trim(mut bytes: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = bytes {
        bytes = rest;
    }
    bytes
}
