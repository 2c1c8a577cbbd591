//! Whether an origin is allowed, by the kind of the patterns and their number.
//!
//! Each turn asks for as many different origins as there are in [`TURN`], in no order that a processor could learn.

use std::env;
use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use tower_cors::{CorsLayer, CorsPolicy};

const TURN: usize = 4096;

struct Kind {
    name: &'static str,
    pattern: fn(usize) -> String,
    /// An origin that the pattern with this number allows.
    origin: fn(usize) -> String,
}

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
    let turn = |origin: &dyn Fn(usize) -> String| (0..TURN).map(|n| origin(n * 2_654_435_761 % count)).collect();
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
        ("hostile", hostile.into_iter().cycle().take(TURN).collect()),
    ]
}

fn lookup(criterion: &mut Criterion) {
    // `cargo test` runs this once, without optimisation.
    let largest = if env::args().any(|argument| argument == "--bench") { 1_000_000 } else { 1000 };
    for kind in &KINDS {
        for count in [1, 10, 100, 1000, 10_000, 100_000, 1_000_000] {
            if count > largest {
                continue;
            }
            let policy: CorsPolicy =
                CorsLayer::new().allow_origins((0..count).map(kind.pattern)).build().expect("the patterns are right");
            for (what, origins) in origins(kind, count) {
                let allowed = origins.iter().filter(|origin| policy.allows_origin(origin)).count();
                assert_eq!(allowed, if what == "hit" { TURN } else { 0 }, "{} {what} {count}", kind.name);
                let mut group = criterion.benchmark_group(format!("lookup/{}/{what}", kind.name));
                group.warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(1));
                group.throughput(Throughput::Elements(TURN as u64));
                group.bench_function(BenchmarkId::from_parameter(count), |bencher| {
                    bencher.iter(|| origins.iter().filter(|origin| policy.allows_origin(black_box(origin))).count());
                });
                group.finish();
            }
        }
    }
}

criterion_group!(benches, lookup);
criterion_main!(benches);
