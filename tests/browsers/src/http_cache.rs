//! What the HTTP cache makes of a layer without `Vary`, and of this one. The model has no HTTP cache: every expectation is
//! written by hand, after RFC 9111, section 4.1.

use std::collections::BTreeMap;

use crate::application::IMAGE;
use crate::case::{ByHand, Step, Table, Via};
use crate::engine::Engine;
use crate::seen::Seen;

/// Long enough for a browser to store an answer.
const STORING: u64 = 500;

pub fn add(table: &mut Table) {
    table.group = "HTTP cache";
    first_without_cors(table);
    two_origins(table);
    revalidated(table);
}

/// A load in mode `no-cors`, then one in mode `cors`: the first answer is stored, and it lets nobody read.
fn first_without_cors(table: &mut Table) {
    // Firefox keeps answers to requests with credentials, as an image's is, apart from those without.
    let apart = table.engine == Engine::Firefox;
    for (policy, reusable, readable) in [
        ("by-hand", true, false),
        ("list", false, true),
        // An answer that is the same for everybody serves both.
        ("any", true, true),
    ] {
        let origin = (policy == "any").then_some("*");
        let url = |table: &Table, service: &str| table.url(&table.origins.cross_site, &format!("{policy}/{service}"));

        let url_of_text = url(table, "stored");
        let first = Step::new(Via::Fetch, "GET", url_of_text.clone()).no_cors().pause(STORING);
        let second = if readable { stored(origin) } else { Seen::happened("blocked") };
        let seen = vec![Seen::happened("opaque"), second];
        let executed = if reusable { 1 } else { 2 };
        table.push_by_hand(
            vec![first, Step::new(Via::Fetch, "GET", url_of_text)],
            ByHand { seen, preflights: 0, executed },
        );

        let readable = readable || apart;
        let executed = if reusable && !apart { 1 } else { 2 };
        for via in [Via::Fetch, Via::Image] {
            let url_of_image = url(table, "stored-image");
            let first = Step::new(Via::Image, "GET", url_of_image.clone()).pause(STORING);
            let mut second = Step::new(via, "GET", url_of_image);
            // As a canvas needs it; a fetch has no such attribute.
            second.crossorigin = (via == Via::Image).then_some("anonymous");
            let seen_second = match via {
                _ if !readable => Seen::happened("blocked"),
                Via::Image => Seen::happened("loaded"),
                _ => stored_image(origin),
            };
            let seen = vec![Seen::happened("loaded"), seen_second];
            table.push_by_hand(vec![first, second], ByHand { seen, preflights: 0, executed });
        }
    }
}

/// Two origins of one site, the page's last.
fn two_origins(table: &mut Table) {
    let readable = || stored(None);
    let blocked = || Seen::happened("blocked");
    for (policy, seen, executed) in [
        // The second origin gets what names the first.
        ("by-hand", [readable(), blocked()], 1),
        ("pattern", [readable(), readable()], 2),
        // What the refused origin got is stored as well.
        ("list", [blocked(), readable()], 2),
        ("any", [stored(Some("*")), stored(Some("*"))], 1),
    ] {
        let url = table.url(&table.origins.cross_site, &format!("{policy}/stored"));
        let mut of_neighbor = Step::new(Via::Fetch, "GET", url.clone()).pause(STORING);
        of_neighbor.frame = Some(format!("{}/frame", table.origins.neighbor));
        let steps = vec![of_neighbor, Step::new(Via::Fetch, "GET", url)];
        table.push_by_hand(steps, ByHand { seen: seen.into(), preflights: 0, executed });
    }
}

/// A stored answer that the service is asked about again: its 304 changes what is stored, a header of it here, and who may
/// read what stays as it was.
fn revalidated(table: &mut Table) {
    let any = ["access-control-allow-origin", "access-control-expose-headers"].map(|name| (name, "*"));
    let exposed = |x_a| [("etag", "\"e\""), ("x-a", x_a)];
    for (policy, exposed) in [
        ("list", [exposed("1").to_vec(), exposed("2").to_vec()]),
        ("bare", [Vec::new(), Vec::new()]),
        ("any", ["1", "2"].map(|x_a| [any, exposed(x_a)].concat())),
        // All names, as the stored answer has them.
        ("any-with-credentials", ["1", "2"].map(|x_a| [&[("vary", "origin")], exposed(x_a).as_slice()].concat())),
    ] {
        let seen = exposed.map(|exposed| {
            let always =
                [("cache-control", "no-cache"), ("content-length", "5"), ("content-type", "text/plain; charset=utf-8")];
            let headers: BTreeMap<_, _> = exposed.into_iter().chain(always).collect();
            let headers = headers.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
            Seen { status: 200, headers, body: Some("whole".to_owned()), ..Seen::happened("cors") }
        });
        let url = table.url(&table.origins.cross_site, &format!("{policy}/conditional"));
        let step = Step::new(Via::Fetch, "GET", url);
        let steps = vec![step.clone().pause(STORING), step];
        table.push_by_hand(steps, ByHand { seen: seen.into(), preflights: 0, executed: 2 });
    }
    let url = table.url(&table.origins.cross_site, "denied/conditional");
    let step = Step::new(Via::Fetch, "GET", url);
    let seen = vec![Seen::happened("blocked"); 2];
    table.push_by_hand(vec![step; 2], ByHand { seen, preflights: 0, executed: 2 });
}

/// The answer as a script reads it; `origin`: what it says of who may, where that header is exposed.
fn stored(origin: Option<&str>) -> Seen {
    read("text/plain; charset=utf-8", "stored".len(), "stored".to_owned(), origin)
}

fn stored_image(origin: Option<&str>) -> Seen {
    read("image/gif", IMAGE.len(), String::from_utf8_lossy(IMAGE).into_owned(), origin)
}

fn read(content_type: &str, length: usize, body: String, origin: Option<&str>) -> Seen {
    // What is exposed under any origin, `*` itself included.
    let mut headers: Vec<_> = origin
        .into_iter()
        .flat_map(|any| [("access-control-allow-origin", any), ("access-control-expose-headers", any)])
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let length = length.to_string();
    headers.extend(
        [("cache-control", "max-age=600"), ("content-length", &length), ("content-type", content_type)]
            .map(|(name, value)| (name.to_owned(), value.to_owned())),
    );
    Seen { headers, status: 200, body: Some(body), ..Seen::happened("cors") }
}
