//! The layer above the inner service, and nothing else.

use std::fmt::Write;
use std::vec::IntoIter;

use http::{Request, Response};
use tower_layer::Layer;

use crate::fixture::case::Case;
use crate::fixture::inner::{Inner, Stack, call};
use crate::fixture::request::{Body, Source};

/// A stack that is called `count` times, with requests for `prepared` calls. Returns the first answer as text.
pub fn calls<L>(stack: impl FnOnce(&Case) -> L) -> impl FnOnce(&Case, usize, usize) -> String
where
    L: Layer<Inner, Service: Stack>,
{
    move |case, prepared, count| {
        let mut service = stack(case).layer(Inner);
        let source = Source::new(case);
        let requests: Vec<_> = (0..prepared).map(|_| source.request()).collect();
        let mut requests = requests.into_iter();
        let mut answer = String::new();
        counted_calls(&mut service, case.cloned, &mut requests, count, &mut answer);
        answer
    }
}

#[inline(never)]
fn counted_calls(
    service: &mut impl Stack,
    cloned: bool,
    requests: &mut IntoIter<Request<Body>>,
    count: usize,
    answer: &mut String,
) {
    for request in requests.take(count) {
        // One call for both ways, or the compiler may treat them differently.
        let mut fresh;
        let service = if cloned {
            fresh = service.clone();
            &mut fresh
        } else {
            &mut *service
        };
        let response = call(service, request);
        if answer.is_empty() {
            describe(&response, answer);
        }
    }
}

#[cold]
fn describe(response: &Response<Body>, text: &mut String) {
    let _ = write!(text, "{}\r\n", response.status());
    for (name, value) in response.headers() {
        let _ = write!(text, "{name}: {}\r\n", value.as_bytes().escape_ascii());
    }
}
