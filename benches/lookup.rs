//! Whether an origin is allowed, by the kind of the patterns and their number.
//!
//! Each turn asks for as many different origins as there are in [`TURN`], in no order that a processor could learn.
//!
//! ```text
//! cargo bench --bench lookup                        three minutes
//! TOWER_CORS_SAVE=1 cargo bench --bench lookup      and keeps the result in RESULTS.md
//! ```

#[path = "fixture/estimates.rs"]
mod estimates;
mod fixture;

use std::env;
use std::fmt::Write;
use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group};
use tower_cors::{CorsLayer, CorsPolicy};

use fixture::case::{Case, Origins, Sender};
use fixture::results::{environment, replace_section};

const TURN: u16 = 4096;

struct Kind {
    name: &'static str,
    pattern: fn(usize) -> String,
    /// An origin that the pattern with this number allows.
    origin: fn(usize) -> String,
}

const COUNTS: [usize; 7] = [1, 10, 100, 1000, 10_000, 100_000, 1_000_000];

const KINDS: [Kind; 4] = [
    Kind {
        name: "exact",
        pattern: |n| format!("https://app{n:07}.example.com"),
        origin: |n| format!("https://app{n:07}.example.com"),
    },
    Kind {
        name: "below",
        pattern: |n| format!("https://*.app{n:07}.example.com"),
        origin: |n| format!("https://www.app{n:07}.example.com"),
    },
    Kind {
        name: "in-label",
        pattern: |n| format!("https://pr-*.app{n:07}.example.com"),
        origin: |n| format!("https://pr-123.app{n:07}.example.com"),
    },
    Kind {
        name: "any-port",
        pattern: |n| format!("https://app{n:07}.example.com:*"),
        origin: |n| format!("https://app{n:07}.example.com:8443"),
    },
];

fn origins(kind: &Kind, count: usize) -> [(&'static str, Vec<String>); 4] {
    let turn =
        |origin: &dyn Fn(usize) -> String| (0..usize::from(TURN)).map(|n| origin(n * 2_654_435_761 % count)).collect();
    let hostile = [
        format!("https://{}com", "a.".repeat(125)),
        format!("https://{}", ".".repeat(253)),
        format!("https://{}.example.com", "a".repeat(63)),
        format!("https://{}", "1".repeat(319)),
        format!("https://{}.example.com", "a".repeat(8192)),
        ":".repeat(327),
        "https://app0000000.example.com@evil.example".to_owned(),
        "https://app0000000.example.com, https://app0000001.example.com".to_owned(),
    ];
    [
        ("hit", turn(&kind.origin)),
        ("miss", turn(&|n| format!("https://stranger-{n}.test"))),
        ("near miss", turn(&|n| (kind.origin)(count + n))),
        ("hostile", hostile.into_iter().cycle().take(TURN.into()).collect()),
    ]
}

fn lookup(criterion: &mut Criterion) {
    // `cargo test` runs this once, without optimisation.
    let largest = if env::args().any(|argument| argument == "--bench") { 1_000_000 } else { 1000 };
    for kind in &KINDS {
        for count in COUNTS {
            if count > largest {
                continue;
            }
            let policy: CorsPolicy =
                CorsLayer::new().allow_origins((0..count).map(kind.pattern)).build().expect("the patterns are right");
            for (what, origins) in origins(kind, count) {
                let allowed = origins.iter().filter(|origin| policy.allows_origin(origin)).count();
                assert_eq!(allowed, if what == "hit" { TURN.into() } else { 0 }, "{} {what} {count}", kind.name);
                let mut group = criterion.benchmark_group(format!("lookup/{}/{what}", kind.name));
                group.warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(1));
                group.throughput(Throughput::Elements(TURN.into()));
                group.bench_function(BenchmarkId::from_parameter(count), |bencher| {
                    bencher.iter(|| origins.iter().filter(|origin| policy.allows_origin(black_box(origin))).count());
                });
                group.finish();
            }
        }
    }
}

/// Lists that are made to cost, and the requests that cost most with them.
const WORST: [(&str, Case); 2] = [
    ("124 bases", Case::get(Origins::WorstBases, Sender::Stranger)),
    ("1 953 patterns inside a label", Case::get(Origins::WorstInLabel, Sender::Stranger)),
];

fn lookup_worst(criterion: &mut Criterion) {
    for (name, case) in WORST {
        let origin = case.origin().expect("a stranger has an origin");
        let policy = CorsLayer::new().allow_origins(case.patterns()).build().expect("the patterns are right");
        assert!(!policy.allows_origin(&origin), "{name}");
        criterion.bench_function(&format!("lookup/worst/{name}"), |bencher| {
            bencher.iter(|| policy.allows_origin(black_box(&origin)));
        });
    }
}

fn table() -> String {
    let mut text =
        String::from("| patterns | | hit, ns | miss, ns | near miss, ns | hostile, ns |\n|---|--:|--:|--:|--:|--:|\n");
    for kind in &KINDS {
        for count in COUNTS {
            let _ = write!(text, "| {} | {count} ", kind.name);
            for what in ["hit", "miss", "near miss", "hostile"] {
                let turn = estimates::median(&format!("lookup_{}_{what}/{count}", kind.name));
                let _ = write!(text, "| {:.1} ", turn / f64::from(TURN));
            }
            text.push_str("|\n");
        }
    }
    text.push_str("\nThe worst lists and requests that were found, each pattern also with the port `*`:\n\n| patterns | ns |\n|---|--:|\n");
    for (name, _) in WORST {
        let _ = writeln!(text, "| {name} | {:.0} |", estimates::median(&format!("lookup_worst_{name}")));
    }
    text
}

criterion_group!(benches, lookup, lookup_worst);

fn main() {
    benches();
    Criterion::default().configure_from_args().final_summary();
    if estimates::are_to_be_saved() {
        replace_section("lookup", &format!("{}\n\n{}", environment(&["foldhash"]), table()));
    }
}
