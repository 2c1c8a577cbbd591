//! The proof of the whole: over random rules and random requests, the policy allows exactly what a browser, driven
//! through the layer, gets; and under enforcement the service executes exactly what is permitted.
//!
//! `TOWER_CORS_CASES=1000000 cargo test --release --all-features --test properties` runs a million cases of each.
#![cfg(feature = "browser")]

#[path = "properties/enforcement.rs"]
mod enforcement;
#[path = "properties/explaining.rs"]
mod explaining;
#[path = "properties/faults.rs"]
mod faults;
#[path = "properties/oracle.rs"]
mod oracle;
#[path = "properties/reading.rs"]
mod reading;
#[path = "properties/rules.rs"]
mod rules;
#[path = "properties/stack.rs"]
mod stack;
#[allow(dead_code, reason = "the text form of requests is for other tests")]
mod support;

use proptest::test_runner::{Config, TestRunner};

/// How many cases each property is tried with.
fn runner(ordinary: u32) -> TestRunner {
    let cases = std::env::var("TOWER_CORS_CASES").ok().map_or(ordinary, |cases| cases.parse().unwrap());
    TestRunner::new(Config {
        cases,
        failure_persistence: None,
        max_shrink_iters: 20_000,
        // Some random rules do not build: a longer run meets more of them.
        max_local_rejects: u32::MAX,
        ..Config::default()
    })
}

#[test]
fn what_the_policy_allows_is_what_the_browser_gets() {
    runner(4_000).run(&reading::cases(), |case| reading::check(&stack::Honest, &case)).unwrap();
}

#[test]
fn what_is_permitted_is_what_is_executed() {
    runner(4_000).run(&enforcement::cases(), |case| enforcement::check(&stack::Honest, &case)).unwrap();
}

#[test]
fn what_is_explained_is_what_the_browser_does() {
    runner(4_000).run(&explaining::cases(), |case| explaining::check(&case)).unwrap();
}
