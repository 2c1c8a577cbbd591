//! What holds for every text: parsing agrees with a second, slow reading of the rules, and suggestions keep their word.

use std::net::{Ipv4Addr, Ipv6Addr};

use proptest::prelude::*;
use proptest::sample::select;
use tower_cors::{InvalidOrigin, InvalidOriginKind, Origin, OriginPattern};

/// The rules of an exact origin (`wildcards` off) or a pattern, read a second time and without care for speed. Whether a
/// wildcard inside a label stands before a public suffix is left open.
fn slow(text: &str, wildcards: bool) -> bool {
    if wildcards && text == "*" {
        return true;
    }
    let Some((scheme, rest)) = text.split_once("://") else { return false };
    let scheme_is = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "+-.".contains(c);
    if !scheme.starts_with(|c: char| c.is_ascii_lowercase()) || !scheme.chars().all(scheme_is) || scheme.len() > 64 {
        return false;
    }
    if ["ws", "wss", "ftp", "file", "data", "blob", "about", "javascript"].contains(&scheme) {
        return false;
    }
    let web = scheme == "http" || scheme == "https";
    let bracket = rest.rfind(']').unwrap_or(0);
    let (host, port) = match rest[bracket..].find(':') {
        Some(colon) => (&rest[..bracket + colon], Some(&rest[bracket + colon + 1..])),
        None => (rest, None),
    };
    let default_port = match scheme {
        "http" => 80,
        "https" => 443,
        _ => 0,
    };
    let port_fits = match port {
        None => true,
        Some("*") => wildcards,
        Some(port) => port.parse::<u16>().is_ok_and(|n| n > 0 && n != default_port && n.to_string() == port),
    };
    port_fits && if web { slow_web_host(host, wildcards) } else { slow_application_host(host, wildcards) }
}

fn slow_application_host(host: &str, wildcards: bool) -> bool {
    (wildcards && host == "*")
        || ((1..=253).contains(&host.len()) && host.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c)))
}

fn slow_web_host(host: &str, wildcards: bool) -> bool {
    if let Some(address) = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        return address.parse::<Ipv6Addr>().is_ok_and(|parsed| {
            let [.., high, low] = parsed.segments();
            let written =
                if parsed.to_ipv4_mapped().is_some() { format!("::ffff:{high:x}:{low:x}") } else { parsed.to_string() };
            written == address
        });
    }
    let name = host.strip_suffix('.').unwrap_or(host);
    let labels: Vec<&str> = name.split('.').collect();
    let Some((last, front)) = labels.split_last() else { return false };
    let hexadecimal = |digits: &str| digits.chars().all(|c| c.is_ascii_hexdigit());
    let decimal = !last.is_empty() && last.chars().all(|c| c.is_ascii_digit());
    if decimal || last.strip_prefix("0x").is_some_and(hexadecimal) {
        return host.parse::<Ipv4Addr>().is_ok_and(|parsed| parsed.to_string() == host);
    }
    let stars = host.matches('*').count();
    let wildcard_fits = match front {
        _ if stars == 0 => true,
        [first, ..] => {
            wildcards && stars == 1 && first.contains('*') && (*first == "*" || front.len() > 1 || *last == "localhost")
        }
        [] => false,
    };
    let label = |label: &&str| {
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_*".contains(c);
        (1..=63).contains(&label.len()) && label.chars().all(allowed)
    };
    wildcard_fits && name.len() <= 253 && labels.iter().all(label)
}

/// What must hold of every refusal, whatever the text.
fn keeps_its_word(text: &str, error: &InvalidOrigin, valid: impl Fn(&str) -> bool) -> Result<(), TestCaseError> {
    prop_assert_eq!(error.value(), text);
    prop_assert!(error.code().starts_with("origin-"));
    let message = error.to_string();
    prop_assert!(!message.chars().any(char::is_control), "{:?}", message);
    if error.kind() == InvalidOriginKind::TooLong {
        prop_assert!(text.len() > 327, "{}", message);
    }
    if let Some(suggestion) = error.suggestion() {
        prop_assert!(valid(suggestion), "{}", message);
        prop_assert_ne!(suggestion, text);
        let stars = |text: &str| text.matches('*').count();
        prop_assert!(stars(suggestion) <= stars(text), "{}", message);
        let lower = text.to_ascii_lowercase();
        if let Some(rest) = suggestion.strip_prefix("http://") {
            let beginning = lower.trim_start_matches(|c: char| !c.is_alphanumeric());
            prop_assert!(!beginning.starts_with("https:") && !beginning.starts_with("wss:"), "{}", message);
            let local = ["localhost", "127.", "[::1]", "*.", "app.localhost"].iter().any(|host| rest.starts_with(host))
                || rest.contains(".localhost");
            prop_assert!(lower.contains("http:") || local, "{}", message);
        }
    }
    Ok(())
}

fn holds_for(text: &str) -> Result<(), TestCaseError> {
    match text.parse::<Origin>() {
        Ok(origin) => {
            prop_assert!(slow(text, false), "{} is no origin", text);
            prop_assert_eq!(origin.to_string(), text);
            prop_assert_eq!(&OriginPattern::from(origin), &text.parse::<OriginPattern>().unwrap());
        }
        Err(error) => {
            prop_assert!(!slow(text, false), "{}", error);
            keeps_its_word(text, &error, |it| it.parse::<Origin>().is_ok())?;
        }
    }
    match text.parse::<OriginPattern>() {
        Ok(pattern) => {
            prop_assert!(slow(text, true), "{} is no pattern", text);
            prop_assert_eq!(pattern.to_string(), text);
        }
        Err(error) => {
            let by_list = matches!(
                error.kind(),
                InvalidOriginKind::WildcardBeforePublicSuffix | InvalidOriginKind::WildcardUnchecked
            );
            prop_assert!(by_list || !slow(text, true), "{}", error);
            keeps_its_word(text, &error, |it| it.parse::<OriginPattern>().is_ok())?;
        }
    }
    Ok(())
}

#[rustfmt::skip]
const SEEDS: &[&str] = &[
    "https://app.example.com", "http://localhost:3000", "https://*.example.com:*", "https://pr-*.preview.example.com",
    "http://127.0.0.1:8080", "http://[::1]:3000", "http://[2001:db8::1]", "capacitor://localhost", "chrome-extension://*",
    "app.example.com", "localhost:3000", "*.example.com", "wss://app.example.com/socket", "ws://localhost:1", "*", "null",
    "https://user:pw@example.com/path?query#fragment", "^https://.*\\.example\\.com$", "https?://example.com",
    "[\"https://a.example\", \"https://b.example/\"]", "https://a.example,http://b.example", "http://2130706433",
    "https://münchen.example", "https://example%2ecom", "http://0x7f.1", "https://https://example.com", "file:///x",
    "blob:https://example.com/id", "*://*.example.com/*", "https://**.example.com", "https://*example.co.uk", "http://::1:3000",
    "https://example.com.", "http://1.2.3.4.", "${ORIGIN}", "https://-_.a--b.example:65535",
];

#[rustfmt::skip]
const PIECES: &[&str] = &[
    "*", ".", "..", "*.", "/", "//", "://", ":", ":*", ":80", ":443", ":0", ":65536", "@", "?", "#", "[", "]", "::", "%", "%2e",
    "%2A", ",", ";", " ", "\n", "\t", "\"", "'", "\\", "\\.", ".*", "^", "$", "(", ")", "|", "+", "{", "}", "<", ">", "A", "Z", "a",
    "0", "1", "0x", "09", "256", "-", "_", "http", "https", "ws", "wss", "http://", "HTTPS://", "ws://", "localhost", "127.0.0.1",
    "com", "co.uk", "github.io", "example", "null", "é", "＊", "。", "／", "：", "ß", "\u{200b}", "\u{202e}", "\u{feff}", "\0", "\u{7f}",
    "blob:", "data:", "javascript:", "capacitor://", "xn--",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
];

/// A seed with a few pieces put in, cut out or put in place of something, and perhaps another seed behind it.
fn mutated() -> impl Strategy<Value = String> {
    let edit = (any::<proptest::sample::Index>(), 0_usize..4, select(PIECES));
    (select(SEEDS), proptest::collection::vec(edit, 0..5), proptest::option::weighted(0.1, select(SEEDS))).prop_map(
        |(seed, edits, behind)| {
            let mut text: Vec<char> = seed.chars().collect();
            for (at, cut, piece) in edits {
                let at = at.index(text.len() + 1);
                let end = (at + cut).min(text.len());
                text.splice(at..end, if cut == 3 { "" } else { piece }.chars());
            }
            text.into_iter().chain(behind.unwrap_or_default().chars()).collect()
        },
    )
}

/// An exact origin put together from its parts.
fn origin() -> impl Strategy<Value = String> {
    let name = "[a-z0-9_-]{1,8}(\\.[a-z0-9_-]{1,8}){0,4}\\.(com|localhost|x1)\\.?";
    let ipv4 = any::<Ipv4Addr>().prop_map(|address| address.to_string());
    let group = prop_oneof![Just(0), Just(0), any::<u16>()];
    let ipv6 = proptest::array::uniform8(group)
        .prop_map(Ipv6Addr::from)
        .prop_filter("std writes these with a dotted end", |address| address.to_ipv4_mapped().is_none())
        .prop_map(|address| format!("[{address}]"));
    let web = (select(&["http", "https"][..]), prop_oneof![name, ipv4, ipv6]);
    let application = ("[a-z][a-z0-9+.-]{10,63}", "[A-Za-z0-9._-]{1,253}");
    let start = prop_oneof![
        web.prop_map(|(scheme, host)| format!("{scheme}://{host}")),
        application.prop_map(|(scheme, host)| format!("{scheme}://{host}")),
    ];
    let port = (1_u16..).prop_filter("default ports", |port| !matches!(port, 80 | 443));
    (start, proptest::option::of(port))
        .prop_map(|(start, port)| start + &port.map(|port| format!(":{port}")).unwrap_or_default())
}

/// IPv6 addresses in many spellings.
fn spelt_ipv6() -> impl Strategy<Value = String> {
    let group = select(&["0", "0", "0", "1", "f", "00", "F", "abcd", "12345", ""][..]);
    (proptest::collection::vec(group, 1..10), select(&["", "::", "1.2.3.4", "%1"][..]))
        .prop_map(|(groups, end)| format!("http://[{}{end}]", groups.join(":")))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn mutated_texts(text in mutated()) {
        holds_for(&text)?;
    }

    #[test]
    fn arbitrary_texts(text in "\\PC{0,40}|https?://[a-z0-9.*:-]{0,30}|[a-z]{1,6}:/{0,3}\\PC{0,20}") {
        holds_for(&text)?;
    }

    #[test]
    fn spelt_addresses(text in spelt_ipv6()) {
        holds_for(&text)?;
    }

    #[test]
    fn numeric_hosts(text in "http://(0x)?[0-9a-fx]{0,4}(\\.(0x)?[0-9]{0,3}){0,4}\\.?") {
        holds_for(&text)?;
    }

    #[test]
    fn origins_from_parts_are_origins(text in origin()) {
        let origin: Origin = text.parse().map_err(|error| TestCaseError::fail(format!("{error}")))?;
        prop_assert_eq!(origin.to_string(), &*text);
        holds_for(&text)?;
        holds_for(&format!("{text}/"))?;
        let error = format!("{text}/").parse::<Origin>().unwrap_err();
        prop_assert_eq!(error.suggestion(), Some(&*text));
    }

    #[test]
    fn a_suggestion_of_an_upper_case_origin_is_the_origin(text in "https://[a-z]{1,5}\\.[a-z0-9-]{1,5}\\.example") {
        let error = text.to_ascii_uppercase().parse::<Origin>().unwrap_err();
        prop_assert_eq!(error.suggestion(), Some(&*text));
    }
}

#[test]
fn the_seeds_hold() {
    for seed in SEEDS {
        holds_for(seed).unwrap_or_else(|error| panic!("{error}"));
    }
}
