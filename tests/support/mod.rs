//! Requests and answers as text, so that a table of cases reads like what is on the wire.

use std::sync::atomic::{AtomicUsize, Ordering};

use http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use tower::{Layer, Service, ServiceExt};

/// Sends a request, written as `METHOD target` and one header a line, through the layer to a service that answers with
/// the status and the headers of `inner` (`200` and one header a line).
///
/// The answer has the status, the headers in alphabetical order, and `(inner)` or `(not called)` at the end.
pub fn answer<L>(layer: &L, request: &str, inner: &str) -> String
where
    L: Layer<Inner>,
    L::Service: Service<Request<()>, Response = Response<String>, Error = std::convert::Infallible>,
{
    run(answer_in_time(layer, request, inner))
}

/// As [`answer`], for a layer that waits for something.
pub async fn answer_in_time<L>(layer: &L, request: &str, inner: &str) -> String
where
    L: Layer<Inner>,
    L::Service: Service<Request<()>, Response = Response<String>, Error = std::convert::Infallible>,
{
    let called = std::sync::Arc::new(AtomicUsize::new(0));
    let service = layer.layer(Inner { answer: response(inner), called: called.clone() });
    let Ok(answer) = service.oneshot(parse(request)).await;
    let mut lines: Vec<String> = answer
        .headers()
        .iter()
        .map(|(name, value)| format!("{name}: {}", String::from_utf8_lossy(value.as_bytes())))
        .collect();
    lines.sort_by(|a, b| a.split(':').next().cmp(&b.split(':').next()));
    let end = match called.load(Ordering::SeqCst) {
        0 => {
            assert_eq!(answer.body(), "", "an answer of our own has no body");
            "(not called)"
        }
        1 => "(inner)",
        _ => panic!("called more than once"),
    };
    let mut text = vec![answer.status().as_u16().to_string()];
    text.extend(lines);
    text.push(end.to_owned());
    text.join("\n")
}

/// A request as text: `METHOD target`, then one header a line.
pub fn parse(text: &str) -> Request<()> {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let (method, target) = lines.next().unwrap().split_once(' ').unwrap();
    let mut request = Request::new(());
    *request.method_mut() = Method::from_bytes(method.as_bytes()).unwrap();
    *request.uri_mut() = target.parse().unwrap();
    append(request.headers_mut(), lines);
    request
}

fn append<'a>(headers: &mut http::HeaderMap, lines: impl Iterator<Item = &'a str>) {
    for line in lines {
        let (name, value) = line.split_once(':').unwrap();
        headers.append(name.parse::<HeaderName>().unwrap(), HeaderValue::from_bytes(value.trim().as_bytes()).unwrap());
    }
}

fn response(text: &str) -> Response<()> {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let mut response = Response::new(());
    *response.status_mut() = StatusCode::from_bytes(lines.next().unwrap_or("200").as_bytes()).unwrap();
    append(response.headers_mut(), lines);
    response
}

#[derive(Clone)]
pub struct Inner {
    answer: Response<()>,
    called: std::sync::Arc<AtomicUsize>,
}

impl Service<Request<()>> for Inner {
    type Response = Response<String>;
    type Error = std::convert::Infallible;
    type Future = std::future::Ready<Result<Response<String>, Self::Error>>;

    fn poll_ready(&mut self, _: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), Self::Error>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<()>) -> Self::Future {
        self.called.fetch_add(1, Ordering::SeqCst);
        std::future::ready(Ok(self.answer.clone().map(|()| "from the service".to_owned())))
    }
}

/// Runs a future that never waits for anything outside of itself.
pub fn run<F: Future>(future: F) -> F::Output {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    loop {
        if let std::task::Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
    }
}
