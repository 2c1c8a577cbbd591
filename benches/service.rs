//! A whole call, request and response dropped: without the layer, with the floor, with tower-http, with ours.

mod fixture;

use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{BatchSize, BenchmarkGroup, Criterion, criterion_group, criterion_main};
use tower::Layer;

use fixture::case::{CASES, Case};
use fixture::inner::{Inner, Stack, call};
use fixture::request::Source;
use fixture::stacks;

fn service(criterion: &mut Criterion) {
    for case in CASES {
        let mut group = criterion.benchmark_group(format!("service/{case}"));
        bench(&mut group, "none", case, &stacks::bare(case));
        bench(&mut group, "floor", case, &stacks::floor(case));
        bench(&mut group, "tower-http", case, &stacks::tower_http(case));
        bench(&mut group, "tower-cors", case, &stacks::ours(case));
        bench(&mut group, "tower-cors, leaked", case, &stacks::ours(case).leak());
        group.finish();
    }
}

fn bench(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, case: &Case, layer: &impl Layer<Inner, Service: Stack>) {
    let service = layer.layer(Inner);
    let mut once = service.clone();
    let source = Source::new(case);
    group.bench_function(name, |bencher| {
        // Requests by the hundred, or making them would show.
        bencher.iter_batched(
            || source.request(),
            |request| if case.cloned { call(&mut service.clone(), request) } else { call(&mut once, request) },
            BatchSize::SmallInput,
        );
    });
}

criterion_group! {
    name = benches;
    config = Criterion::default().warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2));
    targets = service
}
criterion_main!(benches);
