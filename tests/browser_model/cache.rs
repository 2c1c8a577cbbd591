//! The preflight cache: how long, for what, and how the engines differ.

use crate::{ENGINES, Line, PAGE, URL, check_all, fetch, grant, head, open, page};
use std::time::Duration;
use tower_cors::browser::{
    AuthorizationRule, Browser, CacheMode, Engine, Fetch, Note, Outcome, Page, RedirectMode, ResponseHead, Step, Turn,
};

const STANDARD: usize = 0;
const CHROMIUM: usize = 1;
const FIREFOX: usize = 2;
const WEBKIT: usize = 3;

/// Makes a request whose preflight, if there is one, gets this answer. Whether there was one.
fn preflights(page: &mut Page, fetch: Fetch, preflight: &ResponseHead) -> bool {
    ask(page, fetch, preflight, &open(200)).preflights().next().is_some()
}

fn ask(page: &mut Page, fetch: Fetch, preflight: &ResponseHead, response: &ResponseHead) -> Outcome {
    page.fetch_with(fetch, |sent| Some(if sent.is_preflight() { preflight.clone() } else { response.clone() }))
}

fn lasting(methods: &[u8], headers: &[u8]) -> ResponseHead {
    grant(methods, headers).header("access-control-max-age", "100")
}

#[test]
fn max_age() {
    const BIG: u64 = 4_000_000_000;
    // The lines of the header; seconds in the standard, Chromium, Firefox, WebKit.
    #[rustfmt::skip]
    let cases: &[(&[&[u8]], [u64; 4])] = &[
        (&[], [5, 5, 5, 5]),
        (&[b""], [5, 5, 5, 5]),
        (&[b"0"], [0, 0, 0, 0]),
        (&[b"000"], [0, 0, 0, 0]),
        // The standard's grammar has no sign, so this counts as missing there.
        (&[b"-1"], [5, 0, 0, 0]),
        (&[b"-10"], [5, 0, 0, 0]),
        (&[b"abc"], [5, 5, 0, 5]),
        (&[b"5.5"], [5, 5, 0, 5]),
        (&[b"10s"], [5, 5, 0, 5]),
        (&[b"10;"], [5, 5, 0, 5]),
        (&[b"0x10"], [5, 5, 0, 5]),
        (&[b"1e3"], [5, 5, 0, 5]),
        (&[b"10", b"10"], [5, 5, 0, 5]),
        (&[b"10, 20"], [5, 5, 0, 5]),
        (&[b"+10"], [5, 10, 0, 10]),
        (&[b" 10 "], [10, 10, 10, 10]),
        (&[b"\t10\t"], [10, 10, 10, 10]),
        (&[b"007"], [7, 7, 7, 7]),
        (&[b"1"], [1, 1, 1, 1]),
        (&[b"600"], [600, 600, 600, 600]),
        (&[b"601"], [601, 601, 601, 600]),
        (&[b"7200"], [7200, 7200, 7200, 600]),
        (&[b"7201"], [7201, 7200, 7201, 600]),
        (&[b"86400"], [86400, 7200, 86400, 600]),
        (&[b"86401"], [86401, 7200, 86400, 600]),
        (&[b"2147483648"], [2_147_483_648, 7200, 86400, 600]),
        (&[b"4294967297"], [BIG, 7200, 86400, 600]),
        (&[b"9223372036854775807"], [BIG, 7200, 86400, 600]),
        (&[b"9223372036854775808"], [BIG, 5, 86400, 5]),
        (&[b"99999999999999999999999999"], [BIG, 5, 86400, 5]),
    ];
    check_all(cases, |(lines, expected)| {
        for (engine, seconds) in ENGINES.into_iter().zip(*expected) {
            let answer =
                lines.iter().fold(grant(b"PUT", b""), |head, value| head.header("Access-Control-Max-Age", value));
            let mut page = page(engine);
            assert!(preflights(&mut page, Fetch::put(URL), &answer));
            if seconds > 0 {
                page.advance(Duration::from_secs(seconds - 1));
                if preflights(&mut page, Fetch::put(URL), &answer) {
                    return Err(format!("{engine:?} forgot before {seconds} s"));
                }
                page.advance(Duration::from_secs(1));
            }
            if seconds != BIG && !preflights(&mut page, Fetch::put(URL), &answer) {
                return Err(format!("{engine:?} remembered {seconds} s long"));
            }
        }
        Ok(())
    });
}

#[test]
fn each_name_has_its_own_age_where_names_are_kept_apart() {
    for engine in [Engine::Standard, Engine::Firefox] {
        let mut page = page(engine);
        assert!(preflights(&mut page, Fetch::put(URL), &grant(b"PUT", b"").header("access-control-max-age", "10")));
        assert!(preflights(&mut page, Fetch::delete(URL), &lasting(b"DELETE", b"")));
        page.advance(Duration::from_secs(9));
        assert!(!preflights(&mut page, Fetch::put(URL), &lasting(b"GET", b"")));
        page.advance(Duration::from_secs(1));
        assert!(!preflights(&mut page, Fetch::delete(URL), &lasting(b"GET", b"")));
        assert!(preflights(&mut page, Fetch::put(URL), &lasting(b"PUT", b"")), "{engine:?}");
    }
}

#[test]
fn an_answer_without_lists_ends_too() {
    for engine in ENGINES {
        let upload = || Fetch::post(URL).text("x").upload_listener();
        let answer = open(204).header("access-control-max-age", "10");
        let mut page = page(engine);
        assert!(preflights(&mut page, upload(), &answer));
        page.advance(Duration::from_secs(9));
        assert!(!preflights(&mut page, upload(), &answer));
        page.advance(Duration::from_secs(1));
        assert!(preflights(&mut page, upload(), &answer), "{engine:?}");
    }
}

#[test]
fn a_cap_of_ones_own() {
    let mut page = Browser::new().max_age_cap(Duration::from_secs(10)).page(PAGE);
    let answer = lasting(b"PUT", b"");
    assert!(preflights(&mut page, Fetch::put(URL), &answer));
    page.advance(Duration::from_secs(9));
    assert!(!preflights(&mut page, Fetch::put(URL), &answer));
    page.advance(Duration::from_secs(1));
    assert!(preflights(&mut page, Fetch::put(URL), &answer));
}

/// What is granted first, what is asked then, and in which engines that needs another preflight.
struct Sequence {
    what: &'static str,
    first: Fetch,
    granted: ResponseHead,
    then: Fetch,
    preflights: [bool; 4],
}

impl std::fmt::Debug for Sequence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.what)
    }
}

fn sequence(what: &'static str, first: Fetch, granted: ResponseHead, then: Fetch, preflights: [bool; 4]) -> Sequence {
    Sequence { what, first, granted, then, preflights }
}

const NEVER: [bool; 4] = [false; 4];
const ALWAYS: [bool; 4] = [true; 4];

fn only(engine: usize) -> [bool; 4] {
    let mut engines = NEVER;
    engines[engine] = true;
    engines
}

#[test]
fn what_a_grant_covers() {
    let a: &[Line<'_>] = &[("x-a", b"1")];
    let b: &[Line<'_>] = &[("x-b", b"1")];
    let auth: &[Line<'_>] = &[("authorization", b"1")];
    let (f, put) = (fetch, || Fetch::put(URL));
    #[rustfmt::skip]
    let cases = [
        sequence("the same again", put(), lasting(b"PUT", b""), put(), NEVER),
        sequence("the same with a header", f("POST", a, false), lasting(b"", b"x-a"), f("POST", a, false), NEVER),
        sequence("header names without case", f("POST", a, false), lasting(b"", b"X-A"), f("POST", a, false), NEVER),
        sequence("another value", f("GET", a, false), lasting(b"", b"x-a"), f("GET", &[("X-A", b"2")], false), NEVER),
        sequence("both in the lists", f("PUT", a, false), lasting(b"PUT,DELETE", b"x-a,x-b"), f("DELETE", b, false), NEVER),
        sequence("another method", put(), lasting(b"PUT", b""), Fetch::delete(URL), ALWAYS),
        sequence("a method in other case", put(), lasting(b"PUT,PATCH", b""), f("patch", &[], false), ALWAYS),
        sequence("another header", f("GET", a, false), lasting(b"", b"x-a"), f("GET", b, false), ALWAYS),
        sequence("one header more", f("GET", a, false), lasting(b"", b"x-a"), f("GET", &[a[0], b[0]], false), ALWAYS),
        sequence("a method with no grant", f("GET", a, false), lasting(b"", b"x-a"), f("PUT", a, false), ALWAYS),
        sequence("another safelisted method", f("GET", a, false), lasting(b"", b"x-a"), f("POST", a, false), NEVER),
        sequence("HEAD unlisted", f("HEAD", a, false), lasting(b"", b"x-a"), f("HEAD", a, false), only(FIREFOX)),
        sequence("HEAD listed", f("HEAD", a, false), lasting(b"HEAD", b"x-a"), f("HEAD", a, false), NEVER),
        sequence("another query", put(), lasting(b"PUT", b""), Fetch::put("http://www1.web.test:8001/resource?x=2"), ALWAYS),
        sequence("a fragment", put(), lasting(b"PUT", b""), Fetch::put(format!("{URL}#f")), ALWAYS),
        sequence("another host", put(), lasting(b"PUT", b""), Fetch::put("http://www2.web.test:8001/resource?x=1"), ALWAYS),
        sequence("another port", put(), lasting(b"PUT", b""), Fetch::put("http://www1.web.test:8002/resource?x=1"), ALWAYS),
        sequence("another scheme", put(), lasting(b"PUT", b""), Fetch::put("https://www1.web.test:8001/resource?x=1"), ALWAYS),
        sequence("include after omit", put(), lasting(b"PUT", b""), put().with_credentials(), ALWAYS),
        sequence("omit after include", put().with_credentials(), lasting(b"PUT", b""), put(), only(FIREFOX)),
        sequence("include again", put().with_credentials(), lasting(b"PUT", b""), put().with_credentials(), NEVER),
        sequence("* for methods", put(), lasting(b"*", b""), Fetch::delete(URL), only(FIREFOX)),
        sequence("* for the same method", put(), lasting(b"*", b""), put(), only(FIREFOX)),
        sequence("* for headers", f("GET", a, false), lasting(b"", b"*"), f("GET", b, false), only(FIREFOX)),
        sequence("* does not cover authorization", f("GET", a, false), lasting(b"", b"*"), f("GET", auth, false), [true, true, true, false]),
        sequence("authorization by name", f("GET", a, false), lasting(b"", b"*,authorization,x-a"), f("GET", auth, false), NEVER),
        sequence("a literal * of include, for include", f("*", &[], true), lasting(b"*", b""), f("PUT", &[], true), [false, true, true, true]),
        sequence("a literal * of include, for omit", f("*", &[], true), lasting(b"*", b""), f("PUT", &[], false), [false, true, true, false]),
        sequence("an upload listener", Fetch::post(URL).text("x").upload_listener(), open(204), Fetch::post(URL).text("x").upload_listener(), NEVER),
        sequence("Vary: *", put(), lasting(b"PUT", b"").header("vary", "*").header("cache-control", "no-store"), put(), NEVER),
        sequence("cache mode no-store", put(), lasting(b"PUT", b""), put().cache(CacheMode::NoStore), [false, true, true, false]),
        sequence("cache mode reload", put(), lasting(b"PUT", b""), put().cache(CacheMode::Reload), [false, true, true, false]),
        sequence("cache mode no-cache", put(), lasting(b"PUT", b""), put().cache(CacheMode::NoCache), only(CHROMIUM)),
        sequence("cache mode force-cache", put(), lasting(b"PUT", b""), put().cache(CacheMode::ForceCache), NEVER),
    ];
    let _ = (STANDARD, WEBKIT);
    check_all(&cases, |case| {
        for (engine, expected) in ENGINES.into_iter().zip(case.preflights) {
            let mut page = page(engine);
            let first = ask(&mut page, case.first.clone(), &case.granted, &open(200));
            first.assert_preflighted().assert_readable();
            let then = ask(
                &mut page,
                case.then.clone(),
                &lasting(b"*,PUT,DELETE,patch,HEAD", b"*,x-a,x-b,authorization"),
                &open(200),
            );
            if then.preflights().next().is_some() != expected {
                return Err(format!("{engine:?} should have preflighted: {expected}\n{then}"));
            }
            if then.notes().contains(&Note::PreflightCached) == expected {
                return Err(format!("{engine:?} says the wrong thing\n{then}"));
            }
        }
        Ok(())
    });
}

#[test]
fn a_strict_rule_is_strict_with_the_cache_too() {
    let mut page = Browser::new().engine(Engine::WebKit).authorization(AuthorizationRule::Strict).page(PAGE);
    assert!(preflights(&mut page, fetch("GET", &[("x-a", b"1")], false), &lasting(b"", b"*")));
    let outcome = ask(&mut page, fetch("GET", &[("authorization", b"1")], false), &lasting(b"", b"*"), &open(200));
    outcome.assert_blocked_at(Step::PreflightAuthorization);
}

#[test]
fn a_new_answer_adds_or_replaces() {
    for engine in ENGINES {
        let mut page = page(engine);
        assert!(preflights(&mut page, Fetch::put(URL), &lasting(b"PUT", b"")));
        assert!(preflights(&mut page, Fetch::delete(URL), &lasting(b"DELETE", b"")));
        let replaced = matches!(engine, Engine::Chromium | Engine::WebKit);
        assert_eq!(preflights(&mut page, Fetch::put(URL), &lasting(b"PUT", b"")), replaced, "{engine:?}");
    }
}

#[test]
fn a_grant_without_credentials_is_none_with_them() {
    for engine in ENGINES {
        let mut page = page(engine);
        let include = |method: &str| fetch(method, &[], true);
        assert!(preflights(&mut page, include("PUT"), &lasting(b"PUT", b"")));
        // Without credentials the wildcard would do, and it is kept beside the grant with credentials.
        assert!(preflights(&mut page, Fetch::delete(URL), &lasting(b"DELETE,*", b"*")));
        assert!(preflights(&mut page, include("DELETE"), &lasting(b"DELETE", b"")), "{engine:?}");
        assert!(preflights(&mut page, include("PATCH"), &lasting(b"PATCH", b"")), "{engine:?}");
    }
}

#[test]
fn in_the_standard_a_new_answer_sets_the_age_but_not_the_day_of_birth() {
    let put = |age: &str| grant(b"PUT", b"").header("access-control-max-age", age);
    let both = |age: &str| grant(b"PUT,DELETE", b"").header("access-control-max-age", age);
    // At 4 s a second answer gives PUT 5 s, counted from 0 in the standard and from 4 elsewhere.
    for (engine, forgotten) in [(Engine::Standard, true), (Engine::Chromium, false), (Engine::Firefox, false)] {
        let mut page = page(engine);
        assert!(preflights(&mut page, Fetch::put(URL), &put("100")));
        page.advance(Duration::from_secs(4));
        assert!(preflights(&mut page, Fetch::delete(URL), &both("5")));
        page.advance(Duration::from_secs(2));
        assert_eq!(preflights(&mut page, Fetch::put(URL), &put("5")), forgotten, "{engine:?}");
    }
    // A wildcard that is there matches what is granted now: no entry is made, and the wildcard's age is set.
    let mut page = page(Engine::Standard);
    assert!(preflights(&mut page, Fetch::put(URL), &lasting(b"*", b"")));
    page.advance(Duration::from_secs(4));
    let with_header = || fetch("DELETE", &[("x-a", b"1")], false);
    let answer = grant(b"DELETE", b"x-a").header("access-control-max-age", "50");
    assert!(preflights(&mut page, with_header(), &answer));
    page.advance(Duration::from_secs(45));
    assert!(!preflights(&mut page, Fetch::put(URL), &lasting(b"", b"")));
    page.advance(Duration::from_secs(1));
    assert!(preflights(&mut page, with_header(), &answer));
    // Two wildcards, one granted with credentials, match a request without: each gets the new age.
    let mut page = self::page(Engine::Standard);
    assert!(preflights(&mut page, Fetch::put(URL), &lasting(b"*", b"")));
    assert!(preflights(&mut page, fetch("*", &[], true), &lasting(b"*", b"")));
    assert!(preflights(&mut page, with_header(), &grant(b"DELETE", b"x-a").header("access-control-max-age", "4")));
    page.advance(Duration::from_secs(4));
    assert!(preflights(&mut page, Fetch::put(URL), &lasting(b"", b"")));
}

#[test]
fn a_grant_only_permits() {
    for engine in ENGINES {
        let mut page = page(engine);
        assert!(preflights(&mut page, Fetch::put(URL), &lasting(b"PUT", b"")));
        // The policy has become narrower: the grant stays in force until its time is over.
        let narrow = lasting(b"GET", b"");
        assert!(ask(&mut page, Fetch::put(URL), &narrow, &open(200)).is_readable());
        // And it has become wider: what the grant does not cover is asked for, not refused.
        assert!(ask(&mut page, Fetch::delete(URL), &lasting(b"DELETE", b""), &open(200)).is_readable());
    }
}

#[test]
fn the_origin_is_part_of_the_key() {
    for engine in ENGINES {
        let mut page = page(engine);
        let answer = lasting(b"PUT", b"");
        assert!(preflights(&mut page, Fetch::put(URL), &answer));
        for other in ["http://web.test:8001", "http://other.test", "null"] {
            page.navigate(other);
            let wide = head(204, &[("access-control-allow-origin", b"*"), ("access-control-allow-methods", b"PUT")]);
            assert!(preflights(&mut page, Fetch::put(URL), &wide), "{other}");
        }
        page.navigate(PAGE);
        assert!(!preflights(&mut page, Fetch::put(URL), &answer));
    }
}

#[test]
fn the_site_of_the_top_level_page_is_part_of_the_key() {
    for engine in ENGINES {
        let answer = lasting(b"PUT", b"");
        let mut one = page(engine).framed_by("https://one.example");
        assert!(preflights(&mut one, Fetch::put(URL), &answer));
        assert!(!preflights(&mut one.clone().framed_by("https://www.one.example:8443"), Fetch::put(URL), &answer));
        assert!(preflights(&mut one.clone().framed_by("https://two.example"), Fetch::put(URL), &answer));
        assert!(preflights(&mut one.clone().framed_by("http://one.example"), Fetch::put(URL), &answer));
    }
}

#[test]
fn when_grants_are_dropped() {
    let bad = head(200, &[]);
    let redirect = open(302).header("location", "/x");
    for engine in ENGINES {
        // The actual response fails the CORS check: the standard and Firefox forget.
        let mut browser = page(engine);
        let answer = lasting(b"PUT", b"");
        assert!(preflights(&mut browser, Fetch::put(URL), &answer));
        ask(&mut browser, Fetch::put(URL), &answer, &bad).assert_blocked_at(Step::CorsCheck);
        let forgets = matches!(engine, Engine::Standard | Engine::Firefox);
        assert_eq!(preflights(&mut browser, Fetch::put(URL), &answer), forgets, "{engine:?}");
        // Any other network error: the standard alone.
        let mut browser = page(engine);
        assert!(preflights(&mut browser, Fetch::put(URL), &answer));
        let fetch = Fetch::put(URL).redirect(RedirectMode::Error);
        ask(&mut browser, fetch, &answer, &redirect).assert_blocked_at(Step::Redirect);
        assert_eq!(preflights(&mut browser, Fetch::put(URL), &answer), engine == Engine::Standard, "{engine:?}");
        // A body that breaks off: the response had come, so none does.
        let mut browser = page(engine);
        assert!(preflights(&mut browser, Fetch::put(URL), &answer));
        let Turn::Send(sending) = browser.begin(Fetch::put(URL)) else { panic!("no grant") };
        let Turn::Read(reading) = sending.answered(open(200)) else { panic!("no body") };
        reading.failed("it broke off").assert_blocked_at(Step::Body);
        assert!(!preflights(&mut browser, Fetch::put(URL), &answer), "{engine:?}");
        // A request that needs no preflight drops nothing.
        let mut browser = page(engine);
        assert!(preflights(&mut browser, Fetch::put(URL), &answer));
        ask(&mut browser, Fetch::get(URL), &answer, &bad).assert_blocked_at(Step::CorsCheck);
        assert!(!preflights(&mut browser, Fetch::put(URL), &answer), "{engine:?}");
    }
}

#[test]
fn a_failed_preflight_grants_nothing() {
    for engine in ENGINES {
        for answer in [
            lasting(b"GET", b""),
            open(404).header("access-control-allow-methods", "PUT").header("access-control-max-age", "100"),
            head(204, &[("access-control-allow-methods", b"PUT"), ("access-control-max-age", b"100")]),
        ] {
            let mut page = page(engine);
            assert!(!ask(&mut page, Fetch::put(URL), &answer, &open(200)).is_readable());
            assert!(preflights(&mut page, Fetch::put(URL), &lasting(b"PUT", b"")));
        }
    }
}

#[test]
fn limits() {
    let put = |n: usize| Fetch::put(format!("http://api.test/{n}"));
    let answer = lasting(b"PUT", b"");
    for (engine, size) in [(Engine::Chromium, 1024), (Engine::Firefox, 100)] {
        let mut page = page(engine);
        for n in 0..size {
            assert!(preflights(&mut page, put(n), &answer));
        }
        assert!(!preflights(&mut page, put(0), &answer));
        assert!(preflights(&mut page, put(size), &answer));
        // Firefox drops the least recently used, so the first is still there.
        assert_eq!(preflights(&mut page, put(0), &answer), engine == Engine::Chromium, "{engine:?}");
        assert!(preflights(&mut page, put(1), &answer));
    }
    let long = |length: usize| Fetch::put(format!("http://api.test/{}", "x".repeat(length - "http://api.test/".len())));
    for engine in ENGINES {
        let mut page = page(engine);
        assert!(preflights(&mut page, long(1023), &answer));
        assert!(!preflights(&mut page, long(1023), &answer));
        assert!(preflights(&mut page, long(1024), &answer));
        assert_eq!(preflights(&mut page, long(1024), &answer), engine == Engine::Chromium, "{engine:?}");
    }
}
