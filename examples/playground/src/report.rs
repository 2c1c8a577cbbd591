//! What the page is told of a try.

use axum::http::HeaderMap;
use axum::http::header::COOKIE;
use serde_json::{Value, json};
use tower_cors::browser::{HeaderList, Outcome};

use crate::change;
use crate::judge;
use crate::places::Places;
use crate::runs::{Exchange, Run};
use crate::service::COOKIE_NAME;

/// A longer text of a request or an answer is cut.
const SHOWN: usize = 1000;

/// What the model says.
pub fn of_model(outcome: &Outcome) -> Value {
    json!({
        "readable": outcome.is_readable(),
        "sent": !outcome.exchanges().is_empty(),
        "status": outcome.allowed().map(tower_cors::browser::Allowed::status),
        "cors": outcome.blocked().map(tower_cors::browser::Blocked::is_cors),
        "rule": outcome.blocked().map(tower_cors::browser::Blocked::rule),
        "sentence": outcome.blocked().map(tower_cors::browser::Blocked::sentence),
        "preflight_reasons": outcome
            .preflights()
            .next()
            .map(|exchange| exchange.request().preflight_reasons().iter().map(ToString::to_string).collect::<Vec<_>>()),
        "notes": outcome.notes().iter().map(ToString::to_string).collect::<Vec<_>>(),
        "readable_headers": outcome.allowed().map(|allowed| names(allowed.headers())),
        "hidden_headers": outcome.allowed().map(|allowed| names(allowed.hidden_headers())),
    })
}

fn names(headers: &HeaderList) -> Vec<&str> {
    headers.iter().map(|(name, _)| name).collect()
}

/// What the server received and sent, why, and what to change.
pub async fn of_run(places: Places, run: &Run) -> Value {
    let exchanges = run.exchanges();
    let explanation = judge::explain(places, run, &exchanges).map(|explanation| {
        json!({
            "allowed": judge::allows(explanation.cause()),
            "code": explanation.code(),
            "text": explanation.to_string(),
            "near_miss": explanation.near_miss(),
        })
    });
    json!({
        "exchanges": exchanges.iter().map(exchange).collect::<Vec<_>>(),
        "explanation": explanation,
        "change": change::of(places, run).await,
    })
}

fn exchange(exchange: &Exchange) -> Value {
    let Exchange { request, request_body, response, response_body, by_policy } = exchange;
    json!({
        "preflight": judge::is_preflight(request),
        "by_policy": by_policy,
        "request": {
            "method": cut(request.method.as_str().as_bytes()),
            "path": cut(request.uri.path().as_bytes()),
            "headers": headers(&request.headers),
            "body": cut(request_body),
        },
        "response": {
            "status": response.status.as_u16(),
            "reason": response.status.canonical_reason(),
            "headers": headers(&response.headers),
            "body": cut(response_body),
        },
    })
}

fn headers(headers: &HeaderMap) -> Vec<(String, String)> {
    headers
        .iter()
        .map(|(name, value)| {
            let value = if name == COOKIE { own_cookies(value.as_bytes()) } else { cut(value.as_bytes()) };
            (cut(name.as_str().as_bytes()), value)
        })
        .collect()
}

/// Other servers of this machine have their cookies at the same host: they are not shown.
fn own_cookies(line: &[u8]) -> String {
    let line = String::from_utf8_lossy(line);
    let (own, others): (Vec<_>, Vec<_>) =
        line.split(';').map(str::trim).partition(|pair| pair.starts_with(&format!("{COOKIE_NAME}=")));
    let mut shown: Vec<String> = own.into_iter().map(|pair| cut(pair.as_bytes())).collect();
    if !others.is_empty() {
        shown.push(format!("({} of other servers at localhost, not shown)", others.len()));
    }
    shown.join("; ")
}

fn cut(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes.get(..4 * SHOWN).unwrap_or(bytes));
    let mut shown: String = text.chars().take(SHOWN).collect();
    if shown.len() < bytes.len() && text.chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    shown
}
