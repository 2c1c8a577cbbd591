//! Others try what is theirs not to do.

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::response::Html;
use axum::routing::get;
use playground::places::Sender;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::devtools::Tab;
use crate::stage::stage;

/// The port of another server of this machine, with blank pages where it has nothing else.
async fn elsewhere(routes: Router) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let routes = routes.fallback(async || Html("<!doctype html><title>elsewhere</title>"));
    tokio::spawn(async { axum::serve(listener, routes).await });
    port
}

/// A policy and a request, as the page sends them, from wherever the tab is; the status that came back, if it could be read.
async fn attempt(tab: &mut Tab, url: &str, init: &str) -> Value {
    let body = json!({
        "policy": { "format": "json", "text": "{\"origins\":[\"*\"]}" },
        "ask": { "sender": "page", "engine": "chromium", "method": "GET", "path": "items", "headers": [],
                 "credentials": "omit", "body": "" },
    });
    let body = json!(body.to_string());
    tab.take_events("Network.responseReceived");
    tab.run(&format!(
        "fetch('{url}', {{ method: 'POST', body: {body}, {init} }}).then((r) => r.type === 'opaque' ? 'opaque' : r.status, (e) => e.name)"
    ))
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_has_a_say() {
    let Some(mut stage) = stage().await else { return };
    let other = format!("http://localhost:{}/", elsewhere(Router::new()).await);
    let run = format!("{}/api/run", stage.places.page_origin());
    let json_type = "headers: { 'content-type': 'application/json' }";

    // The same request passes from the page itself: what follows fails for no other reason.
    stage.open().await;
    assert_eq!(attempt(&mut stage.tab, &run, json_type).await, 200);
    assert_eq!(stage.runs.len(), 1);

    // From a second origin, asked and unasked.
    stage.tab.go(&other).await;
    assert_eq!(attempt(&mut stage.tab, &run, json_type).await, "TypeError");
    for unasked in ["mode: 'no-cors'", "mode: 'no-cors', headers: { 'content-type': 'application/json' }"] {
        assert_eq!(attempt(&mut stage.tab, &run, unasked).await, "opaque");
        assert_eq!(stage.tab.status_of(&run).await, 403);
    }
    assert_eq!(stage.runs.len(), 1);

    // Under another name that leads to this machine: to the browser it is one origin, to the server it is not.
    let rebound = format!("http://evil.test:{}/", stage.places.page);
    stage.tab.go(&rebound).await;
    assert_eq!(attempt(&mut stage.tab, "/api/run", json_type).await, 403);
    assert_eq!(stage.tab.run("fetch('/presets.json').then((r) => r.status, (e) => e.name)").await, 403);
    stage.tab.go(&format!("http://evil.test:{}/run/0/items", stage.places.api)).await;
    assert_eq!(attempt(&mut stage.tab, &run, json_type).await, "TypeError");
    assert_eq!(stage.runs.len(), 1);
}

/// Asks the document at this URL to send a request, in a frame or in a window of its own: `obeyed` or `silent`.
async fn order(tab: &mut Tab, url: &str, open: &str) -> Value {
    let script = format!(
        "new Promise((resolve) => {{
            const url = '{url}';
            const target = {open};
            const channels = [];
            // Nobody tells when a window of another origin has loaded: the order is repeated.
            const repeat = setInterval(() => {{
                const channel = new MessageChannel();
                channels.push(channel);
                channel.port1.onmessage = () => end('obeyed');
                target().postMessage({{ url, ask: {{ headers: [], method: 'GET', body: '' }} }}, '*', [channel.port2]);
            }}, 100);
            const end = (result) => {{
                clearInterval(repeat);
                if (target() !== window) target().close();
                resolve(result);
            }};
            setTimeout(() => end('silent'), 1500);
        }})"
    );
    tab.run(&script).await
}

const IN_FRAME: &str = "(() => {
    const frame = document.createElement('iframe');
    frame.src = url;
    document.body.append(frame);
    return () => frame.contentWindow;
})()";

const IN_WINDOW: &str = "(() => {
    const opened = open(url);
    return () => opened;
})()";

/// The frame that sends in the page's stead takes orders from the page alone.
#[tokio::test(flavor = "multi_thread")]
async fn the_frame_obeys_nobody_else() {
    let Some(mut stage) = stage().await else { return };
    let frame = format!("{}/frame", stage.places.origin_of(Sender::Loopback));
    stage.open().await;
    assert_eq!(order(&mut stage.tab, &frame, IN_FRAME).await, "obeyed");

    // Its headers keep others from framing it; in a window they can have it.
    let port = elsewhere(Router::new()).await;
    stage.tab.go(&format!("http://localhost:{port}/")).await;
    assert_eq!(order(&mut stage.tab, &frame, IN_FRAME).await, "silent");
    assert_eq!(order(&mut stage.tab, &frame, IN_WINDOW).await, "silent");

    // The same document without those headers: it looks at who speaks.
    let script = |text: &'static str| get(move || async move { ([(CONTENT_TYPE, "text/javascript")], text) });
    let port = elsewhere(
        Router::new()
            .route("/frame", get(|| async { Html(include_str!("../../src/web/frame.html")) }))
            .route("/frame.js", script(include_str!("../../src/web/frame.js")))
            .route("/send.js", script(include_str!("../../src/web/send.js"))),
    )
    .await;
    let bare = format!("http://127.0.0.1:{port}/frame");
    for (host, answer) in [("localhost", "obeyed"), ("evil.test", "silent")] {
        stage.tab.go(&format!("http://{host}:{port}/")).await;
        assert_eq!(order(&mut stage.tab, &bare, IN_FRAME).await, answer, "{host}");
    }
    // Nor does it do so in a window, whoever has opened it.
    stage.tab.go(&format!("http://localhost:{port}/")).await;
    assert_eq!(order(&mut stage.tab, &bare, IN_WINDOW).await, "silent");
    assert_eq!(stage.runs.len(), 0);
}
