//! What a page tells of a step.

use serde::{Deserialize, Serialize};

/// What a script sees of a step.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Seen {
    /// The type of the response; `loaded`, `open`, `navigated` or `sent` for what has none; `blocked`.
    pub kind: String,
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Option<String>,
}

/// The headers that are compared, in the order in which the page tells them.
pub const SHOWN: [&str; 7] =
    ["x-a", "x-secret", "etag", "content-type", "cache-control", "set-cookie", "access-control-allow-origin"];

impl Seen {
    /// A step without a response of its own.
    pub fn happened(kind: &str) -> Self {
        Self { kind: kind.to_owned(), status: 0, headers: Vec::new(), body: None }
    }
}
