//! Recognising, looking up and repairing agree about any two texts: a pattern, and behind a line feed an origin, or what
//! may stand for the star.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tower_cors::{CorsLayer, Origin, OriginPattern};
use tower_cors_fuzz::{check, is_tame};

fuzz_target!(|text: &str| {
    let (pattern, origin) = text.split_once('\n').unwrap_or((text, text));
    let built = CorsLayer::new().allow_origins([pattern]).build();
    match pattern.parse::<OriginPattern>() {
        Ok(parsed) => {
            assert_eq!(parsed.to_string(), pattern, "a pattern is written in one way only");
            let policy = built.unwrap_or_else(|error| panic!("{pattern:?} is a pattern: {error}"));
            // What stands in place of the star decides: it is given a better chance than that of two texts that fit.
            let filled = pattern.replacen('*', origin, 1);
            for origin in [origin, &filled, &filled.replace(":*", ":8443")] {
                let expected = pattern == "*" || origin.parse::<Origin>().is_ok() && denotes(pattern, origin);
                assert_eq!(policy.allows_origin(origin), expected, "{pattern:?} {origin:?}");
            }
            if let Ok(exact) = pattern.parse::<Origin>() {
                assert!(policy.allows_origin(&exact));
            }
            // The text of a policy is its rules.
            assert!(is_tame(&policy.to_string()));
        }
        Err(invalid) => {
            assert!(is_tame(&invalid.to_string()), "{invalid:?}");
            assert!(pattern.parse::<Origin>().is_err(), "every origin is a pattern");
            let error = built.err().unwrap_or_else(|| panic!("{pattern:?} is no pattern"));
            check(&error);
            for suggestion in error.problems().filter_map(|problem| problem.suggestion()) {
                let repaired = CorsLayer::new().allow_origins([suggestion]).build();
                assert!(repaired.is_ok(), "{pattern:?}: {suggestion:?} does not build");
                assert!(pattern.contains('*') || !suggestion.contains('*'), "{pattern:?}: {suggestion:?} is wider");
            }
        }
    }
});

/// What a pattern means, for an origin that is one: written from the rules alone.
fn denotes(pattern: &str, origin: &str) -> bool {
    let (scheme, host, port) = parts(pattern);
    let (its_scheme, its_host, its_port) = parts(origin);
    let is_web = ["http", "https"].contains(&scheme);
    let hosts_agree = match host.split_once('*') {
        None => host == its_host,
        Some(("", "")) => !is_web,
        Some(("", base)) if base.starts_with('.') => {
            its_host.strip_suffix(base).is_some_and(|below| below.split('.').all(|label| !label.is_empty()))
        }
        Some((before, after)) => {
            let inside = its_host.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
            let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
            inside.is_some_and(|inside| !inside.is_empty() && inside.bytes().all(fits))
        }
    };
    scheme == its_scheme && hosts_agree && (port == Some("*") || port == its_port)
}

fn parts(origin: &str) -> (&str, &str, Option<&str>) {
    let (scheme, rest) = origin.split_once("://").unwrap_or(("", origin));
    match rest.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (scheme, host, Some(port)),
        _ => (scheme, rest, None),
    }
}
