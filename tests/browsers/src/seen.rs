//! What a page tells of a step.

use serde::{Deserialize, Serialize};

/// What a script sees of a step.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Seen {
    /// The type of the response; `loaded`, `open`, `navigated` or `sent` for what has none; `blocked`.
    pub kind: String,
    pub status: u16,
    /// Every header that a script reads, by its name; all but `date`, which no two answers share.
    pub headers: Vec<(String, String)>,
    pub body: Option<String>,
    /// The events of an upload, each kind once.
    #[serde(default)]
    pub events: Vec<String>,
}

impl Seen {
    /// A step without a response of its own.
    pub fn happened(kind: &str) -> Self {
        Self { kind: kind.to_owned(), status: 0, headers: Vec::new(), body: None, events: Vec::new() }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}
