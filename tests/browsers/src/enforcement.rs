//! What reaches a service that rejects disallowed origins, and one that does not, without CORS and from its own origin.

use crate::case::{ByHand, SANDBOX, Step, Table, Via};
use crate::seen::Seen;

pub fn add(table: &mut Table) {
    without_cors(table);
    of_the_own_origin(table);
}

fn without_cors(table: &mut Table) {
    table.group = "without CORS, and enforcement";
    for policy in ["list", "denied", "enforced", "enforced-denied"] {
        table.fetch("GET", &format!("{policy}/echo"), Step::no_cors);
        table.fetch("POST", &format!("{policy}/echo"), |step| step.no_cors().body("x"));
        for referrer_policy in ["", "no-referrer"] {
            let mut step =
                Step::new(Via::Form, "POST", table.url(&table.origins.cross_site, &format!("{policy}/echo")));
            step.referrer_policy = referrer_policy;
            table.push(false, vec![step]);
        }
        let step =
            Step::new(Via::Beacon, "POST", table.url(&table.origins.cross_site, &format!("{policy}/echo"))).body("x");
        table.push(false, vec![step]);
    }
    for policy in ["enforced", "enforced-denied"] {
        for method in ["GET", "POST", "PUT"] {
            table.fetch(method, &format!("{policy}/echo"), |step| step);
            // Another origin is not the own one because its site is.
            let url = table.url(&table.origins.same_site, &format!("{policy}/echo"));
            table.push(false, vec![Step::new(Via::Fetch, method, url)]);
        }
    }
}

/// Under a policy that is for others alone.
fn of_the_own_origin(table: &mut Table) {
    table.group = "enforcement at the own origin";
    let step = |table: &Table, via, method: &str, service: &str| {
        Step::new(via, method, table.url(&table.origins.page, &format!("home/{service}")))
    };
    for (via, methods) in [
        (Via::Fetch, ["GET", "POST", "PUT"].as_slice()),
        (Via::Xhr, &["GET", "POST", "PUT"]),
        (Via::XhrUpload, &["POST", "PUT"]),
    ] {
        for method in methods {
            let one = step(table, via, method, "echo");
            table.push(false, vec![if *method == "GET" { one } else { one.header("X-A", "1").body("x") }]);
        }
    }
    for (via, method, service) in [
        (Via::Fetch, "OPTIONS", "options"),
        (Via::EventSource, "GET", "events"),
        (Via::Font, "GET", "font"),
        (Via::Script, "GET", "script"),
        (Via::ModuleScript, "GET", "script"),
        (Via::WebSocket, "GET", "socket"),
    ] {
        let mut one = step(table, via, method, service);
        if via == Via::WebSocket {
            one.url = one.url.replacen("http", "ws", 1);
        }
        table.push(false, vec![one]);
    }
    for one in [Step::include, Step::no_cors] {
        let one = one(step(table, Via::Fetch, "POST", "echo")).body("x");
        table.push(false, vec![one]);
    }
    let one = step(table, Via::Beacon, "POST", "echo").body("x");
    table.push(false, vec![one]);
    // A form of the own page may have the origin `null`.
    for referrer_policy in ["", "no-referrer"] {
        let mut one = step(table, Via::Form, "POST", "echo");
        one.referrer_policy = referrer_policy;
        table.push(false, vec![one]);
    }
    // A sandboxed frame of the page is another origin, and so is a neighbor, whatever they ask.
    for method in ["GET", "POST", "PUT"] {
        let one = step(table, Via::Fetch, method, "echo");
        table.push(true, vec![if method == "GET" { one } else { one.body("x") }]);
    }
    let one = step(table, Via::Fetch, "POST", "echo").no_cors().body("x");
    table.push(true, vec![one]);
    for frame in [format!("{}/frame", table.origins.neighbor), SANDBOX.to_owned()] {
        let mut one = step(table, Via::Fetch, "POST", "echo").include().body("x");
        one.frame = Some(frame);
        let seen = vec![Seen::happened("blocked")];
        table.push_by_hand(vec![one], ByHand { seen, preflights: 0, executed: 0 });
    }
}
