//! From the rows of a tenant to its policy.

use std::fmt::Write as _;

use axum::http::Method;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use tower_cors::resolver::HostKey;
use tower_cors::{CorsLayer, CorsPolicy, Origin};

/// A tenant with more origins is denied: nobody needs that many, and memory is shared by all.
pub const MOST_ORIGINS: usize = 200;

/// What stands in a tenant's rows, or why it cannot be read, row by row.
pub type Row = Result<String, String>;

/// Why a tenant is denied: for the operator, who sees it in the log, and never for a client.
pub type Fault = String;

/// Why the rows of a host that is not [canonical](canonical) are nobody's.
pub const NOT_CANONICAL: &str =
    "the host is not written as it is looked up: lower case, no port, no dot at its end, and nothing but a host";

/// The host, if this is the spelling that requests are looked up by.
#[must_use]
pub fn canonical(host: &str) -> Option<HostKey> {
    host.parse::<HostKey>().ok().filter(|key| key.as_str() == host)
}

/// As much of a host as is kept to be told: none that can be looked up is longer.
#[must_use]
pub fn cut(host: String) -> String {
    match host.char_indices().nth(253) {
        Some((end, _)) => format!("{}…", &host[..end]),
        None => host,
    }
}

/// Would this origin, beside the rows that are there, leave a tenant that is not denied?
///
/// # Errors
/// If not: why the tenant would be denied.
pub fn with_one_more(mut rows: Vec<Row>, origin: &str) -> Result<(), Fault> {
    if !rows.iter().any(|row| row.as_deref() == Ok(origin)) {
        rows.push(Ok(origin.to_owned()));
    }
    policy(&rows).map(drop)
}

/// The policy of one tenant.
///
/// What the tenant wrote is an exact origin or a fault. It is never a pattern, never a list, never a key of a
/// configuration: `*` and `https://*.com` are faults.
///
/// # Errors
/// If any row is at fault, with all faults. A tenant is denied as a whole, so that nobody has to guess which of its
/// origins count.
pub fn policy(rows: &[Row]) -> Result<CorsPolicy, Fault> {
    if rows.len() > MOST_ORIGINS {
        return Err(format!("more than {MOST_ORIGINS} origins"));
    }
    let mut origins = Vec::with_capacity(rows.len());
    let mut faults = String::new();
    for row in rows {
        let origin = row.as_ref().map_err(ToString::to_string).and_then(|text| {
            // The message quotes and cuts what it shows.
            text.parse::<Origin>().map_err(|error| error.to_string())
        });
        match origin {
            Ok(origin) => origins.push(origin),
            Err(fault) => write!(faults, "{}{fault}", if faults.is_empty() { "" } else { "; " }).expect("a string"),
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    CorsLayer::new()
        .allow_origins(origins)
        .allow_methods([Method::PUT, Method::DELETE])
        .allow_headers([AUTHORIZATION, CONTENT_TYPE])
        .allow_credentials(true)
        .reject_disallowed_origins(true)
        .max_age(std::time::Duration::from_secs(600))
        .build()
        .map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(rows: &[&str]) -> Result<CorsPolicy, Fault> {
        policy(&rows.iter().map(|row| Ok((*row).to_owned())).collect::<Vec<_>>())
    }

    #[test]
    fn exact_origins_are_allowed() {
        let policy = read(&["https://acme.example", "https://app.acme.example:8443", "http://localhost:3000"]).unwrap();
        assert!(policy.allows_origin("https://app.acme.example:8443"));
        assert!(!policy.allows_origin("https://app.acme.example"));
    }

    #[test]
    fn one_row_that_is_no_exact_origin_denies_the_tenant() {
        for text in [
            "",
            "*",
            "null",
            "https://*",
            "https://*.acme.example",
            "http://localhost:*",
            "capacitor://*",
            "https://acme.example/",
            "https://acme.example:443",
            "HTTPS://ACME.EXAMPLE",
            "acme.example",
            "https://a.example,https://b.example",
            "[\"https://a.example\"]",
            "origins = [\"https://a.example\"]",
            "https://a.example\nhttps://b.example",
            " https://acme.example",
            "/^https:.*$/",
            "https://a.example\0",
            // Not encrypted, for a policy with credentials.
            "http://acme.example",
        ] {
            assert!(read(&["https://acme.example", text]).is_err(), "{text:?}");
        }
        assert!(policy(&[Ok("https://acme.example".to_owned()), Err("not a text".to_owned())]).is_err());
        assert!(policy(&vec![Ok("https://acme.example".to_owned()); MOST_ORIGINS + 1]).is_err());
        assert!(policy(&vec![Ok("https://acme.example".to_owned()); MOST_ORIGINS]).is_ok());
    }

    #[test]
    fn a_host_that_is_cut_is_nobodys() {
        for (length, is_cut) in [(253, false), (254, true), (5_000_000, true)] {
            let label = format!("{}.", "a".repeat(63));
            let host: String = label.chars().cycle().take(length).collect();
            let cut = cut(host.clone());
            assert_eq!((cut != host, cut.len() < 260), (is_cut, true), "{length}");
            assert_eq!(canonical(&cut).is_none(), is_cut, "{length}");
        }
        assert_eq!(cut("é".repeat(254)).chars().count(), 254);
    }

    #[test]
    fn one_more_is_judged_with_those_that_are_there() {
        let rows = |count: usize| (0..count).map(|n| Ok(format!("https://t{n}.example"))).collect::<Vec<Row>>();
        for (there, origin, fits) in [
            (rows(0), "https://acme.example", true),
            (rows(199), "https://acme.example", true),
            (rows(200), "https://acme.example", false),
            // It is one of them.
            (rows(200), "https://t7.example", true),
            (rows(1), "http://acme.example", false),
            (rows(1), "http://localhost:3000", true),
            (rows(1), "https://*.acme.example", false),
            (vec![Ok("*".to_owned())], "https://acme.example", false),
        ] {
            assert_eq!(with_one_more(there, origin).is_ok(), fits, "{origin}");
        }
    }

    #[test]
    fn every_fault_is_told_without_control_characters() {
        let fault = read(&["https://a.example/", "\u{1b}[2Jhttps://b.example", "https://c.example"]).unwrap_err();
        assert!(fault.contains("https://a.example/") && fault.contains("b.example"), "{fault}");
        assert!(!fault.contains("c.example") && !fault.contains('\u{1b}'), "{fault}");
    }
}
