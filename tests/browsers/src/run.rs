//! One run: an engine, the servers, every case, and what differs from what the model expects.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::extract::{Path, State};
use axum::response::Html;
use axum::routing::{get, post};
use axum::{Json, Router};
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use serde_json::json;

use crate::application::{Count, Log, application, local};
use crate::case::{ByHand, Case, Origins, Step, Via};
use crate::cases::cases;
use crate::checked::{Checked, SERIES};
use crate::engine::Engine;
use crate::expected::expected;
use crate::faults::Fault;
use crate::greeter::DESCRIPTORS;
use crate::ruling::ruling;
use crate::seen::Seen;
use crate::select::Selection;
use crate::server::{Listener, Tls};

/// Longer than this no result may be missing: a machine may be busy, a browser that hangs does not come back.
const PATIENCE: Duration = Duration::from_secs(120);
const STARTS: usize = 3;

/// Results by case, and whether the page has ended.
#[derive(Clone, Default)]
struct Results(Arc<Mutex<Told>>);

#[derive(Default)]
struct Told {
    cases: HashMap<String, Vec<Seen>>,
    done: bool,
}

/// Runs the selected cases in an engine; calls only where there are clients for them. `fault`: what is wrong with the layer,
/// in a counter-test.
///
/// # Errors
/// If no case is selected, the engine cannot be started, or gives no answer.
pub async fn run(
    engine: Engine,
    clients: Option<&Bytes>,
    selection: &Selection,
    fault: Option<&Fault>,
) -> Result<Vec<Checked>, Box<dyn std::error::Error>> {
    let (page, neighbor) = (Listener::bind().await?, Listener::bind().await?);
    let (clear, tls) = (Listener::bind().await?, Listener::bind().await?);
    let origins = Origins {
        page: format!("http://localhost:{}", page.port),
        neighbor: format!("http://localhost:{}", neighbor.port),
        same_site: format!("http://localhost:{}", clear.port),
        cross_site: format!("http://127.0.0.1:{}", clear.port),
        tls: format!("https://localhost:{}", tls.port),
    };
    let mut cases = cases(engine, &origins, clients.is_some());
    cases.retain(|case| selection.has(case));
    if cases.is_empty() {
        return Err("no case has such a group or title".into());
    }
    let (log, results, certificates) = (Log::default(), Results::default(), Tls::new()?);
    let under_test = application(&origins.page, &log, fault);
    clear.serve(under_test.clone());
    tls.serve_tls(under_test, certificates.acceptor.clone());
    let pages = pages(engine, &origins, &cases, clients, &results, &log);
    neighbor.serve(pages.clone());
    page.serve(pages);

    let url = format!("{}/", origins.page);
    let mut running = engine.open(&url, certificates.authority.path())?;
    let mut starts = 1;
    let (mut received, mut since) = (0, Instant::now());
    loop {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let (now, done) = {
            let results = results.0.lock().unwrap();
            (results.cases.len(), results.done)
        };
        if done {
            break;
        }
        if now > received {
            (received, since) = (now, Instant::now());
        }
        if since.elapsed() > PATIENCE || running.has_ended() {
            if received == 0 && starts < STARTS {
                starts += 1;
                running = engine.open(&url, certificates.authority.path())?;
                since = Instant::now();
                continue;
            }
            let next = cases.get(received).map(|case| format!("{case:?}"));
            return Err(format!("{} stopped after {received} cases, before {next:?}", engine.name()).into());
        }
    }
    drop(running);

    // The model asks an application of its own, so that what it sends is not in the browser's log.
    let model_log = Log::default();
    let model = application(&origins.page, &model_log, fault);
    let mut checked = Vec::new();
    for case in cases {
        let seen = results.0.lock().unwrap().cases.get(&case.id).cloned().unwrap_or_default();
        let count = log.count(&case.id);
        let (expected, expected_count) = if let Some(ByHand { seen, preflights, executed }) = case.by_hand.clone() {
            (seen, Count { arrived: preflights + executed, preflights, executed, ..Count::default() })
        } else {
            let expected = expected(engine.model(), &origins.page, &model, &case).await;
            (expected, model_log.count(&case.id))
        };
        checked.push(Checked {
            engine,
            ruling: ruling(engine, &origins.page, &case),
            case,
            expected,
            seen,
            expected_count,
            count,
        });
    }
    Ok(checked)
}

/// The page, its cases, and where its results go.
fn pages(
    engine: Engine,
    origins: &Origins,
    cases: &[Case],
    clients: Option<&Bytes>,
    results: &Results,
    log: &Log,
) -> Router {
    let cases = json!({ "warming": warming(engine, origins), "cases": cases });
    let clients = clients.cloned().unwrap_or_default();
    let (log, local) = (log.clone(), local(log));
    let arrived = move |Path(case): Path<String>| async move { log.count(&case).arrived.to_string() };
    Router::new()
        .route("/", get(|| async { Html(include_str!("page.html")) }))
        .route("/frame", get(|| async { Html(include_str!("frame.html")) }))
        .route("/runner.js", get(|| async { ([(CONTENT_TYPE, "text/javascript")], include_str!("runner.js")) }))
        .route("/clients.js", get(move || async move { ([(CONTENT_TYPE, "text/javascript")], clients) }))
        .route("/greeter.binpb", get(|| async { DESCRIPTORS }))
        .route("/cases", get(move || async move { Json(cases) }))
        .route("/arrived/{case}", get(arrived))
        .route("/result/{case}", post(keep))
        .route("/done", post(done))
        .with_state(results.clone())
        .merge(local)
}

/// Firefox repeats the first preflights to a server: one after a pause would tell nothing of what it has kept.
fn warming(engine: Engine, origins: &Origins) -> Vec<Step> {
    let step = Step::new(Via::Fetch, "PUT", format!("{}/list/echo/warming", origins.cross_site));
    if engine == Engine::Firefox { vec![step; SERIES] } else { Vec::new() }
}

async fn keep(State(results): State<Results>, Path(case): Path<String>, body: String) {
    if let Ok(seen) = serde_json::from_str(&body) {
        results.0.lock().unwrap().cases.insert(case, seen);
    }
}

async fn done(State(results): State<Results>) {
    results.0.lock().unwrap().done = true;
}
