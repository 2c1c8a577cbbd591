//! The browser model against the Fetch standard, the web platform tests and what was measured in browsers: tables of
//! cases, each with the answer that those give.
#![cfg(feature = "browser")]

mod cache;
mod cookies;
mod cors_check;
mod hostile;
mod oracle;
mod preflight;
mod redirects;
mod requests;
mod safelist;
mod sentences;
mod service;

use tower_cors::browser::{Allowed, Browser, Engine, Fetch, Outcome, Page, ResponseHead};

/// The page's origin, and a URL of another.
const PAGE: &str = "http://web.test:8000";
const URL: &str = "http://www1.web.test:8001/resource?x=1";
const ENGINES: [Engine; 4] = [Engine::Standard, Engine::Chromium, Engine::Firefox, Engine::WebKit];

type Line<'a> = (&'a str, &'a [u8]);

fn page(engine: Engine) -> Page {
    Browser::new().engine(engine).page(PAGE)
}

fn fetch(method: &str, headers: &[Line<'_>], include: bool) -> Fetch {
    let fetch = Fetch::new(method, URL).headers(headers.iter().copied());
    if include { fetch.with_credentials() } else { fetch }
}

fn head(status: u16, lines: &[Line<'_>]) -> ResponseHead {
    ResponseHead::from((status, lines.iter().copied()))
}

/// An answer that lets the page read, with or without credentials.
fn open(status: u16) -> ResponseHead {
    head(status, &[("access-control-allow-origin", PAGE.as_bytes()), ("access-control-allow-credentials", b"true")])
}

/// `open` as an answer to a preflight.
fn grant(methods: &[u8], headers: &[u8]) -> ResponseHead {
    open(204).header("access-control-allow-methods", methods).header("access-control-allow-headers", headers)
}

fn readable_names(allowed: &Allowed) -> Vec<&str> {
    let mut names: Vec<_> = allowed.headers().iter().map(|(name, _)| name).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// Checks every case of a table and reports all that fail at once.
#[track_caller]
fn check_all<T: std::fmt::Debug>(cases: &[T], holds: impl Fn(&T) -> Result<(), String>) {
    assert!(!cases.is_empty());
    let failures: Vec<_> =
        cases.iter().filter_map(|case| holds(case).err().map(|why| format!("{case:?}: {why}"))).collect();
    assert!(failures.is_empty(), "{} of {} cases fail:\n{}", failures.len(), cases.len(), failures.join("\n"));
}

fn expect<T: PartialEq + std::fmt::Debug>(found: &T, expected: &T, outcome: &Outcome) -> Result<(), String> {
    if found == expected { Ok(()) } else { Err(format!("{found:?}, not {expected:?}\n{outcome}")) }
}
