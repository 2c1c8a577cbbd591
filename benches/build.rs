//! Checking and compiling rules, by their number.
//!
//! ```text
//! cargo bench --bench build                        two minutes
//! TOWER_CORS_SAVE=1 cargo bench --bench build      and keeps the result in RESULTS.md
//! ```

#[path = "fixture/estimates.rs"]
mod estimates;
mod fixture;

use std::env;
use std::fmt::Write;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group};
use tower_cors::CorsLayer;

use fixture::case::Sender::Nobody;
use fixture::case::{Case, Origins};
use fixture::results::{environment, replace_section};

const COUNTS: [usize; 7] = [1, 10, 100, 1000, 10_000, 100_000, 1_000_000];

fn build(criterion: &mut Criterion) {
    // `cargo test` runs this once, without optimisation.
    let largest = if env::args().any(|argument| argument == "--bench") { 1_000_000 } else { 1000 };
    for (name, origins) in [("exact", Origins::Exact as fn(usize) -> Origins), ("below", Origins::Below)] {
        let mut group = criterion.benchmark_group(format!("build/{name}"));
        for count in COUNTS {
            if count > largest {
                continue;
            }
            if count >= 100_000 {
                group.sample_size(10);
            }
            let rules = || {
                let patterns = Case::get(origins(count), Nobody).patterns();
                CorsLayer::new().allow_origins(patterns).allow_credentials(true)
            };
            group.throughput(Throughput::Elements(count as u64));
            group.bench_function(BenchmarkId::from_parameter(count), |bencher| {
                bencher.iter_batched(rules, CorsLayer::build, BatchSize::PerIteration);
            });
        }
        group.finish();
    }
}

fn table() -> String {
    let mut text = String::from("| origins | exact, ms | `*.base`, ms |\n|--:|--:|--:|\n");
    for count in COUNTS {
        let [exact, below] = ["exact", "below"].map(|kind| estimates::median(&format!("build_{kind}/{count}")) / 1e6);
        let _ = writeln!(text, "| {count} | {exact:.3} | {below:.3} |");
    }
    text
}

criterion_group!(benches, build);

fn main() {
    benches();
    Criterion::default().configure_from_args().final_summary();
    if estimates::are_to_be_saved() {
        replace_section("build", &format!("{}\n\n{}", environment(&["foldhash"]), table()));
    }
}
