//! How long preflights are good for, for whom, and how much they may ask.

use std::collections::BTreeMap;

use crate::application::ANSWER;
use crate::case::{ByHand, SANDBOX, Step, Table, Via};
use crate::engine::Engine;
use crate::seen::Seen;

pub fn add(table: &mut Table) {
    preflight_cache(table);
    many_headers(table);
}

/// How many of a series are preflighted, and whether one after a pause is: only its `Access-Control-Max-Age` spares it that,
/// for without one a preflight is good for five seconds.
fn preflight_cache(table: &mut Table) {
    table.group = "preflight cache";
    let step = |table: &Table, policy: &str| {
        Step::new(Via::Fetch, "PUT", table.url(&table.origins.cross_site, &format!("{policy}/echo"))).header("X-A", "1")
    };
    for policy in ["list", "uncached", "any", "denied"] {
        table.push(false, vec![step(table, policy); 6]);
    }
    for policy in ["list", "unset"] {
        let mut steps = vec![step(table, policy); 4];
        steps[1].pause = 6000;
        table.push(false, steps);
    }
    // A `*` that was kept does not cover `authorization`: only WebKit takes it so.
    let url = table.url(&table.origins.cross_site, "any-but-authorization/echo");
    let steps = ["X-A", "Authorization"].map(|name| Step::new(Via::Fetch, "GET", url.clone()).header(name, "1")).into();
    let preflights = if table.engine == Engine::WebKit { 1 } else { 2 };
    table.push_by_hand(steps, ByHand { seen: vec![echo_of_any("GET "); 2], preflights, executed: 2 });
    // What was granted to `null` is not to the page, nor the other way round.
    for sandboxed in [0, 1] {
        let mut steps = vec![step(table, "any"); 2];
        steps[sandboxed].frame = Some(SANDBOX.to_owned());
        let seen = vec![echo_of_any("PUT "); 2];
        table.push_by_hand(steps, ByHand { seen, preflights: 2, executed: 2 });
    }
}

/// What a layer has to answer for more names than anybody needs: where they are echoed, 128 are the most.
fn many_headers(table: &mut Table) {
    table.group = "many request headers";
    for (policy, count) in [("any-with-credentials", 128), ("any-with-credentials", 129), ("any", 300), ("list", 128)] {
        table.fetch("GET", &format!("{policy}/echo"), |step| {
            (0..count).fold(step, |step, number| step.header(&format!("X-{number:03}"), "1"))
        });
    }
}

/// An answer of the service that anybody may read, all of it.
pub(crate) fn echo_of_any(text: &str) -> Seen {
    let length = text.len().to_string();
    let more =
        [("access-control-allow-origin", "*"), ("access-control-expose-headers", "*"), ("content-length", &length)];
    let headers: BTreeMap<_, _> = ANSWER.into_iter().chain(more).collect();
    let headers = headers.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    Seen { status: 200, headers, body: Some(text.to_owned()), ..Seen::happened("cors") }
}
