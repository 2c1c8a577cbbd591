//! Takes apart a text that is not an origin, the way its author may have meant it.
//!
//! Nothing here decides whether something is allowed: it only serves the messages.

/// A URL-like text in its pieces, nothing of which is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pieces<'a> {
    pub(super) scheme: Option<&'a str>,
    /// What stands between scheme and host, the colon included.
    pub(super) separator: &'a str,
    /// All that follows the separator.
    pub(super) rest: &'a str,
    pub(super) userinfo: Option<&'a str>,
    pub(super) host: &'a str,
    pub(super) port: Option<&'a str>,
    /// From the first slash, `?` or `#` behind the host.
    pub(super) tail: &'a str,
}

/// Schemes that are told from a host by their name alone: `http:host` has one, `localhost:80` has none.
const WITHOUT_SLASHES: [&str; 10] =
    ["http", "https", "ws", "wss", "ftp", "file", "data", "blob", "about", "javascript"];

pub(super) fn split(text: &str) -> Pieces<'_> {
    let (scheme, separator, rest) = split_scheme(text);
    let (authority, tail) = split_before(rest, |c| matches!(c, '/' | '\\' | '?' | '#'));
    let (userinfo, host_port) = match authority.rsplit_once('@') {
        Some((userinfo, rest)) => (Some(userinfo), rest),
        None => (None, authority),
    };
    let (host, port) = split_port(host_port);
    Pieces { scheme, separator, rest, userinfo, host, port, tail }
}

/// The scheme, what separates it from the host, and the rest.
fn split_scheme(text: &str) -> (Option<&str>, &str, &str) {
    let (before, from_colon) = split_before(text, |c| matches!(c, ':' | '/' | '\\' | '?' | '#' | '@' | '['));
    let scheme = if from_colon.starts_with(':') { before } else { "" };
    let separated = from_colon.strip_prefix(':').unwrap_or(from_colon);
    let rest = separated.trim_start_matches(['/', '\\']);
    let slashes = separated.len() - rest.len();
    if scheme.is_empty() {
        // `//host` and `://host` lack a scheme; `/host` and `host` have nothing to take away.
        return if before.is_empty() && slashes > 0 { (None, "", rest) } else { (None, "", text) };
    }
    if slashes == 0 && !WITHOUT_SLASHES.iter().any(|known| scheme.eq_ignore_ascii_case(known)) {
        return (None, "", text);
    }
    (Some(scheme), from_colon.get(..=slashes).unwrap_or_default(), rest)
}

fn split_port(host_port: &str) -> (&str, Option<&str>) {
    if host_port.starts_with('[') {
        return match host_port.rsplit_once(']') {
            Some((address, after)) => {
                let (bracketed, _) = host_port.split_at(address.len() + 1);
                match after.strip_prefix(':') {
                    Some(port) => (bracketed, Some(port)),
                    None if after.is_empty() => (bracketed, None),
                    None => (host_port, None),
                }
            }
            None => (host_port, None),
        };
    }
    match host_port.split_once(':') {
        // Several colons: an IPv6 address that lacks its brackets, if it may be one.
        Some((group, rest)) if rest.contains(':') && group.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
            (host_port, None)
        }
        Some((host, port)) => (host, Some(port)),
        None => (host_port, None),
    }
}

/// Splits before the first character of this kind, or at the end.
fn split_before(text: &str, kind: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(kind).unwrap_or(text.len()))
}

const QUOTES: [char; 3] = ['"', '\'', '`'];

/// White space, seen and unseen: byte order marks, spaces without width and marks of direction come along from files and
/// web pages.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{feff}' | '\u{200b}' | '\u{2060}' | '\u{200e}' | '\u{200f}')
}

/// The text without white space around it.
pub(super) fn trimmed(text: &str) -> &str {
    text.trim_matches(is_blank)
}

/// The text without quotes and brackets around it, and without white space and commas at its ends.
///
/// They may stand at one end only: `"https://a.example` is what is left of a quoted list, taken apart at its commas.
pub(super) fn bare(text: &str) -> &str {
    let mut text = text;
    // No honest text is wrapped more often.
    for _ in 0..4 {
        text = text.trim_matches(|c: char| is_blank(c) || matches!(c, ',' | ';') || QUOTES.contains(&c));
        let inner = |open, close| text.strip_prefix(open).and_then(|rest: &str| rest.strip_suffix(close));
        // `[::1]` keeps its brackets.
        let bracketed = inner('[', ']')
            .or_else(|| inner('<', '>'))
            .or_else(|| inner('(', ')'))
            .filter(|inside| inside.contains("://") || inside.trim_start().starts_with(QUOTES));
        // A bracket beside a quote is that of a list.
        let opened = || text.strip_prefix('[').filter(|rest| rest.trim_start().starts_with(QUOTES));
        let closed = || text.strip_suffix(']').filter(|rest| rest.trim_end().ends_with(QUOTES));
        match bracketed.or_else(opened).or_else(closed) {
            Some(inside) => text = inside,
            None => break,
        }
    }
    text
}

/// The entries of a list, if the text is one: two or more, each of which might be meant as an origin. Without a comma
/// only those with a scheme are, for white space may have slipped into a host.
pub(super) fn entries(text: &str) -> Option<Vec<&str>> {
    let entries: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || matches!(c, ',' | ';'))
        .map(|entry| entry.trim_matches(QUOTES))
        .filter(|entry| !entry.is_empty())
        .collect();
    let separated = text.contains([',', ';']);
    let origin_like = |entry: &&str| {
        entry.contains("://")
            || matches!(*entry, "*" | "null")
            || (separated && (entry.contains('.') || entry.starts_with("localhost")))
    };
    (entries.len() > 1 && entries.iter().all(origin_like)).then_some(entries)
}

/// Whether the text has a variable of a shell, a template or a manual in it, or is what a script makes of one that is not
/// set.
pub(super) fn is_placeholder(text: &str) -> bool {
    let host = split(text).host;
    let between_per_cents = host.strip_prefix('%').and_then(|rest| rest.strip_suffix('%'));
    text == "undefined"
        || text.starts_with('$')
        || ["${", "$(", "{{"].iter().any(|sign| text.contains(sign))
        || host.contains(['<', '>'])
        || between_per_cents.is_some_and(|name| !name.is_empty() && !name.contains('%'))
}

/// Whether the text looks like a regular expression. Paths may have parentheses: only the host is looked at for those.
pub(super) fn is_regex(text: &str) -> bool {
    let wrapped = text.len() > 2 && text.starts_with('/') && !text.starts_with("//") && text.ends_with('/');
    let anchored = text.starts_with('^') || text.ends_with('$');
    let escaped = ["\\.", "\\d", "\\w", "\\/", "\\-"].iter().any(|sign| text.contains(sign));
    let repeated = text.starts_with(".*")
        || ["/.*", "(.*", "/.+", "(.+", "https?:", "(s)?", "(?:", "|"].iter().any(|sign| text.contains(sign));
    let host = split(text).host;
    let classes = ['(', ')', '{', '}', '+', '|', '^', '$'].iter().any(|sign| host.contains(*sign))
        || host.contains("[a-z")
        || host.contains("[^")
        || host.contains("[0-9");
    wrapped || anchored || (escaped && !text.contains(":\\\\")) || repeated || classes
}

/// The text that a regular expression stands for, where that is one literal, or `.*` for all that is before a dot.
pub(super) fn literal_of_regex(regex: &str) -> Option<String> {
    let regex = regex.strip_prefix('/').and_then(|rest| rest.strip_suffix('/')).unwrap_or(regex);
    let regex = regex.strip_prefix('^').unwrap_or(regex);
    let regex = regex.strip_suffix('$').unwrap_or(regex);
    let mut literal = String::with_capacity(regex.len());
    let mut rest = regex;
    while let Some(c) = rest.chars().next() {
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
        match c {
            '\\' => {
                let escaped = rest.chars().next().filter(|c| matches!(c, '.' | '/' | '-' | ':'))?;
                literal.push(escaped);
                rest = rest.get(1..).unwrap_or_default();
            }
            // Only as the whole first label: `.*\.`. A lone dot means any character; the dot itself is less.
            '.' if rest.starts_with('*') => {
                rest = rest.strip_prefix('*').unwrap_or_default();
                if !literal.ends_with("://") || !(rest.starts_with('.') || rest.starts_with("\\.")) {
                    return None;
                }
                literal.push('*');
            }
            '^' | '$' | '(' | ')' | '[' | ']' | '{' | '}' | '|' | '?' | '+' | '*' => return None,
            _ => literal.push(c),
        }
    }
    Some(literal)
}
