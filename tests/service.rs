//! The Tower glue: readiness, errors, bodies and the inner service stay as they are.

mod support;

use std::convert::Infallible;
use std::task::{Context, Poll, Waker};

use http::{Request, Response};
use support::run;
use tower::{Layer, Service, ServiceExt, service_fn};
use tower_cors::{CorsLayer, CorsPolicy};

fn layer() -> CorsLayer {
    CorsLayer::new().allow_origins(["https://app.example.com"])
}

#[test]
fn an_error_passes_through() {
    let service = layer().layer(service_fn(async |_: Request<()>| Err::<Response<()>, _>("broken")));
    let request = support::parse("GET /\norigin: https://app.example.com");
    assert_eq!(run(service.oneshot(request)).unwrap_err(), "broken");
}

#[test]
fn the_request_arrives_as_it_was_sent() {
    let service = layer().layer(service_fn(async |request: Request<()>| {
        assert_eq!(request.headers()["origin"], "https://app.example.com");
        assert_eq!(request.headers()["x-a"], "1");
        assert_eq!(request.uri(), "/path?query");
        assert_eq!(request.extensions().get::<u8>(), Some(&7));
        Ok::<_, Infallible>(Response::new(()))
    }));
    let mut request = support::parse("POST /path?query\norigin: https://app.example.com\nx-a: 1");
    request.extensions_mut().insert(7_u8);
    assert!(run(service.oneshot(request)).is_ok());
}

/// Ready at the second question only.
#[derive(Clone, Default)]
struct Slow {
    asked: usize,
}

impl Service<Request<()>> for Slow {
    type Response = Response<()>;
    type Error = Infallible;
    type Future = std::future::Ready<Result<Response<()>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.asked += 1;
        if self.asked > 1 { Poll::Ready(Ok(())) } else { Poll::Pending }
    }

    fn call(&mut self, _: Request<()>) -> Self::Future {
        assert!(self.asked > 1, "called before it was ready");
        std::future::ready(Ok(Response::new(())))
    }
}

#[test]
fn readiness_is_that_of_the_inner_service() {
    let mut service = layer().layer(Slow::default());
    let mut context = Context::from_waker(Waker::noop());
    assert!(service.poll_ready(&mut context).is_pending());
    assert!(service.poll_ready(&mut context).is_ready());
    assert!(run(service.call(support::parse("GET /"))).is_ok());
    assert_eq!(service.get_ref().asked, 2);
    service.get_mut().asked = 7;
    assert_eq!(service.clone().into_inner().asked, 7);
}

#[test]
fn a_response_without_a_clonable_or_sendable_body_will_do() {
    #[derive(Debug, Default)]
    struct Body(std::marker::PhantomData<*const ()>);
    let service = layer()
        .layer(service_fn(async |_: Request<std::rc::Rc<()>>| Ok::<_, Infallible>(Response::new(Body::default()))));
    let request = Request::get("/").header("origin", "https://app.example.com").body(std::rc::Rc::new(())).unwrap();
    assert!(run(service.oneshot(request)).unwrap().headers().contains_key("access-control-allow-origin"));
}

#[test]
fn a_policy_is_a_layer_too() {
    let policy: CorsPolicy = layer().build().unwrap();
    assert_eq!(
        support::answer(&policy, "GET /\norigin: https://app.example.com", ""),
        support::answer(&layer(), "GET /\norigin: https://app.example.com", "")
    );
}

#[test]
fn the_largest_map_of_headers_gets_no_permission_instead_of_a_panic() {
    let full = |_: Request<()>| async {
        let mut response = Response::new(());
        for n in 0.. {
            let name: http::HeaderName = format!("x-{n}").parse().unwrap();
            if response.headers_mut().try_append(name, http::HeaderValue::from_static("")).is_err() {
                break;
            }
        }
        Ok::<_, Infallible>(response)
    };
    let service = layer().layer(service_fn(full));
    let response = run(service.oneshot(support::parse("GET /\norigin: https://app.example.com"))).unwrap();
    assert!(!response.headers().contains_key("access-control-allow-origin"));
}

#[test]
fn a_server_without_tower_reuses_the_map_of_the_request() {
    let policy = layer().build().unwrap();
    let (mut parts, ()) = support::parse(
        "OPTIONS /\norigin: https://app.example.com\naccess-control-request-method: PUT\ncookie: secret",
    )
    .into_parts();
    let tower_cors::Decision::Respond(answer) = policy.decide(&parts) else { panic!("a preflight") };
    let response: Response<String> = answer.into_response_reusing(std::mem::take(&mut parts.headers));
    assert_eq!(response.status(), 204);
    assert!(!response.headers().contains_key("cookie"));
    assert_eq!(response.headers().len(), 2);
}
