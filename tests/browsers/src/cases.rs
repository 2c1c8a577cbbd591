//! The cases whose expectation the model computes, and all others.

use crate::case::{ByHand, Case, DATA, Origins, Step, Table, Via};
use crate::engine::Engine;
use crate::preflights::echo_of_any;
use crate::seen::Seen;
use crate::{calls, enforcement, http_cache, preflights, redirects};

/// `with_calls`: whether the page has gRPC-Web clients.
pub fn cases(engine: Engine, origins: &Origins, with_calls: bool) -> Vec<Case> {
    let mut table = Table { engine, origins: origins.clone(), cases: Vec::new(), group: "" };
    simple(&mut table);
    preflighted(&mut table);
    credentials(&mut table);
    credentials_with_preflight(&mut table);
    authorization_and_wildcards(&mut table);
    statuses(&mut table);
    opaque_origins(&mut table);
    data_documents(&mut table);
    redirects::add(&mut table);
    keepalive(&mut table);
    conditional(&mut table);
    own_options(&mut table);
    uploads(&mut table);
    elements(&mut table);
    fonts_and_preloads(&mut table);
    event_sources_and_sockets(&mut table);
    enforcement::add(&mut table);
    own_headers(&mut table);
    preflights::add(&mut table);
    over_tls(&mut table);
    sockets_over_tls(&mut table);
    http_cache::add(&mut table);
    if with_calls {
        calls::add(&mut table);
    }
    table.cases
}

const POLICIES: [&str; 10] =
    ["list", "denied", "bare", "pattern", "predicate", "any", "any-with-credentials", "null", "no-layer", "ok"];

fn same(step: Step) -> Step {
    step
}

fn simple(table: &mut Table) {
    table.group = "simple requests";
    for policy in POLICIES {
        for method in ["GET", "POST", "HEAD"] {
            table.fetch(method, &format!("{policy}/echo"), |step| if method == "POST" { step.body("x") } else { step });
        }
    }
    for (name, value) in [
        ("Accept", "*/*"),
        ("Accept-Language", "fr"),
        ("Content-Language", "fr"),
        ("Content-Type", "application/x-www-form-urlencoded"),
        ("Content-Type", "Text/Plain;charset=utf-8"),
        ("Content-Type", "multipart/form-data; boundary=x"),
        ("Range", "bytes=0-3"),
    ] {
        table.fetch("POST", "bare/echo", |step| step.header(name, value).body("x"));
    }
}

fn preflighted(table: &mut Table) {
    table.group = "preflighted requests";
    for policy in POLICIES {
        table.fetch("PUT", &format!("{policy}/echo"), |step| step.body("x"));
        table.fetch("GET", &format!("{policy}/echo"), |step| step.header("X-A", "1"));
    }
    for method in ["DELETE", "PATCH", "patch", "put", "OPTIONS", "BREW", "brew", "QUERY"] {
        table.fetch(method, "list/echo", same);
    }
    for (name, value) in [
        ("X-B", "1"),
        ("x-a", ""),
        ("Content-Type", "application/json"),
        ("Content-Type", "text/plain,"),
        ("Accept", "\""),
        ("Accept-Language", "@"),
        ("Content-Language", "@"),
        ("Range", "bytes 0-3"),
        ("Authorization", "Bearer token"),
    ] {
        table.fetch("POST", "list/echo", |step| step.header(name, value).body("x"));
    }
    table.fetch("POST", "bare/echo", |step| step.header("Content-Type", "application/json").body("{}"));
    table.fetch("PUT", "list/echo", |step| {
        step.header("X-A", "1").header("Content-Type", "application/json").body("{}")
    });
    table.fetch("PUT", "list/echo", |step| step.header("X-A", "1").header("X-B", "1"));
    table.fetch("GET", "list/echo", |step| step.header("Accept", &"a".repeat(129)));
    table.fetch("POST", "any-with-credentials/echo", |step| {
        step.header("0z", "1").header("x.dot", "1").header("x_under", "1").header("x~t", "1")
    });
}

fn credentials(table: &mut Table) {
    table.group = "credentials";
    for policy in ["list", "denied", "bare", "any", "any-with-credentials", "predicate"] {
        table.fetch("GET", &format!("{policy}/echo"), Step::include);
        table.fetch("PUT", &format!("{policy}/echo"), |step| step.include().header("X-A", "1"));
    }
    for policy in ["list", "bare", "any"] {
        for credentials in ["omit", "same-origin", "include"] {
            let steps = (0..2)
                .map(|_| {
                    let mut step =
                        Step::new(Via::Fetch, "GET", table.url(&table.origins.same_site, &format!("{policy}/cookie")));
                    step.credentials = credentials;
                    step
                })
                .collect();
            table.push(false, steps);
        }
    }
}

/// Cookies go with the request, and none with its preflight.
fn credentials_with_preflight(table: &mut Table) {
    table.group = "credentials with a preflight";
    for policy in ["list", "any-with-credentials", "predicate", "bare", "any", "denied"] {
        for credentials in ["same-origin", "include"] {
            let steps = ["GET", "PUT", "PUT"]
                .map(|method| {
                    let mut step =
                        Step::new(Via::Fetch, method, table.url(&table.origins.same_site, &format!("{policy}/cookie")));
                    step.credentials = credentials;
                    if method == "PUT" { step.header("X-A", "1") } else { step }
                })
                .into();
            table.push(false, steps);
        }
    }
}

fn authorization_and_wildcards(table: &mut Table) {
    table.group = "authorization and wildcards";
    for policy in ["any", "any-but-authorization", "any-with-credentials", "list", "bare"] {
        table.fetch("GET", &format!("{policy}/echo"), |step| step.header("Authorization", "Bearer token"));
        table.fetch("GET", &format!("{policy}/echo"), |step| step.header("Authorization", "Bearer token").include());
        table.fetch("BREW", &format!("{policy}/echo"), |step| step.header("X-Anything", "1"));
    }
}

fn statuses(table: &mut Table) {
    table.group = "statuses";
    for status in [201, 204, 400, 401, 403, 404, 429, 500, 503] {
        table.fetch("GET", &format!("list/status/{status}"), same);
        // After a preflight any status is readable.
        table.fetch("PUT", &format!("list/status/{status}"), same);
    }
    table.fetch("GET", "denied/status/500", same);
    table.fetch("PUT", "denied/status/500", same);
}

fn opaque_origins(table: &mut Table) {
    table.group = "opaque origins";
    for policy in ["null", "list", "any", "bare", "any-with-credentials", "enforced"] {
        for method in ["GET", "PUT"] {
            let step = Step::new(Via::Fetch, method, table.url(&table.origins.cross_site, &format!("{policy}/echo")));
            table.push(true, vec![step]);
        }
        let step =
            Step::new(Via::Fetch, "GET", table.url(&table.origins.cross_site, &format!("{policy}/echo"))).include();
        table.push(true, vec![step]);
    }
}

/// A `data:` document has no origin either. It has no address that the model could begin with: this is by hand.
fn data_documents(table: &mut Table) {
    for (policy, method, is_read) in [
        ("any", "GET", true),
        ("any", "PUT", true),
        ("list", "GET", false),
        ("list", "PUT", false),
        ("enforced", "GET", false),
    ] {
        let mut step = Step::new(Via::Fetch, method, table.url(&table.origins.cross_site, &format!("{policy}/echo")));
        step.frame = Some(DATA.to_owned());
        let seen = vec![if is_read { echo_of_any(&format!("{method} ")) } else { Seen::happened("blocked") }];
        let preflights = usize::from(method == "PUT");
        let executed = usize::from(is_read || (policy == "list" && method == "GET"));
        table.push_by_hand(vec![step], ByHand { seen, preflights, executed });
    }
}

fn keepalive(table: &mut Table) {
    table.group = "keepalive";
    for policy in ["list", "denied", "any"] {
        for method in ["GET", "PUT"] {
            table.fetch(method, &format!("{policy}/echo"), |mut step| {
                step.keepalive = true;
                if method == "PUT" { step.header("X-A", "1").body("x") } else { step }
            });
        }
    }
}

/// An application may answer OPTIONS itself: a page that asks with that method sends a preflight first.
fn own_options(table: &mut Table) {
    table.group = "OPTIONS of the application";
    for policy in POLICIES.into_iter().chain(["enforced", "enforced-denied"]) {
        table.fetch("OPTIONS", &format!("{policy}/options"), same);
    }
    table.fetch("GET", "list/options", same);
    let step = Step::new(Via::Xhr, "OPTIONS", table.url(&table.origins.cross_site, "list/options"));
    table.push(false, vec![step]);
}

/// What the service says of CORS itself is not what the page gets to see.
fn own_headers(table: &mut Table) {
    table.group = "headers of the service";
    for policy in ["list", "denied", "bare", "any", "any-with-credentials", "null"] {
        table.fetch("GET", &format!("{policy}/own-headers"), same);
        table.fetch("GET", &format!("{policy}/own-headers"), Step::include);
    }
}

fn conditional(table: &mut Table) {
    table.group = "304";
    for policy in ["list", "denied", "any", "any-with-credentials"] {
        table.fetch("GET", &format!("{policy}/conditional"), |step| step.header("If-None-Match", "\"e\""));
    }
    table.fetch("GET", "any/conditional", |step| step.header("If-None-Match", "\"e\"").header("X-A", "1"));
}

fn uploads(table: &mut Table) {
    table.group = "XMLHttpRequest";
    for policy in ["list", "denied", "bare", "any"] {
        for via in [Via::Xhr, Via::XhrUpload] {
            for method in ["POST", "PUT"] {
                let step =
                    Step::new(via, method, table.url(&table.origins.cross_site, &format!("{policy}/echo"))).body("x");
                table.push(false, vec![step]);
            }
        }
    }
    for policy in ["list", "denied", "bare", "any"] {
        for method in ["GET", "PUT"] {
            let url = table.url(&table.origins.cross_site, &format!("{policy}/echo"));
            let step = Step::new(Via::XhrSync, method, url);
            table.push(false, vec![if method == "PUT" { step.header("X-A", "1").body("x") } else { step }]);
        }
    }
    for policy in ["list", "denied", "bare", "any", "any-with-credentials"] {
        for (via, method) in [(Via::Xhr, "GET"), (Via::Xhr, "PUT"), (Via::XhrUpload, "POST")] {
            let url = table.url(&table.origins.cross_site, &format!("{policy}/echo"));
            let step = Step::new(via, method, url).include();
            table.push(false, vec![if method == "GET" { step } else { step.body("x") }]);
        }
    }
    for policy in ["list", "any"] {
        for credentials in ["same-origin", "include"] {
            let url = table.url(&table.origins.same_site, &format!("{policy}/cookie"));
            let mut step = Step::new(Via::Xhr, "GET", url);
            step.credentials = credentials;
            table.push(false, vec![step; 2]);
        }
    }
}

fn elements(table: &mut Table) {
    table.group = "elements";
    for policy in ["list", "denied", "any", "no-layer"] {
        for (via, service) in [(Via::Image, "image"), (Via::Script, "script"), (Via::ModuleScript, "script")] {
            for crossorigin in [None, Some("anonymous"), Some("use-credentials")] {
                let mut step =
                    Step::new(via, "GET", table.url(&table.origins.cross_site, &format!("{policy}/{service}")));
                step.crossorigin = crossorigin;
                table.push(false, vec![step]);
            }
        }
    }
}

fn fonts_and_preloads(table: &mut Table) {
    table.group = "fonts and preloads";
    for policy in ["list", "denied", "bare", "any", "no-layer"] {
        for via in [Via::Font, Via::FontFace] {
            let step = Step::new(via, "GET", table.url(&table.origins.cross_site, &format!("{policy}/font")));
            table.push(false, vec![step]);
        }
    }
    for policy in ["list", "denied", "any"] {
        for (via, crossorigin) in [
            (Via::Preload, None),
            (Via::Preload, Some("anonymous")),
            (Via::Preload, Some("use-credentials")),
            (Via::ModulePreload, None),
            (Via::ModulePreload, Some("use-credentials")),
        ] {
            let mut step = Step::new(via, "GET", table.url(&table.origins.cross_site, &format!("{policy}/script")));
            step.crossorigin = crossorigin;
            table.push(false, vec![step]);
        }
    }
    used_in_vain(table);
}

/// What a preload may not give to the page, its use does not get either.
fn used_in_vain(table: &mut Table) {
    for (ahead, then, crossorigin, again) in [
        // By the HTML standard the use takes what came of the preload; these two ask again.
        (Via::Preload, Via::Script, Some("anonymous"), Engine::Firefox),
        (Via::ModulePreload, Via::ModuleScript, None, Engine::Chromium),
    ] {
        let steps = [ahead, then].map(|via| {
            let mut step = Step::new(via, "GET", table.url(&table.origins.cross_site, "denied/script"));
            step.crossorigin = crossorigin;
            step
        });
        let seen = ["blocked", "blocked"].map(Seen::happened).into();
        let executed = if table.engine == again { 2 } else { 1 };
        table.push_by_hand(steps.into(), ByHand { seen, preflights: 0, executed });
    }
}

fn event_sources_and_sockets(table: &mut Table) {
    table.group = "EventSource and WebSocket";
    for policy in ["list", "denied", "any"] {
        for credentials in ["same-origin", "include"] {
            let mut step =
                Step::new(Via::EventSource, "GET", table.url(&table.origins.cross_site, &format!("{policy}/events")));
            step.credentials = credentials;
            table.push(false, vec![step]);
        }
    }
    for policy in ["list", "denied", "enforced", "enforced-denied", "no-layer"] {
        let url = table.url(&table.origins.cross_site, &format!("{policy}/socket")).replacen("http", "ws", 1);
        table.push(false, vec![Step::new(Via::WebSocket, "GET", url)]);
    }
}

/// All of it over HTTP/2, which is counted.
fn over_tls(table: &mut Table) {
    table.group = "HTTPS with HTTP/2";
    for policy in ["list", "denied", "any", "any-with-credentials", "enforced", "enforced-denied"] {
        for method in ["GET", "PUT"] {
            let step = Step::new(Via::Fetch, method, table.url(&table.origins.tls, &format!("{policy}/echo")));
            table.push(false, vec![step.header("X-A", "1")]);
        }
        let step =
            Step::new(Via::Fetch, "POST", table.url(&table.origins.tls, &format!("{policy}/echo"))).include().body("x");
        table.push(false, vec![step]);
    }
}

/// Over HTTP/2 in the engines that do that, over HTTP/1.1 in WebKitGTK.
fn sockets_over_tls(table: &mut Table) {
    table.group = "WebSocket over TLS";
    for policy in ["list", "denied", "any", "any-with-credentials", "enforced", "enforced-denied"] {
        let url = table.url(&table.origins.tls, &format!("{policy}/socket")).replacen("http", "ws", 1);
        table.push(false, vec![Step::new(Via::WebSocket, "GET", url)]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is done twice proves no more than once.
    #[test]
    fn no_two_cases_are_the_same() {
        for engine in Engine::ALL {
            let mut titles: Vec<_> = cases(engine, &Origins::of_nobody(), true).iter().map(Case::title).collect();
            titles.sort();
            let twice: Vec<_> = titles.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| &pair[0]).collect();
            assert!(twice.is_empty(), "{}: {twice:#?}", engine.name());
        }
    }
}
