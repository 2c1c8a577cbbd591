//! The core alone, without Tower: a decision, and the headers that it puts on a response.

mod fixture;

use std::hint::black_box;
use std::time::Duration;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use http::{HeaderMap, Response};
use tower_cors::Decision;

use fixture::case::CASES;
use fixture::request::{Body, Source};
use fixture::stacks;

fn decide(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("decide");
    for case in CASES {
        let policy = stacks::ours(case);
        let (parts, _) = Source::new(case).request().into_parts();
        group.bench_function(case.to_string(), |bencher| bencher.iter(|| policy.decide(black_box(&parts))));
    }
    group.finish();

    let mut group = criterion.benchmark_group("answer");
    for case in CASES {
        let policy = stacks::ours(case);
        let source = Source::new(case);
        // The map of the request is free once it is decided, as is its place in the answer to a preflight.
        let prepare = || {
            let (mut parts, _) = source.request().into_parts();
            let decision = policy.decide(&parts);
            (decision, Response::new(Body::new()), std::mem::take(&mut parts.headers))
        };
        let answer = |(decision, mut response, headers): (Decision, Response<Body>, HeaderMap)| match decision {
            Decision::Forward(cors) => {
                cors.decorate(&mut response);
                (response, headers)
            }
            Decision::Respond(answer) => (answer.into_response_reusing(headers), HeaderMap::new()),
        };
        group.bench_function(case.to_string(), |bencher| {
            bencher.iter_batched(prepare, answer, BatchSize::SmallInput);
        });
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2));
    targets = decide
}
criterion_main!(benches);
