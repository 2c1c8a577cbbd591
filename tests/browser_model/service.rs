//! The browser in front of real Tower services.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{any, get, post};
use axum::{Json, Router};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use tower::{Service as _, ServiceBuilder, ServiceExt, service_fn};
use tower_cors::browser::{Browser, Engine, Fetch, Form, Step, WebSocket};
use tower_http::cors::{Any, CorsLayer};

const APP: &str = "https://app.example.com";

fn app() -> Router {
    let cors = CorsLayer::new()
        .allow_origin(["https://app.example.com".parse().unwrap()])
        .allow_methods([Method::GET, Method::PUT])
        .allow_headers([http::header::CONTENT_TYPE])
        .expose_headers([http::header::ETAG])
        .allow_credentials(true);
    Router::new()
        .route(
            "/items",
            get(|| async { ([("etag", "\"1\""), ("x-secret", "s")], "items") }).put(|body: String| async { body }),
        )
        .route("/old", get(|| async { Redirect::permanent("/items") }))
        .layer(cors)
}

#[tokio::test]
async fn three_lines() {
    let mut page = Browser::new().page(APP);
    let outcome = page.fetch(&mut app(), Fetch::get("https://api.example.com/items").with_credentials()).await;
    outcome
        .assert_readable()
        .assert_status(200)
        .assert_body("items")
        .assert_header("etag", "\"1\"")
        .assert_unreadable("x-secret");
}

#[tokio::test]
async fn lent_or_given() {
    let mut app = app();
    let mut page = Browser::new().page(APP);
    let put = || Fetch::put("https://api.example.com/items").json("{}");
    page.fetch(app.clone(), put()).await.assert_preflighted().assert_readable().assert_body("{}");
    page.fetch(&mut app, put()).await.assert_not_preflighted().assert_readable();
    page.navigate("https://evil.example");
    page.fetch(&mut app, put()).await.assert_not_executed().assert_blocked();
    let old = page.fetch(&mut app, Fetch::get("https://api.example.com/old")).await;
    old.assert_blocked_at(Step::CorsCheck);
    page.navigate(APP);
    let old = page.fetch(&mut app, Fetch::get("https://api.example.com/old")).await;
    assert!(old.assert_readable().is_redirected());
    assert_eq!(old.exchanges().len(), 2);
}

#[tokio::test]
async fn the_future_can_be_sent_to_another_task() {
    let outcome = tokio::spawn(async {
        Browser::new().page(APP).fetch(app(), Fetch::get("https://api.example.com/items")).await
    });
    outcome.await.unwrap().assert_readable();
}

/// Says what it got.
async fn mirror(State(calls): State<Arc<AtomicUsize>>, request: Request) -> Response {
    calls.fetch_add(1, Ordering::Relaxed);
    let (parts, body) = request.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let text =
        format!("{} {} {:?} {} {:?}", parts.method, parts.uri, parts.version, parts.headers.contains_key("host"), body);
    ([("access-control-allow-origin", "*")], text).into_response()
}

#[tokio::test]
async fn requests_as_a_server_hands_them_on() {
    let calls = Arc::new(AtomicUsize::new(0));
    let mut app: Router = Router::new().fallback(any(mirror)).with_state(calls.clone());
    let url = "https://api.example.com:8443/a/b?c=%20d#e";
    let fetch = || Fetch::post(url).text("hello");
    Browser::new()
        .page(APP)
        .fetch(&mut app, fetch())
        .await
        .assert_readable()
        .assert_body("POST /a/b?c=%20d HTTP/1.1 true b\"hello\"");
    Browser::new()
        .http2()
        .page(APP)
        .fetch(&mut app, fetch())
        .await
        .assert_readable()
        .assert_body("POST https://api.example.com:8443/a/b?c=%20d HTTP/2.0 false b\"hello\"");
    assert_eq!(calls.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn websockets_come_over_http1_from_every_browser() {
    let app: Router = Router::new().fallback(any(mirror)).with_state(Arc::default());
    let body = async |browser: Browser| {
        let mut heads = Vec::new();
        let mut service = app.clone();
        let seen = service_fn(|request: http::Request<Full<Bytes>>| {
            heads.push((request.version(), request.uri().to_string(), request.headers().get("host").cloned()));
            service.call(request)
        });
        let _ = browser.page(APP).fetch(seen, WebSocket::new("wss://api.example.com:8443/chat")).await;
        heads
    };
    let expected = (http::Version::HTTP_11, "/chat".to_owned(), Some("api.example.com:8443".parse().unwrap()));
    for browser in [Browser::new(), Browser::new().http2()] {
        assert_eq!(body(browser).await.as_slice(), std::slice::from_ref(&expected));
    }
}

#[tokio::test]
async fn a_refused_request_has_been_executed_or_not() {
    let calls = Arc::new(AtomicUsize::new(0));
    let mut app: Router =
        Router::new().fallback(any(mirror)).with_state(calls.clone()).layer(CorsLayer::new().allow_origin(Any));
    let mut page = Browser::new().page("https://evil.example");
    page.fetch(&mut app, Fetch::delete("https://api.example.com/")).await.assert_not_executed().assert_blocked();
    assert_eq!(calls.load(Ordering::Relaxed), 0);
    page.fetch(&mut app, Fetch::post("https://api.example.com/").with_credentials()).await.assert_blocked();
    page.fetch(&mut app, Form::post("https://api.example.com/")).await.assert_not_preflighted();
    page.fetch(&mut app, Fetch::post("https://api.example.com/").no_cors()).await.assert_opaque();
    assert_eq!(calls.load(Ordering::Relaxed), 3);
}

#[tokio::test]
async fn cookies_come_back() {
    let login = post(|| async {
        [
            ("set-cookie", "sid=7; Secure; HttpOnly"),
            ("access-control-allow-origin", APP),
            ("access-control-allow-credentials", "true"),
        ]
    });
    let me = get(|headers: HeaderMap| async move {
        let cookie = headers.get("cookie").map(|value| value.to_str().unwrap().to_owned());
        ([("access-control-allow-origin", APP), ("access-control-allow-credentials", "true")], Json(cookie))
    });
    let mut app: Router = Router::new().route("/login", login).route("/me", me);
    let mut page = Browser::new().page(APP);
    let me = || Fetch::get("https://api.example.com/me").with_credentials();
    page.fetch(&mut app, me()).await.assert_readable().assert_body("null");
    let login = page.fetch(&mut app, Fetch::post("https://api.example.com/login").with_credentials()).await;
    login.assert_readable().assert_unreadable("set-cookie");
    page.fetch(&mut app, me()).await.assert_readable().assert_body("\"sid=7\"");
}

#[tokio::test]
async fn services_of_every_kind() {
    let fetch = || Fetch::get("/");
    let mut page = Browser::new().page(APP);
    // Any body.
    let plain = service_fn(|request: http::Request<Full<Bytes>>| async move {
        Ok::<_, Infallible>(http::Response::new(request.into_body()))
    });
    page.fetch(plain, fetch()).await.assert_readable().assert_body("");
    // Errors that are boxed, bodies that are strings, layers around.
    let layered = ServiceBuilder::new()
        .timeout(std::time::Duration::from_secs(9))
        .layer(CorsLayer::permissive())
        .service(service_fn(|_: http::Request<Full<Bytes>>| async {
            Ok::<_, Infallible>(http::Response::new("text".to_owned()))
        }));
    page.fetch(layered, fetch()).await.assert_readable().assert_body("text");
    // A service that is not cloned, only lent, and is not Send.
    let count = std::rc::Rc::new(std::cell::Cell::new(0));
    let mut counting = service_fn(|_: http::Request<Full<Bytes>>| {
        count.set(count.get() + 1);
        async { Ok::<_, String>(http::Response::new(String::new())) }
    });
    page.fetch(&mut counting, fetch()).await.assert_readable();
    assert_eq!(count.get(), 1);
    // A service that takes only its own kind of body.
    let mut own = service_fn(|request: http::Request<Body>| async {
        Ok::<_, Infallible>(http::Response::new(request.into_body()))
    });
    let mut page = page.with_body::<Body>();
    page.fetch(&mut own, Fetch::post("/").text("x")).await.assert_readable().assert_body("x");
    let boxed = ServiceExt::<http::Request<Body>>::boxed_clone(own);
    page.fetch(boxed, Fetch::post("/").text("y")).await.assert_readable().assert_body("y");
}

#[tokio::test]
async fn failures_are_no_cors_matter() {
    let failing = || {
        service_fn(|_: http::Request<Full<Bytes>>| async {
            Err::<http::Response<String>, _>("disk\x1b full".to_owned())
        })
    };
    for fetch in [Fetch::get("https://api.example.com/"), Fetch::put("https://api.example.com/")] {
        let outcome = Browser::new().page(APP).fetch(failing(), fetch).await;
        let blocked = outcome.assert_blocked_at(Step::NoResponse);
        assert!(!blocked.is_cors());
        assert!(blocked.sentence().contains("disk\\x1b full") && blocked.sentence().contains("no CORS matter"));
        assert_eq!(outcome.exchanges().len(), 1);
        assert!(outcome.exchanges()[0].response().is_none());
    }
}

#[tokio::test]
async fn bodies_are_bounded() {
    let allow = [("access-control-allow-origin", "*")];
    let mut app: Router = Router::new()
        .route("/exact", get(move || async move { (allow, vec![b'x'; 1000]) }))
        .route("/more", get(move || async move { (allow, vec![b'x'; 1001]) }))
        .route(
            "/endless",
            get(move || async move { (allow, Body::new(Frames(std::iter::repeat_with(|| Ok("chunk"))))) }),
        )
        .route(
            "/broken",
            get(move || async move {
                (allow, Body::new(Frames([Ok("x"), Err(std::io::Error::other("gone"))].into_iter())))
            }),
        );
    let mut page = Browser::new().body_limit(1000).page(APP);
    let url = |path: &str| format!("https://api.example.com/{path}");
    assert_eq!(page.fetch(&mut app, Fetch::get(url("exact"))).await.assert_readable().body().unwrap().len(), 1000);
    for path in ["more", "endless", "broken"] {
        let outcome = page.fetch(&mut app, Fetch::get(url(path))).await;
        assert!(!outcome.assert_blocked_at(Step::Body).is_cors());
        // What cannot be read is not.
        page.fetch(&mut app, Fetch::get(url(path)).no_cors()).await.assert_opaque();
        assert_eq!(page.fetch(&mut app, Fetch::head(url(path))).await.assert_readable().body(), None);
    }
    assert!(Browser::new().page(APP).fetch(&mut app, Fetch::get(url("endless"))).await.blocked().is_some());
}

/// Frames one after the other, for ever if that is what the iterator has.
struct Frames<I>(I);

impl<I> http_body::Body for Frames<I>
where
    I: Iterator<Item = Result<&'static str, std::io::Error>> + Unpin,
{
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, std::io::Error>>> {
        let data = self.0.next();
        Poll::Ready(data.map(|data| data.map(|data| http_body::Frame::data(Bytes::from_static(data.as_bytes())))))
    }
}

#[tokio::test]
async fn webkit_waits_for_the_end_of_a_preflights_body() {
    for engine in crate::ENGINES {
        let mut app = service_fn(|request: http::Request<Full<Bytes>>| async move {
            let mut response = http::Response::new(Frames(std::iter::repeat_with(|| Ok("x"))));
            if request.method() == Method::OPTIONS {
                response.headers_mut().insert("access-control-allow-methods", "PUT".parse().unwrap());
            } else {
                *response.status_mut() = StatusCode::NO_CONTENT;
            }
            response.headers_mut().insert("access-control-allow-origin", "*".parse().unwrap());
            Ok::<_, Infallible>(response)
        });
        let mut page = Browser::new().engine(engine).page(APP);
        let outcome = page.fetch(&mut app, Fetch::put("https://api.example.com/")).await;
        if engine == Engine::WebKit {
            outcome.assert_blocked_at(Step::NoResponse);
        } else {
            outcome.assert_readable();
        }
    }
}

#[tokio::test]
async fn a_websocket_handler_sees_the_handshake() {
    // Outside a server nothing can be upgraded, so axum refuses; a guard that refuses first would answer 403.
    let mut app: Router = Router::new()
        .route("/chat", any(|upgrade: axum::extract::ws::WebSocketUpgrade| async { upgrade.on_upgrade(|_| async {}) }));
    let outcome =
        Browser::new().page("https://evil.example").fetch(&mut app, WebSocket::new("wss://api.example.com/chat")).await;
    assert!(!outcome.assert_blocked_at(Step::Handshake).is_cors());
    assert_eq!(outcome.exchanges()[0].response().unwrap().status(), 426);
}

#[test]
fn assertions_tell_the_whole_story() {
    let page = Browser::new().page(APP);
    let outcome = page.judge(Fetch::get("https://api.example.com/"), None, &StatusCode::OK.into());
    let panic = std::panic::catch_unwind(|| {
        outcome.assert_readable();
    })
    .unwrap_err();
    let text = panic.downcast_ref::<String>().unwrap();
    for part in
        ["has no `Access-Control-Allow-Origin`", "> GET https://api.example.com/", "< 200", "#concept-cors-check"]
    {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    let fails = |check: &dyn Fn()| std::panic::catch_unwind(std::panic::AssertUnwindSafe(check)).is_err();
    assert!(!fails(&|| {
        outcome.assert_blocked();
    }));
    assert!(!fails(&|| {
        outcome.assert_not_preflighted();
    }));
    assert!(fails(&|| {
        outcome.assert_preflighted();
    }));
    assert!(fails(&|| {
        outcome.assert_not_executed();
    }));
    assert!(fails(&|| {
        outcome.assert_opaque();
    }));
    assert!(fails(&|| {
        outcome.assert_blocked_at(Step::Body);
    }));
    let refused =
        page.judge(Fetch::put("https://api.example.com/"), Some(&StatusCode::OK.into()), &StatusCode::OK.into());
    assert!(!fails(&|| {
        refused.assert_not_executed().assert_preflighted();
    }));
    assert!(fails(&|| {
        refused.assert_not_preflighted();
    }));
    let own = page.judge(
        Fetch::get("/"),
        None,
        &tower_cors::browser::ResponseHead::new(200).header("x-a", "1").header("set-cookie", "a=b"),
    );
    assert!(fails(&|| {
        own.assert_blocked();
    }));
    let allowed = own.assert_readable();
    assert!(!fails(&|| {
        allowed.assert_status(200).assert_body("").assert_header("x-a", "1").assert_unreadable("set-cookie");
    }));
    assert!(fails(&|| {
        allowed.assert_status(201);
    }));
    assert!(fails(&|| {
        allowed.assert_body("x");
    }));
    assert!(fails(&|| {
        allowed.assert_header("x-a", "2");
    }));
    assert!(fails(&|| {
        allowed.assert_header("set-cookie", "a=b");
    }));
    assert!(fails(&|| {
        allowed.assert_unreadable("x-a");
    }));
    // What is not CORS is no success for a test that expects CORS to block.
    let throws = page.judge(Fetch::get("https://"), None, &StatusCode::OK.into());
    assert!(fails(&|| {
        throws.assert_blocked();
    }));
}
