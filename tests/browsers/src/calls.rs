//! Calls with gRPC-Web clients from npm. The model knows nothing of what a client makes of an answer: every expectation is
//! written by hand, after the service and the clients.

use crate::case::{ByHand, Step, Table, Via};
use crate::engine::Engine;
use crate::seen::Seen;

const GREET: &str = "greeter.Greeter/Greet";
const COUNT: &str = "greeter.Counter/Count";

pub fn add(table: &mut Table) {
    table.group = "gRPC-Web";
    let greeting = r#"[{"greeting":"Good day, Ada."}]"#;
    let numbers = r#"[{"number":1},{"number":2},{"number":3}]"#;
    for client in [Via::Connect, Via::GrpcWeb] {
        for policy in ["grpc-web", "grpc-web-unexposed"] {
            call(table, client, policy, GREET, r#"{"name":"Ada"}"#, told("answered", 0, greeting));
            call(table, client, policy, COUNT, r#"{"to":3}"#, told("answered", 0, numbers));
        }
        call(table, client, "grpc-web", GREET, "{}", told("error", 3, "a name is needed"));
        call(table, client, "grpc-web", COUNT, r#"{"to":101}"#, told("error", 11, "counts to 100 at most"));
        // A client that may not read the status of an error is left with what is missing.
        let (unary, streaming) = match client {
            Via::Connect => (told("error", 2, "missing trailer"), told("error", 2, "missing trailer")),
            // This one takes the stream for one that has ended well.
            _ => (told("error", 2, "Incomplete response"), told("answered", 0, "[]")),
        };
        call(table, client, "grpc-web-unexposed", GREET, "{}", unary);
        call(table, client, "grpc-web-unexposed", COUNT, r#"{"to":101}"#, streaming);
    }
    let blocked = match table.engine {
        Engine::Chromium => "Failed to fetch",
        Engine::Firefox => "NetworkError when attempting to fetch resource.",
        Engine::WebKit => "Load failed",
    };
    for policy in ["grpc-web-denied", "bare"] {
        push(table, Via::Connect, policy, GREET, r#"{"name":"Ada"}"#, told("error", 2, blocked), 0);
    }
}

fn call(table: &mut Table, client: Via, policy: &str, method: &str, message: &str, seen: Seen) {
    push(table, client, policy, method, message, seen, 1);
}

fn push(table: &mut Table, client: Via, policy: &str, method: &str, message: &str, seen: Seen, executed: usize) {
    let url = table.url(&table.origins.cross_site, &format!("{policy}/calls"));
    let step = Step::new(client, method, url).body(message);
    table.push_by_hand(vec![step], ByHand { seen: vec![seen], preflights: 1, executed });
}

/// What a client tells: its answers, or the status and the message of an error.
fn told(kind: &str, status: u16, body: &str) -> Seen {
    Seen { status, body: Some(body.to_owned()), ..Seen::happened(kind) }
}
