//! Executed ⇔ permitted: what a service behind `reject_disallowed_origins` gets to see, whoever sends it.

use proptest::prelude::*;
use proptest::sample::select;
use tower_cors::browser::{
    Beacon, Browser, Element, Engine, EventSource, Fetch, Form, Mode, PageRequest, ReferrerPolicy, WebSocket,
};

use super::oracle::{self, ORIGINS};
use super::reading::describe;
use super::rules::{Rules, rules};
use super::stack::{Answer, Inner, Stack};
use super::support::run;

/// Where the service stands. A name over plain http is where DNS rebinding leads.
const TARGETS: &[&str] = &[
    "https://api.example.net",
    "https://api.example.net:8443",
    "https://app.example.com",
    "http://api.example.net",
    "http://rebound.test:8080",
    "http://localhost:3000",
    "http://localhost:3001",
    "http://a.localhost:3000",
    "http://127.0.0.1:8080",
    "http://192.0.2.7",
];

const SENDERS: &[Sender] = &[
    Sender::Fetch("GET"),
    Sender::Fetch("POST"),
    Sender::NoCors("GET"),
    Sender::NoCors("POST"),
    Sender::FormGet,
    Sender::Form,
    Sender::FormWithoutReferrer,
    Sender::Beacon,
    Sender::WebSocket,
    Sender::EventSource,
    Sender::Image,
    Sender::ModuleScript,
];

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Sender {
    Fetch(&'static str),
    NoCors(&'static str),
    FormGet,
    Form,
    FormWithoutReferrer,
    Beacon,
    WebSocket,
    EventSource,
    Image,
    ModuleScript,
}

#[derive(Clone, Debug)]
pub struct Case {
    pub rules: Rules,
    pub origin: &'static str,
    pub target: &'static str,
    pub sender: Sender,
    pub engine: Engine,
    pub http2: bool,
}

pub fn cases() -> impl Strategy<Value = Case> {
    let origins: Vec<&'static str> = [ORIGINS, TARGETS, &["null", "https://evil.test", "http://rebound.test"]].concat();
    let engines = [Engine::Standard, Engine::Chromium, Engine::Firefox, Engine::WebKit];
    let pairs = prop_oneof![
        2 => (select(origins), select(TARGETS)),
        // Half of what a service sees comes from its own pages.
        1 => select(TARGETS).prop_map(|target| (target, target)),
    ];
    (rules(), pairs, select(SENDERS), select(engines.to_vec()), any::<bool>()).prop_filter_map(
        "a policy with enforcement",
        |(mut rules, (origin, target), sender, engine, http2)| {
            rules.enforcement = true;
            rules.layer().build().is_ok().then_some(Case { rules, origin, target, sender, engine, http2 })
        },
    )
}

pub fn check(stack: &dyn Stack, case: &Case) -> Result<(), TestCaseError> {
    let inner = Inner::new(Answer { status: 200, headers: vec![] });
    let service = stack.build(&case.rules, inner.clone());
    let browser = Browser::new().engine(case.engine);
    let browser = if case.http2 { browser.http2() } else { browser };
    let url = format!("{}/act", case.target);
    let request: PageRequest = match case.sender {
        Sender::Fetch(method) => Fetch::new(method, &url).into(),
        Sender::NoCors(method) => Fetch::new(method, &url).mode(Mode::NoCors).into(),
        Sender::FormGet => Form::get(&url).into(),
        Sender::Form => Form::post(&url).into(),
        Sender::FormWithoutReferrer => Form::post(&url).referrer_policy(ReferrerPolicy::NoReferrer).into(),
        Sender::Beacon => Beacon::text(&url, "x").into(),
        Sender::WebSocket => WebSocket::new(url.replacen("http", "ws", 1)).into(),
        Sender::EventSource => EventSource::new(&url).into(),
        Sender::Image => Element::image(&url).into(),
        Sender::ModuleScript => Element::module_script(&url).into(),
    };
    let outcome = run(browser.page(case.origin).fetch(service, request));

    let Some(sent) = outcome.actual_requests().next() else {
        // Mixed content never leaves the browser.
        prop_assert_eq!(inner.calls(), 0, "{}", describe(&outcome));
        return Ok(());
    };
    let headers: Vec<(String, String)> = sent
        .request()
        .headers()
        .iter()
        .map(|(name, value)| (name.to_lowercase(), String::from_utf8_lossy(value).into_owned()))
        .collect();
    let permitted = is_permitted(case, sent.request().method(), &headers);
    prop_assert_eq!(inner.calls(), usize::from(permitted), "{}", describe(&outcome));

    // What the rule is for, said without the rule.
    let foreign = case.origin != case.target;
    let acts = matches!(
        case.sender,
        Sender::Fetch("POST")
            | Sender::NoCors("POST")
            | Sender::Form
            | Sender::FormWithoutReferrer
            | Sender::Beacon
            | Sender::WebSocket
    );
    let trusted = oracle::allows_origin(&case.rules, case.origin);
    let null_trusted = oracle::allows_origin(&case.rules, "null");
    if foreign && acts && !trusted && !null_trusted {
        prop_assert_eq!(inner.calls(), 0, "a foreign page acts: {}", describe(&outcome));
    }
    let own_is_known = case.target.starts_with("https") || oracle::is_this_machine(host(case.target));
    if !foreign && own_is_known {
        prop_assert_eq!(inner.calls(), 1, "a page of the service itself is refused: {}", describe(&outcome));
    }
    Ok(())
}

fn host(origin: &str) -> &str {
    let rest = origin.split_once("://").map_or(origin, |(_, rest)| rest);
    rest.rsplit_once(':').map_or(rest, |(host, _)| host)
}

/// The rule, clause by clause, on what was really sent.
fn is_permitted(case: &Case, method: &str, headers: &[(String, String)]) -> bool {
    let lines = |name: &str| {
        headers.iter().filter(|(other, _)| other == name).map(|(_, value)| value.as_str()).collect::<Vec<_>>()
    };
    let sites = lines("sec-fetch-site");
    match lines("origin").as_slice() {
        [] => {
            ["GET", "HEAD", "OPTIONS"].contains(&method)
                || !sites.iter().any(|site| ["cross-site", "same-site"].contains(site))
        }
        [origin] if oracle::allows_origin(&case.rules, origin) => true,
        [origin] => match sites.as_slice() {
            [site] => ["same-origin", "none"].contains(site),
            [] => {
                let authority = case.target.split_once("://").unwrap().1;
                let address = host(case.target).parse::<std::net::Ipv4Addr>().is_ok();
                *origin == format!("https://{authority}")
                    || (*origin == format!("http://{authority}")
                        && (address || oracle::is_this_machine(host(case.target))))
            }
            _ => false,
        },
        _ => false,
    }
}
