//! [`Target`]: what a preflight and the request after it have in common, and nothing else.

use std::cell::Cell;
use std::fmt;

use super::host::HostKey;
use crate::head::Head;
use crate::own_origin;

const LONGEST_SEGMENT: usize = 255;

/// Where a request goes: host, path and query.
///
/// This is all that a key can be made from, because it is all that a preflight shares with the request that it is for:
/// no cookies, no `Authorization`, no header that a script sets. What the key reads of it is what answers vary on: path
/// and query are in every cache's key, and once the host was read, `host` is named in `Vary`.
pub struct Target<'a> {
    head: Head<'a>,
    host_read: Cell<bool>,
}

impl<'a> Target<'a> {
    pub(super) fn new(head: Head<'a>) -> Self {
        Self { head, host_read: Cell::new(false) }
    }

    pub(super) fn host_was_read(&self) -> bool {
        self.host_read.get()
    }

    /// The host that was asked for: that of the request's target or, if it has none, of its one `Host` header.
    ///
    /// `None` if the request leaves a doubt (no host, several, two that differ) or names one that is not well-formed.
    /// No other header is read: what a proxy adds (`X-Forwarded-Host`, `Forwarded`), every client can add.
    pub fn host(&self) -> Option<HostKey> {
        self.host_read.set(true);
        let authority = std::str::from_utf8(own_origin::authority(self.head)?).ok()?;
        HostKey::of_authority(authority)
    }

    /// The path as it was sent: not decoded, its dots not resolved, its case kept.
    ///
    /// The service behind may read it otherwise, so that `/a/%62` and `/a/b` mean the same to it. Prefer
    /// [`path_segment`](Self::path_segment). Inside a nested `Router` of axum it is what the outer one left of it. It may
    /// be as long as the server allows: make no key of it that is not bounded.
    #[must_use]
    pub fn path(&self) -> &'a str {
        self.head.uri.path()
    }

    /// One segment of the path, counted from 0; in `/t/acme/items` the one with index 1 is `acme`.
    ///
    /// `None` if there is no such segment, if it is longer than 255 bytes, which no tenant's name is and a cache should
    /// not keep, or if the path is one that two programs may read differently: with a `%`, `;` or `\`, with `.` or `..`
    /// as a segment, or with two slashes in a row.
    #[must_use]
    pub fn path_segment(&self, index: usize) -> Option<&'a str> {
        let path = self.path().strip_prefix('/')?;
        let path = path.strip_suffix('/').unwrap_or(path);
        let plain = |segment: &str| !matches!(segment, "" | "." | "..") && !segment.contains(['%', ';', '\\']);
        let segment = if path.split('/').all(plain) { path.split('/').nth(index) } else { None };
        segment.filter(|segment| segment.len() <= LONGEST_SEGMENT)
    }

    /// The query as it was sent, without its `?`. It may be as long as the server allows: make no key of it that is not
    /// bounded.
    #[must_use]
    pub fn query(&self) -> Option<&'a str> {
        self.head.uri.query()
    }
}

impl fmt::Debug for Target<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Target").field("path", &self.path()).field("query", &self.query()).finish_non_exhaustive()
    }
}
