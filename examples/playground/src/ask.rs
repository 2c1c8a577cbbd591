//! What the page is to request, as it says so itself.

use serde::{Deserialize, Serialize};
use tower_cors::browser::{Credentials, Engine, Fetch};

use crate::places::{Places, Sender};

const MOST_HEADERS: usize = 20;
const LONGEST_NAME: usize = 100;
const LONGEST_VALUE: usize = 1000;
const LONGEST_METHOD: usize = 50;
const LONGEST_BODY: usize = 4096;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ask {
    pub sender: Sender,
    /// The browser that the page runs in.
    pub engine: EngineName,
    pub method: String,
    pub path: Path,
    pub headers: Vec<(String, String)>,
    pub credentials: CredentialsMode,
    pub body: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EngineName {
    Chromium,
    Firefox,
    WebKit,
    Other,
}

impl EngineName {
    pub fn engine(self) -> Engine {
        match self {
            Self::Chromium => Engine::Chromium,
            Self::Firefox => Engine::Firefox,
            Self::WebKit => Engine::WebKit,
            Self::Other => Engine::Standard,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CredentialsMode {
    Omit,
    SameOrigin,
    Include,
}

/// What the API has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Path {
    Items,
    Missing,
    Error,
    Redirect,
    Greet,
}

impl Path {
    pub fn segment(self) -> &'static str {
        match self {
            Self::Items => "items",
            Self::Missing => "missing",
            Self::Error => "error",
            Self::Redirect => "redirect",
            Self::Greet => "greet",
        }
    }

    pub fn of_segment(segment: &str) -> Self {
        [Self::Items, Self::Error, Self::Redirect, Self::Greet]
            .into_iter()
            .find(|path| path.segment() == segment)
            .unwrap_or(Self::Missing)
    }
}

impl Ask {
    /// # Errors
    /// If it is longer than anybody types, or can be no header of a request. What a browser itself refuses to send passes:
    /// that is worth a look.
    pub fn check(&self) -> Result<(), &'static str> {
        if self.method.len() > LONGEST_METHOD {
            return Err("the method is longer than 50 bytes");
        }
        if self.headers.len() > MOST_HEADERS {
            return Err("there are more than 20 headers");
        }
        if self.headers.iter().any(|(name, value)| name.len() > LONGEST_NAME || value.len() > LONGEST_VALUE) {
            return Err("a header is longer than 100 bytes in its name or 1000 in its value");
        }
        if self.headers.iter().any(|(name, value)| latin1(name).is_none() || latin1(value).is_none()) {
            return Err("a header has a character that no header can hold");
        }
        if self.body.len() > LONGEST_BODY {
            return Err("the body is longer than 4096 bytes");
        }
        Ok(())
    }

    pub fn url(&self, places: Places, run: &str) -> String {
        format!("{}/run/{run}/{}", places.api_origin(), self.path.segment())
    }

    /// The call of `fetch` that the page makes, for the model.
    pub fn fetch(&self, url: &str) -> Fetch {
        let bytes = |text: &str| latin1(text).unwrap_or_default();
        let mut fetch = Fetch::new(&self.method, url)
            .headers(self.headers.iter().map(|(name, value)| (bytes(name), bytes(value))))
            .credentials(match self.credentials {
                CredentialsMode::Omit => Credentials::Omit,
                CredentialsMode::SameOrigin => Credentials::SameOrigin,
                CredentialsMode::Include => Credentials::Include,
            });
        if !self.body.is_empty() {
            fetch = fetch.text(&self.body);
        }
        fetch
    }
}

/// The bytes that a script's text becomes in a header.
pub fn latin1(text: &str) -> Option<Vec<u8>> {
    text.chars().map(|character| u8::try_from(character).ok()).collect()
}
