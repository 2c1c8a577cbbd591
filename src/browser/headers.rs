//! Header lists as the Fetch standard has them: ordered, with every line kept, and values that are bytes.

use http::{HeaderMap, StatusCode};
use std::fmt;

/// An ordered [header list](https://fetch.spec.whatwg.org/#concept-header-list): names compare without case, several
/// lines of one name stay apart, values are bytes.
///
/// ```
/// use tower_cors::browser::HeaderList;
///
/// let mut headers = HeaderList::new();
/// headers.append("Vary", "origin");
/// headers.append("vary", "accept");
/// assert_eq!(headers.get("VARY").as_deref(), Some(&b"origin, accept"[..]));
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct HeaderList {
    lines: Vec<(String, Vec<u8>)>,
}

impl HeaderList {
    /// An empty list.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a line; lines of the same name that are there already stay.
    pub fn append(&mut self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) {
        self.lines.push((String::from_utf8_lossy(name.as_ref()).into_owned(), value.as_ref().to_vec()));
    }

    /// The value as the standard [gets](https://fetch.spec.whatwg.org/#concept-header-list-get) it: all lines of the
    /// name, each without blanks around it, joined by `, `.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Vec<u8>> {
        let mut lines = self.lines(name);
        let mut value = lines.next()?.to_vec();
        for line in lines {
            value.extend_from_slice(b", ");
            value.extend_from_slice(line);
        }
        Some(value)
    }

    /// Whether a line has this name.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.lines(name).next().is_some()
    }

    /// The values of the lines of one name, without the blanks around each.
    pub fn lines<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.iter().filter(move |(line, _)| line.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// Every line: the name as it was given, and the value without the blanks around it.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.lines.iter().map(|(name, value)| (name.as_str(), trim(value)))
    }

    /// The number of lines.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether there is no line at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    pub(super) fn remove(&mut self, name: &str) {
        self.lines.retain(|(line, _)| !line.eq_ignore_ascii_case(name));
    }

    /// The bytes of all names and values, to hold against a limit.
    pub(super) fn size(&self) -> usize {
        self.lines.iter().map(|(name, value)| name.len().saturating_add(value.len())).sum()
    }

    /// [Extracts](https://fetch.spec.whatwg.org/#extract-header-list-values) a list of tokens: no line, a list, or the
    /// first element that is not a token.
    pub(super) fn tokens(&self, name: &str) -> Result<Option<Vec<&str>>, Vec<u8>> {
        let mut tokens = None;
        for line in self.iter().filter(|(line, _)| line.eq_ignore_ascii_case(name)).map(|(_, value)| value) {
            let tokens = tokens.get_or_insert_with(Vec::new);
            for element in line.split(|byte| *byte == b',').map(trim).filter(|element| !element.is_empty()) {
                tokens.push(token(element).ok_or_else(|| element.to_vec())?);
            }
        }
        Ok(tokens)
    }
}

impl fmt::Debug for HeaderList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter().map(|(name, value)| (name, shown(value)))).finish()
    }
}

impl<N: AsRef<[u8]>, V: AsRef<[u8]>> FromIterator<(N, V)> for HeaderList {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(lines: I) -> Self {
        let mut list = Self::new();
        list.extend(lines);
        list
    }
}

impl<N: AsRef<[u8]>, V: AsRef<[u8]>> Extend<(N, V)> for HeaderList {
    fn extend<I: IntoIterator<Item = (N, V)>>(&mut self, lines: I) {
        for (name, value) in lines {
            self.append(name, value);
        }
    }
}

impl From<&HeaderMap> for HeaderList {
    fn from(map: &HeaderMap) -> Self {
        map.iter().collect()
    }
}

/// The head of a response, as it came in.
///
/// ```
/// use tower_cors::browser::ResponseHead;
///
/// let head = ResponseHead::new(204).header("access-control-allow-origin", "*");
/// assert_eq!(head.status(), 204);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct ResponseHead {
    status: u16,
    headers: HeaderList,
}

impl ResponseHead {
    /// A head with this status and no headers.
    pub fn new(status: u16) -> Self {
        Self { status, headers: HeaderList::new() }
    }

    /// Adds a line; the value may hold any bytes. What is not a header name is left out, as in a real client.
    pub fn header(mut self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Self {
        if token(name.as_ref()).is_some() {
            self.headers.append(name, value);
        }
        self
    }

    /// The status code.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The headers, every line of them.
    #[must_use]
    pub fn headers(&self) -> &HeaderList {
        &self.headers
    }
}

impl From<StatusCode> for ResponseHead {
    fn from(status: StatusCode) -> Self {
        Self::new(status.as_u16())
    }
}

impl<N: AsRef<[u8]>, V: AsRef<[u8]>, I: IntoIterator<Item = (N, V)>> From<(u16, I)> for ResponseHead {
    fn from((status, headers): (u16, I)) -> Self {
        headers.into_iter().fold(Self::new(status), |head, (name, value)| head.header(name, value))
    }
}

impl From<&http::response::Parts> for ResponseHead {
    fn from(parts: &http::response::Parts) -> Self {
        Self { status: parts.status.as_u16(), headers: (&parts.headers).into() }
    }
}

impl<B> From<&http::Response<B>> for ResponseHead {
    fn from(response: &http::Response<B>) -> Self {
        Self { status: response.status().as_u16(), headers: response.headers().into() }
    }
}

/// The bytes without the spaces and tabs at both ends.
pub(super) fn trim(mut value: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = value {
        value = rest;
    }
    value
}

/// The text of a token, or nothing if it is not one.
pub(super) fn token(bytes: &[u8]) -> Option<&str> {
    let is_token =
        !bytes.is_empty() && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte));
    if is_token { std::str::from_utf8(bytes).ok() } else { None }
}

/// A value from outside as a sentence may hold it: printable, and cut after 200 bytes.
pub(super) fn shown(value: &[u8]) -> String {
    const MOST: usize = 200;
    let text = value.get(..MOST).unwrap_or(value).escape_ascii().to_string().replace("\\\"", "\"").replace("\\'", "'");
    if value.len() > MOST { format!("{text}… ({} bytes)", value.len()) } else { text }
}
