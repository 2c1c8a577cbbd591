//! Which fault a refused text has.

use super::grammar::{self, MAX_HOST, MAX_LABEL, MAX_SCHEME};
use super::invalid::{InvalidOrigin, InvalidOriginKind as Kind};
use super::pieces::{Pieces, bare, entries, is_placeholder, is_regex, literal_of_regex, split, trimmed};
use super::repair::{inner_origin, repaired};
use super::shape::{is_loopback, recognise_pattern, without_root_dot};
use super::suffix::is_icann_suffix;

/// Which of the two types a text was to become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    Origin,
    Pattern,
}

impl Wanted {
    fn recognises(self, text: &str) -> bool {
        match self {
            Self::Origin => grammar::origin(text.as_bytes()).is_some(),
            Self::Pattern => recognise_pattern(text.as_bytes()).is_some(),
        }
    }
}

/// No longer text is examined: what is wrong with it first of all is its length.
const MAX_EXAMINED: usize = 4096;
/// Of a longer list no entries are written out.
const MAX_ENTRIES: usize = 8;

/// The error for a text that was not recognised.
pub(super) fn refused(text: &str, wanted: Wanted) -> InvalidOrigin {
    let (kind, instead) = examine(text, wanted);
    InvalidOrigin { value: text.into(), kind, instead: instead.into(), trusting: false }
}

fn examine(text: &str, wanted: Wanted) -> (Kind, Vec<Box<str>>) {
    let trimmed = trimmed(text);
    let bare = bare(trimmed);
    let kind = match text {
        _ if text.len() > MAX_EXAMINED => Kind::TooLong,
        _ if trimmed.is_empty() => Kind::Empty,
        _ if trimmed.chars().any(|c| c.is_control() && !c.is_whitespace()) => Kind::ControlCharacter,
        _ if bare.eq_ignore_ascii_case("null") => Kind::Null,
        _ if is_opaque(split(bare).scheme) => Kind::OpaqueScheme,
        _ if is_placeholder(bare) => Kind::Placeholder,
        _ if is_regex(bare) => {
            let literal = literal_of_regex(bare).and_then(|literal| valid(&literal, wanted));
            return (Kind::Regex, literal.into_iter().collect());
        }
        _ => match entries(bare) {
            Some(entries) => return (Kind::List, valid_entries(&entries, wanted)),
            None if bare != trimmed => Kind::Quoted,
            None if trimmed != text || text.contains(char::is_whitespace) => Kind::Whitespace,
            None => fault(&split(bare), wanted),
        },
    };
    let instead = match kind {
        Kind::TooLong | Kind::Empty | Kind::ControlCharacter | Kind::Null | Kind::OpaqueScheme | Kind::Placeholder => {
            None
        }
        _ => valid(bare, wanted),
    };
    (kind, instead.into_iter().collect())
}

/// The text itself if it is valid, else what was meant by it, if that is.
fn valid(text: &str, wanted: Wanted) -> Option<Box<str>> {
    if wanted.recognises(text) {
        return Some(text.into());
    }
    let repaired = repaired(&split(text))?;
    // Some characters are mapped to ASCII: none of them may become a wildcard.
    (stars(&repaired) <= stars(text) && wanted.recognises(&repaired)).then(|| repaired.into())
}

/// Every entry, if all of them are valid or can be repaired.
fn valid_entries(entries: &[&str], wanted: Wanted) -> Vec<Box<str>> {
    let mut valid_ones: Vec<Box<str>> = Vec::with_capacity(MAX_ENTRIES);
    for entry in entries {
        // `*` is never an entry beside others.
        match valid(entry, wanted).filter(|valid| &**valid != "*") {
            Some(valid) if valid_ones.contains(&valid) => {}
            Some(valid) if valid_ones.len() < MAX_ENTRIES => valid_ones.push(valid),
            _ => return Vec::new(),
        }
    }
    valid_ones
}

fn stars(text: &str) -> usize {
    text.bytes().filter(|byte| *byte == b'*').count()
}

fn is_opaque(scheme: Option<&str>) -> bool {
    scheme.is_some_and(|scheme| {
        ["file", "data", "about", "javascript"].iter().any(|opaque| scheme.eq_ignore_ascii_case(opaque))
    })
}

/// The first fault from left to right, but what stands around the host before the host itself.
fn fault(pieces: &Pieces<'_>, wanted: Wanted) -> Kind {
    let Some(scheme) = pieces.scheme else {
        let wildcard = wanted == Wanted::Origin && pieces.host == "*";
        return if wildcard { Kind::NotExact } else { Kind::MissingScheme };
    };
    let lower = scheme.to_ascii_lowercase();
    let web = matches!(&*lower, "http" | "https");
    let exact = !pieces.host.contains('*') && pieces.port.is_none_or(|port| !port.contains('*'));
    let around = match pieces.tail {
        _ if scheme.contains('*') => Some(Kind::WildcardScheme),
        _ if grammar::never_of_an_origin(lower.as_bytes()) => Some(Kind::SchemeOfNoPage),
        _ if !is_scheme(&lower) => Some(Kind::Scheme),
        _ if inner_origin(pieces).is_some() => Some(Kind::TwoSchemes),
        _ if pieces.separator != "://" => Some(Kind::Slashes),
        _ if pieces.userinfo.is_some() => Some(Kind::Userinfo),
        "/" => Some(Kind::TrailingSlash),
        tail if tail.starts_with('?') => Some(Kind::Query),
        tail if tail.starts_with('#') => Some(Kind::Fragment),
        "" => None,
        _ => Some(Kind::Path),
    };
    let host_fault = || match pieces.host {
        "" => Some(Kind::MissingHost),
        _ if wanted == Wanted::Origin && !exact => Some(Kind::NotExact),
        _ if scheme != lower => Some(Kind::UpperCase),
        host if web => web_host_fault(host),
        host => (!is_application_host(host)).then_some(Kind::ApplicationHost),
    };
    around.or_else(host_fault).or_else(|| port_fault(&lower, pieces.port)).unwrap_or(Kind::TooLong)
}

fn is_scheme(scheme: &str) -> bool {
    scheme.len() <= MAX_SCHEME
        && scheme.starts_with(|c: char| c.is_ascii_lowercase())
        && scheme.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"+.-".contains(&byte))
}

fn is_application_host(host: &str) -> bool {
    let opaque = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    host == "*" || (host.len() <= MAX_HOST && host.bytes().all(opaque))
}

fn port_fault(scheme: &str, port: Option<&str>) -> Option<Kind> {
    match (scheme, port?) {
        (_, "*") => None,
        ("http", "80") | ("https", "443") => Some(Kind::DefaultPort),
        (_, port) => {
            let number = port.parse::<u16>().ok().filter(|number| *number > 0 && number.to_string() == port);
            number.is_none().then_some(Kind::Port)
        }
    }
}

fn web_host_fault(host: &str) -> Option<Kind> {
    let name = without_root_dot(host);
    let labels = || name.split('.');
    let address = host.contains([':', '[', ']']);
    let numeric = labels().next_back().is_some_and(|label| grammar::is_number(label.as_bytes()));
    let stars = stars(host);
    let (first, rest) = name.split_once('.').unwrap_or((name, ""));
    let in_label = stars == 1 && first.contains('*') && first != "*";
    let check_register = || match is_icann_suffix(rest) {
        _ if is_loopback(rest) => None,
        _ if !rest.contains('.') => Some(Kind::WildcardBeforePublicSuffix),
        Some(suffix) => suffix.then_some(Kind::WildcardBeforePublicSuffix),
        None => Some(Kind::WildcardUnchecked),
    };
    // `192.168.0.*` too.
    let numbers = labels().all(|label| label.bytes().all(|byte| byte.is_ascii_digit() || byte == b'*'));
    match stars {
        1.. if address || numeric || (numbers && !rest.is_empty()) => return Some(Kind::WildcardAddress),
        2.. => return Some(Kind::SeveralWildcards),
        1 if rest.is_empty() => return Some(Kind::WildcardWithoutBase),
        1 if !first.contains('*') => return Some(Kind::WildcardPlace),
        _ => {}
    }
    match host {
        _ if !host.is_ascii() => Some(Kind::UnicodeHost),
        // The zone of an IPv6 address may have upper case, and its `%` encodes nothing.
        _ if address => (grammar::origin(format!("https://{host}").as_bytes()).is_none()).then_some(Kind::Ipv6),
        _ if host.contains('%') => Some(Kind::PercentEncoding),
        _ if host.bytes().any(|byte| byte.is_ascii_uppercase()) => Some(Kind::UpperCase),
        _ if !host.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_.*".contains(&b)) => {
            Some(Kind::HostCharacter)
        }
        _ if labels().any(str::is_empty) => Some(Kind::EmptyLabel),
        _ if labels().any(|label| label.len() > MAX_LABEL) => Some(Kind::LabelTooLong),
        _ if name.len() > MAX_HOST => Some(Kind::HostTooLong),
        _ if numeric => (grammar::origin(format!("https://{host}").as_bytes()).is_none()).then_some(Kind::Ipv4),
        _ if in_label => check_register(),
        _ => None,
    }
}

/// One sentence for the compiler's error message, where no text can be put together.
pub(super) const fn in_const(text: &[u8], wanted: Wanted) -> &'static str {
    match text {
        [] => "an origin is not empty: write \"https://app.example.com\"",
        b"null" => "`null` is not an origin: permit it with `dangerously_allow_null_origin()`, and list it as text",
        [.., b'/'] => "an origin does not end with a slash: write \"https://app.example.com\"",
        _ if has(text, b'*') && matches!(wanted, Wanted::Origin) => {
            "one exact origin has no wildcard: write it in full, or use `OriginPattern`"
        }
        _ if !has(text, b'/') => "an origin begins with its scheme: write \"https://app.example.com\"",
        _ if has_upper_case(text) => "an origin is in lower case, as browsers send it: \"https://app.example.com\"",
        _ => "not an origin as browsers send it, scheme://host or scheme://host:port: `parse` tells what is wrong",
    }
}

const fn has(text: &[u8], byte: u8) -> bool {
    let mut rest = text;
    while let [first, tail @ ..] = rest {
        if *first == byte {
            return true;
        }
        rest = tail;
    }
    false
}

const fn has_upper_case(text: &[u8]) -> bool {
    let mut rest = text;
    while let [first, tail @ ..] = rest {
        if first.is_ascii_uppercase() {
            return true;
        }
        rest = tail;
    }
    false
}
