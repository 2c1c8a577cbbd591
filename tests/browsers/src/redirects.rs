//! Redirects: of simple and of preflighted requests, into CORS and out of it, by documents with and without an origin.

use crate::case::{Step, Table, Via};

pub fn add(table: &mut Table) {
    redirects(table);
    redirects_after_preflight(table);
    redirects_of_the_own_origin(table);
    sandboxed_redirects(table);
}

fn redirects(table: &mut Table) {
    table.group = "redirects";
    let to = |origin: &str, path: &str, table: &Table| format!("{origin}/{path}/{}", table.id());
    for first in ["list", "denied", "any"] {
        for second in ["list", "denied", "any", "null"] {
            for cross in [false, true] {
                let target_origin = if cross { &table.origins.same_site } else { &table.origins.cross_site };
                let target = to(target_origin, &format!("{second}/echo"), table);
                let url =
                    format!("{}?to={target}", table.url(&table.origins.cross_site, &format!("{first}/redirect/302")));
                table.push(false, vec![Step::new(Via::Fetch, "GET", url)]);
            }
        }
    }
    for status in [301, 303, 307, 308] {
        let target = to(&table.origins.cross_site, "list/echo", table);
        let url = format!("{}?to={target}", table.url(&table.origins.cross_site, &format!("list/redirect/{status}")));
        table.push(false, vec![Step::new(Via::Fetch, "POST", url).body("x")]);
    }
    for redirect in ["manual", "error"] {
        let target = to(&table.origins.cross_site, "list/echo", table);
        let mut step = Step::new(
            Via::Fetch,
            "GET",
            format!("{}?to={target}", table.url(&table.origins.cross_site, "list/redirect/302")),
        );
        step.redirect = redirect;
        table.push(false, vec![step]);
    }
}

/// The request that is redirected was preflighted, and so is the one that follows.
fn redirects_after_preflight(table: &mut Table) {
    table.group = "redirects after a preflight";
    for (first, second) in [
        ("list", "list"),
        ("any", "any"),
        ("list", "any"),
        ("any", "list"),
        ("list", "null"),
        ("list", "denied"),
        ("denied", "list"),
    ] {
        for origin in [table.origins.cross_site.clone(), table.origins.same_site.clone()] {
            let target = table.url(&origin, &format!("{second}/echo"));
            let url = table.url(&table.origins.cross_site, &format!("{first}/redirect/302"));
            let step = Step::new(Via::Fetch, "GET", format!("{url}?to={target}"));
            table.push(false, vec![step.header("X-A", "1")]);
        }
    }
    for (method, status) in [("PUT", 301), ("PUT", 303), ("PUT", 307), ("POST", 302), ("POST", 308)] {
        let target = table.url(&table.origins.cross_site, "list/echo");
        let url = table.url(&table.origins.cross_site, &format!("list/redirect/{status}"));
        let step = Step::new(Via::Fetch, method, format!("{url}?to={target}"));
        table.push(false, vec![step.header("X-A", "1").body("x")]);
    }
}

/// Into CORS from the page's own origin, and back.
fn redirects_of_the_own_origin(table: &mut Table) {
    table.group = "redirects from and to the own origin";
    let (page, other) = (table.origins.page.clone(), table.origins.cross_site.clone());
    let mut push = |from: &str, first: &str, to: &str, second: &str, method: &str| {
        let target = table.url(to, &format!("{second}/echo"));
        let url = table.url(from, &format!("{first}/redirect/307"));
        let step = Step::new(Via::Fetch, method, format!("{url}?to={target}"));
        table.push(false, vec![if method == "PUT" { step.header("X-A", "1").body("x") } else { step }]);
    };
    for method in ["GET", "PUT"] {
        for second in ["list", "denied", "any", "null", "enforced-denied"] {
            push(&page, "local", &other, second, method);
        }
        for first in ["list", "denied", "any"] {
            push(&other, first, &page, "local", method);
        }
    }
}

fn sandboxed_redirects(table: &mut Table) {
    table.group = "redirects of an opaque origin";
    for first in ["null", "any", "list"] {
        for second in ["null", "any", "list"] {
            for origin in [table.origins.cross_site.clone(), table.origins.same_site.clone()] {
                let target = table.url(&origin, &format!("{second}/echo"));
                let url = table.url(&table.origins.cross_site, &format!("{first}/redirect/302"));
                table.push(true, vec![Step::new(Via::Fetch, "GET", format!("{url}?to={target}"))]);
            }
        }
    }
}
