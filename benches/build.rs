//! Checking and compiling rules, by their number.

mod fixture;

use std::env;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use tower_cors::CorsLayer;

use fixture::case::Sender::Nobody;
use fixture::case::{Case, Origins};

fn build(criterion: &mut Criterion) {
    // `cargo test` runs this once, without optimisation.
    let largest = if env::args().any(|argument| argument == "--bench") { 1_000_000 } else { 1000 };
    for (name, origins) in [("exact", Origins::Exact as fn(usize) -> Origins), ("below", Origins::Below)] {
        let mut group = criterion.benchmark_group(format!("build/{name}"));
        for count in [1, 10, 100, 1000, 10_000, 100_000, 1_000_000] {
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

criterion_group!(benches, build);
criterion_main!(benches);
