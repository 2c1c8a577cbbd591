//! Two threads on one policy: what it costs that they count their references to it at the same place in memory, and
//! that a leaked policy counts none.
//!
//! ```text
//! cargo bench --bench sharing                half a minute
//! cargo bench --bench sharing -- --save      and keeps the result in RESULTS.md
//! ```

mod fixture;

use std::env;
use std::fmt::Write;
use std::hint::black_box;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response};
use tower_cors::{CorsPolicy, Decision};

use fixture::case::{Case, Origins, Sender};
use fixture::request::Source;
use fixture::results::{environment, median, processor_seconds, replace_section};
use fixture::stacks;

const CASE: Case = Case::get(Origins::Exact(1000), Sender::Allowed);
const TURNS: usize = 9;
const TURN: Duration = Duration::from_millis(500);

fn main() {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let measured = arguments.iter().any(|argument| argument == "--bench");
    let (turns, turn) = if measured { (TURNS, TURN) } else { (1, Duration::from_millis(5)) };
    let policies = [("shared", stacks::ours(&CASE)), ("leaked", stacks::ours(&CASE).leak())];
    let mut times = [const { [const { Vec::new() }; 2] }; 2];
    for _ in 0..turns {
        for ((_, policy), times) in policies.iter().zip(&mut times) {
            for (threads, times) in [1, 2].into_iter().zip(times) {
                times.push(time_per_call(policy, threads, turn));
            }
        }
    }
    let mut table = String::from("| policy | one thread, ns | two threads, ns | ratio |\n|---|--:|--:|--:|\n");
    for ((name, _), times) in policies.iter().zip(&times) {
        let [one, two] = times.each_ref().map(|times| median(times.iter().copied()));
        let _ = writeln!(table, "| {name} | {one:.0} | {two:.0} | {:.2} |", two / one);
    }
    if measured {
        let text = format!("{}\n\n{table}", environment(&["http"]));
        println!("{text}");
        if arguments.iter().any(|argument| argument == "--save") {
            replace_section("sharing", &text);
        }
    }
}

/// Nanoseconds of a call, with so many threads that do nothing else.
fn time_per_call(policy: &CorsPolicy, threads: u32, turn: Duration) -> f64 {
    let (begin, ended) = (Barrier::new(threads as usize), AtomicBool::new(false));
    let work = || {
        let (parts, _) = Source::new(&CASE).request().into_parts();
        begin.wait();
        let start = Instant::now();
        let (used, end, mut calls) = (thread_seconds(start), start + turn, 0_u32);
        while !ended.load(Ordering::Relaxed) {
            for _ in 0..64 {
                call(policy, black_box(&parts));
            }
            calls += 64;
            if Instant::now() >= end {
                // Who runs alone from now on measures nothing.
                ended.store(true, Ordering::Relaxed);
            }
        }
        (thread_seconds(start) - used) * 1e9 / f64::from(calls)
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let times = workers.into_iter().map(|worker| worker.join().expect("no thread panics"));
        times.sum::<f64>() / f64::from(threads)
    })
}

/// What the layer does for a request under axum: clones itself, decides, decorates. The rest touches nothing shared.
fn call(policy: &CorsPolicy, parts: &http::request::Parts) {
    let Decision::Forward(cors) = policy.clone().decide(parts) else { unreachable!("an actual request") };
    let mut response = Response::new(());
    response.headers_mut().insert(&CONTENT_TYPE, HeaderValue::from_static("application/json"));
    cors.decorate(&mut response);
    black_box(response);
}

/// Seconds: those that this thread has run, where the system tells; else those that have passed.
fn thread_seconds(start: Instant) -> f64 {
    processor_seconds("thread-self").unwrap_or_else(|| start.elapsed().as_secs_f64())
}
