//! Which answer each kind of request gets: one case for each row of the rules, and for each odd request.

mod support;

use std::time::Duration;

use http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, ETAG, HeaderName, SET_COOKIE};
use http::{Method, StatusCode};
use support::answer;
use tower_cors::{AllowHeaders, AllowOrigin, Any, CorsLayer};

const VARY_PREFLIGHT: &str = "vary: origin, access-control-request-method, access-control-request-headers";

/// What most services want: pages of one origin, and one wildcard, with cookies.
fn list() -> CorsLayer {
    CorsLayer::new()
        .allow_origins(["https://app.example.com", "https://*.example.org"])
        .allow_methods([Method::PUT, Method::DELETE, Method::PUT])
        .allow_headers([AUTHORIZATION, CONTENT_TYPE])
        .expose_headers([ETAG, HeaderName::from_static("x-total")])
        .allow_credentials(true)
        // For builds that cannot tell that nobody registers names there.
        .dangerously_allow_public_suffix("example.org")
        .max_age(Duration::from_secs(600))
}

fn enforcing() -> CorsLayer {
    CorsLayer::new().allow_origins(["https://app.example.com"]).reject_disallowed_origins(true)
}

fn credentials_with_any() -> CorsLayer {
    CorsLayer::new()
        .allow_origins(["https://app.example.com"])
        .allow_methods(Any)
        .allow_headers(Any)
        .expose_headers(Any)
        .allow_credentials(true)
}

struct Case {
    name: &'static str,
    policy: CorsLayer,
    request: String,
    inner: &'static str,
    answer: String,
}

fn case(name: &'static str, policy: CorsLayer, request: &str, inner: &'static str, answer: &str) -> Case {
    let tidy = |text: &str| text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n");
    Case { name, policy, request: tidy(request), inner, answer: tidy(answer) }
}

fn check(cases: Vec<Case>) {
    let mut wrong = Vec::new();
    for Case { name, policy, request, inner, answer: expected } in cases {
        let got = answer(&policy, &request, inner);
        if got != expected {
            wrong.push(format!("{name}\n--- request\n{request}\n--- expected\n{expected}\n--- got\n{got}\n"));
        }
    }
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
}

const PREFLIGHT: &str = "OPTIONS /items
    origin: https://app.example.com
    access-control-request-method: PUT";

#[test]
fn preflights() {
    let permitted = format!(
        "204
        access-control-allow-credentials: true
        access-control-allow-headers: authorization,content-type
        access-control-allow-methods: PUT,DELETE
        access-control-allow-origin: https://app.example.com
        access-control-max-age: 600
        {VARY_PREFLIGHT}
        (not called)"
    );
    let denied = format!("403\n{VARY_PREFLIGHT}\n(not called)");
    let with = |line: &str| format!("{PREFLIGHT}\n{line}");
    let from = |origin: &str| format!("OPTIONS /\naccess-control-request-method: GET\n{origin}");
    check(vec![
        case("allowed", list(), PREFLIGHT, "", &permitted),
        case("what is asked is not read", list(), &with("access-control-request-headers: x-other"), "", &permitted),
        case(
            "nor is a hostile question",
            list(),
            &format!("{PREFLIGHT}\naccess-control-request-method: P UT\naccess-control-request-headers: ,,\"x: é"),
            "",
            &permitted,
        ),
        case(
            "an empty method is a method",
            list(),
            "OPTIONS *\norigin: https://app.example.com\naccess-control-request-method:",
            "",
            &permitted,
        ),
        case(
            "private network is not answered",
            list(),
            &with("access-control-request-private-network: true"),
            "",
            &permitted,
        ),
        case(
            "by wildcard",
            list(),
            &from("origin: https://a.b.example.org"),
            "",
            &permitted.replace("app.example.com", "a.b.example.org"),
        ),
        case("other origin", list(), &from("origin: https://evil.example"), "", &denied),
        case("apex of a wildcard", list(), &from("origin: https://example.org"), "", &denied),
        case("null", list(), &from("origin: null"), "", &denied),
        case("empty origin", list(), &from("origin:"), "", &denied),
        case("upper case", list(), &from("origin: https://APP.example.com"), "", &denied),
        case("default port", list(), &from("origin: https://app.example.com:443"), "", &denied),
        case("trailing slash", list(), &from("origin: https://app.example.com/"), "", &denied),
        case("not ASCII", list(), &from("origin: https://app.exämple.com"), "", &denied),
        case(
            "the same origin twice",
            list(),
            &from("origin: https://app.example.com\norigin: https://app.example.com"),
            "",
            &denied,
        ),
        case(
            "two origins in one line",
            list(),
            &from("origin: https://app.example.com, https://app.example.com"),
            "",
            &denied,
        ),
        case("too long", list(), &from(&format!("origin: https://{}.example.org", "a.".repeat(160))), "", &denied),
        case(
            "200",
            list().preflight_status(StatusCode::OK),
            PREFLIGHT,
            "",
            &permitted.replace("204", "200").replace("600\n", "600\ncontent-length: 0\n"),
        ),
        case(
            "a denied one is 403 all the same",
            list().preflight_status(StatusCode::OK),
            &from("origin: null"),
            "",
            &denied,
        ),
        case(
            "nothing but the origin",
            CorsLayer::new().allow_origins(["https://app.example.com"]),
            PREFLIGHT,
            "",
            &format!("204\naccess-control-allow-origin: https://app.example.com\n{VARY_PREFLIGHT}\n(not called)"),
        ),
        case("nothing allowed", CorsLayer::new(), PREFLIGHT, "", &denied),
        case(
            "max age zero",
            CorsLayer::new().allow_origins(["https://app.example.com"]).max_age(Duration::ZERO),
            PREFLIGHT,
            "",
            &format!(
                "204\naccess-control-allow-origin: https://app.example.com\naccess-control-max-age: 0\n{VARY_PREFLIGHT}\n(not called)"
            ),
        ),
        case(
            "max age above what any browser keeps",
            CorsLayer::new().allow_origins(["https://app.example.com"]).max_age(Duration::from_secs(u64::MAX)),
            PREFLIGHT,
            "",
            &format!(
                "204\naccess-control-allow-origin: https://app.example.com\naccess-control-max-age: 86400\n{VARY_PREFLIGHT}\n(not called)"
            ),
        ),
        case(
            "void entries are left out",
            CorsLayer::new()
                .allow_origins(["https://app.example.com"])
                .allow_methods([
                    Method::CONNECT,
                    Method::PATCH,
                    Method::TRACE,
                    "get".parse().unwrap(),
                    "patch".parse().unwrap(),
                ])
                .allow_headers([
                    COOKIE,
                    HeaderName::from_static("sec-x"),
                    CONTENT_TYPE,
                    HeaderName::from_static("proxy-x"),
                    CONTENT_TYPE,
                ]),
            PREFLIGHT,
            "",
            &format!(
                "204
                access-control-allow-headers: content-type
                access-control-allow-methods: PATCH,GET,patch
                access-control-allow-origin: https://app.example.com
                {VARY_PREFLIGHT}
                (not called)"
            ),
        ),
        case(
            "any, without credentials",
            CorsLayer::permissive(),
            &from("origin: https://a.example\norigin: https://b.example"),
            "",
            &format!(
                "204
                access-control-allow-headers: *,authorization
                access-control-allow-methods: *
                access-control-allow-origin: *
                {VARY_PREFLIGHT}
                (not called)"
            ),
        ),
        case(
            "any request header but authorization",
            CorsLayer::permissive().allow_headers(AllowHeaders::any_except_authorization()),
            PREFLIGHT,
            "",
            &format!(
                "204
                access-control-allow-headers: *
                access-control-allow-methods: *
                access-control-allow-origin: *
                {VARY_PREFLIGHT}
                (not called)"
            ),
        ),
        case(
            "names of the user's own in vary",
            CorsLayer::permissive().vary([HeaderName::from_static("x-tenant")]),
            PREFLIGHT,
            "",
            &format!(
                "204
                access-control-allow-headers: *,authorization
                access-control-allow-methods: *
                access-control-allow-origin: *
                {VARY_PREFLIGHT}, x-tenant
                (not called)"
            ),
        ),
        case(
            "null, switched on and listed",
            CorsLayer::new().allow_origins(["null"]).dangerously_allow_null_origin(),
            &from("origin: null"),
            "",
            &format!("204\naccess-control-allow-origin: null\n{VARY_PREFLIGHT}\n(not called)"),
        ),
        case(
            "null, switched on and not listed",
            CorsLayer::new().allow_origins(["https://a.example"]).dangerously_allow_null_origin(),
            &from("origin: null"),
            "",
            &denied,
        ),
    ]);
}

#[test]
fn echoed_preflights() {
    let denied = format!("403\n{VARY_PREFLIGHT}\n(not called)");
    let ask = |lines: &str| format!("OPTIONS /\norigin: https://app.example.com\n{lines}");
    let permitted = |methods: &str, headers: Option<&str>| {
        let headers = headers.map(|names| format!("access-control-allow-headers: {names}\n")).unwrap_or_default();
        format!(
            "204
            access-control-allow-credentials: true
            {headers}access-control-allow-methods: {methods}
            access-control-allow-origin: https://app.example.com
            {VARY_PREFLIGHT}
            (not called)"
        )
    };
    let echoes = |name, lines: &str, methods, headers: Option<&str>| {
        case(name, credentials_with_any(), &ask(lines), "", &permitted(methods, headers))
    };
    let refuses = |name, lines: &str| case(name, credentials_with_any(), &ask(lines), "", &denied);
    let names = |count: usize| (0..count).map(|n| format!("x-{n:03}")).collect::<Vec<_>>().join(",");
    let of_length = |length: usize| {
        format!("access-control-request-method: PUT\naccess-control-request-headers: {}", "x".repeat(length))
    };
    check(vec![
        echoes("method", "access-control-request-method: PUT", "PUT", None),
        echoes("the case of a method is kept", "access-control-request-method: pAtch", "pAtch", None),
        echoes(
            "headers are lower-cased, sorted, once each",
            "access-control-request-method: PUT\naccess-control-request-headers: x-b,X-A, ,\tx-b\t,,Authorization",
            "PUT",
            Some("authorization,x-a,x-b"),
        ),
        echoes(
            "over several lines",
            "access-control-request-method: PUT\naccess-control-request-headers: x-b\naccess-control-request-headers: x-a,x-b",
            "PUT",
            Some("x-a,x-b"),
        ),
        echoes("an empty list", "access-control-request-method: PUT\naccess-control-request-headers: , ,", "PUT", None),
        echoes(
            "128 names",
            &format!("access-control-request-method: PUT\naccess-control-request-headers: {}", names(128)),
            "PUT",
            Some(&names(128)),
        ),
        refuses(
            "129 names",
            &format!("access-control-request-method: PUT\naccess-control-request-headers: {}", names(129)),
        ),
        echoes("8 KiB", &of_length(8192), "PUT", Some(&"x".repeat(8192))),
        refuses("8 KiB and a byte", &of_length(8193)),
        refuses("8 KiB and a byte over two lines", &format!("{}\naccess-control-request-headers: x", of_length(8192))),
        refuses("a name with a space", "access-control-request-method: PUT\naccess-control-request-headers: x-a,x b"),
        refuses("a quoted name", "access-control-request-method: PUT\naccess-control-request-headers: \"x-a\""),
        refuses("a name that is not ASCII", "access-control-request-method: PUT\naccess-control-request-headers: x-é"),
        refuses("two methods", "access-control-request-method: PUT\naccess-control-request-method: PUT"),
        refuses("two methods in one line", "access-control-request-method: PUT, GET"),
        refuses("no method", "access-control-request-method:"),
        refuses("TRACE", "access-control-request-method: trace"),
        refuses("CONNECT", "access-control-request-method: CONNECT"),
        refuses("TRACK", "access-control-request-method: Track"),
        case(
            "of another origin",
            credentials_with_any(),
            "OPTIONS /\norigin: https://evil.example\naccess-control-request-method: PUT\naccess-control-request-headers: x-a",
            "",
            &denied,
        ),
        case(
            "but authorization",
            credentials_with_any().allow_headers(AllowHeaders::any_except_authorization()),
            &ask("access-control-request-method: PUT\naccess-control-request-headers: x-a,authorization"),
            "",
            &permitted("PUT", Some("x-a")),
        ),
        case(
            "a listed method is not read",
            credentials_with_any().allow_methods([Method::PUT]),
            &ask("access-control-request-method: T RACE\naccess-control-request-headers: x-a"),
            "",
            &permitted("PUT", Some("x-a")),
        ),
    ]);
}

#[test]
fn actual_requests() {
    let exposed = "access-control-expose-headers: etag,x-total";
    let allowed = format!(
        "200
        access-control-allow-credentials: true
        access-control-allow-origin: https://app.example.com
        {exposed}
        vary: origin
        (inner)"
    );
    let bare = "200\nvary: origin\n(inner)";
    let from = |origin: &str| format!("GET /\n{origin}");
    let app = from("origin: https://app.example.com");
    check(vec![
        case("allowed", list(), &app, "", &allowed),
        case("any method", list(), &app.replace("GET", "BREW"), "", &allowed),
        case("CONNECT", list(), &app.replace("GET", "CONNECT"), "", &allowed),
        case(
            "with a preflight's header, but no OPTIONS",
            list(),
            &format!("{app}\naccess-control-request-method: PUT"),
            "",
            &allowed,
        ),
        case("an error of the service", list(), &app, "500", &allowed.replace("200", "500")),
        case("304", list(), &app, "304", &allowed.replace("200", "304")),
        case(
            "a redirect",
            list(),
            &app,
            "307\nlocation: /b",
            &allowed.replace("200", "307").replace("vary", "location: /b\nvary"),
        ),
        case("no origin", list(), "GET /", "", bare),
        case("other origin", list(), &from("origin: https://evil.example"), "", bare),
        case(
            "other origin, an error",
            list(),
            &from("origin: https://evil.example"),
            "404",
            &bare.replace("200", "404"),
        ),
        case("two lines", list(), &from("origin: https://app.example.com\norigin: https://evil.example"), "", bare),
        case("null", list(), &from("origin: null"), "", bare),
        case("another header is not read", list(), &from("x-origin: https://app.example.com"), "", bare),
        case("nothing allowed", CorsLayer::new(), &app, "", bare),
        case(
            "without credentials",
            list().allow_credentials(false),
            &app,
            "",
            &allowed.replace("access-control-allow-credentials: true", ""),
        ),
        case(
            "OPTIONS with an origin",
            list(),
            &app.replace("GET", "OPTIONS"),
            "",
            &allowed.replace("vary: origin", "vary: origin, access-control-request-method"),
        ),
        case(
            "OPTIONS without one",
            list(),
            "OPTIONS /\naccess-control-request-method: PUT",
            "",
            "200\nvary: origin, access-control-request-method\n(inner)",
        ),
        case("plain OPTIONS", list(), "OPTIONS /", "", "200\nvary: origin, access-control-request-method\n(inner)"),
        case(
            "options, in lower case, is another method",
            list(),
            &format!("{app}\naccess-control-request-method: PUT").replace("GET", "options"),
            "",
            &allowed,
        ),
        case(
            "any origin, with one",
            CorsLayer::permissive(),
            &app,
            "",
            "200\naccess-control-allow-origin: *\naccess-control-expose-headers: *\n(inner)",
        ),
        case(
            "any origin, without one",
            CorsLayer::permissive(),
            "POST /",
            "404",
            "404\naccess-control-allow-origin: *\naccess-control-expose-headers: *\n(inner)",
        ),
        case(
            "any origin, whatever it says",
            CorsLayer::permissive(),
            &from("origin: é\norigin: null"),
            "",
            "200\naccess-control-allow-origin: *\naccess-control-expose-headers: *\n(inner)",
        ),
        case(
            "any origin, plain OPTIONS",
            CorsLayer::permissive(),
            "OPTIONS /",
            "",
            "200\naccess-control-allow-origin: *\naccess-control-expose-headers: *\nvary: origin, access-control-request-method\n(inner)",
        ),
        case(
            "any origin, exposed list",
            CorsLayer::permissive().expose_headers([ETAG, SET_COOKIE, ETAG]),
            "GET /",
            "",
            "200\naccess-control-allow-origin: *\naccess-control-expose-headers: etag\n(inner)",
        ),
        case(
            "`*` as the only text",
            CorsLayer::new().allow_origins(["*"]),
            "GET /",
            "",
            "200\naccess-control-allow-origin: *\n(inner)",
        ),
        case(
            "mirrored",
            CorsLayer::new().allow_origin(AllowOrigin::mirror_request()),
            &app,
            "",
            "200\naccess-control-allow-origin: *\n(inner)",
        ),
        case(
            "exposed any with credentials: what is there",
            credentials_with_any(),
            &app,
            "200\nx-b: 1\netag: 2\nset-cookie: a=b\nset-cookie2: c\ncontent-type: text/plain\ncache-control: no-store\nx-b: 3\naccess-control-max-age: 5",
            "200
            access-control-allow-credentials: true
            access-control-allow-origin: https://app.example.com
            access-control-expose-headers: x-b,etag,vary
            cache-control: no-store
            content-type: text/plain
            etag: 2
            set-cookie: a=b
            set-cookie2: c
            vary: origin
            x-b: 1
            x-b: 3
            (inner)",
        ),
        case(
            "exposed any with credentials: none on a 304",
            credentials_with_any(),
            &app,
            "304\netag: 2",
            "304
            access-control-allow-credentials: true
            access-control-allow-origin: https://app.example.com
            etag: 2
            vary: origin
            (inner)",
        ),
    ]);
}

#[test]
fn vary_is_added_to() {
    let app = "GET /\norigin: https://app.example.com";
    let one = || CorsLayer::new().allow_origins(["https://app.example.com"]);
    let answer = |lines: &str| format!("200\naccess-control-allow-origin: https://app.example.com\n{lines}\n(inner)");
    let tenant = HeaderName::from_static("x-tenant");
    check(vec![
        case(
            "the service's line stays",
            one(),
            app,
            "200\nvary: Accept-Encoding,  x",
            &answer("vary: Accept-Encoding,  x\nvary: origin"),
        ),
        case("it lists origin already", one(), app, "200\nvary: a, ORIGIN ,b", &answer("vary: a, ORIGIN ,b")),
        case("on its second line", one(), app, "200\nvary: a\nvary: Origin", &answer("vary: a\nvary: Origin")),
        case(
            "a longer name is another name",
            one(),
            app,
            "200\nvary: x-origin, originx",
            &answer("vary: x-origin, originx\nvary: origin"),
        ),
        case("*", one(), app, "200\nvary: *", &answer("vary: *")),
        case("* among others", one(), app, "200\nvary: a, *", &answer("vary: a, *")),
        case(
            "names of the user's own",
            one().vary([tenant.clone(), tenant.clone()]),
            app,
            "",
            &answer("vary: origin, x-tenant"),
        ),
        case(
            "one of them is there",
            one().vary([tenant.clone()]),
            app,
            "200\nvary: X-Tenant",
            &answer("vary: X-Tenant\nvary: origin"),
        ),
        case("origin among them", one().vary([HeaderName::from_static("origin")]), app, "", &answer("vary: origin")),
        case(
            "with any origin too",
            CorsLayer::new().allow_origin(Any).vary([tenant]),
            "GET /",
            "200\nvary: a",
            "200\naccess-control-allow-origin: *\nvary: a\nvary: x-tenant\n(inner)",
        ),
        case(
            "forwarded OPTIONS",
            one(),
            &app.replace("GET", "OPTIONS"),
            "200\nvary: origin",
            &answer("vary: origin\nvary: access-control-request-method"),
        ),
    ]);
}

#[test]
fn one_authority() {
    let all = "200
        access-control-allow-origin: *
        access-control-allow-origin: https://evil.example
        access-control-allow-credentials: true
        access-control-allow-methods: *
        access-control-allow-headers: *
        access-control-expose-headers: x-inner
        access-control-max-age: 5
        access-control-allow-private-network: true
        access-control-made-up: 1
        x-access-control-allow-origin: kept";
    let one = || CorsLayer::new().allow_origins(["https://app.example.com"]);
    let app = "GET /\norigin: https://app.example.com";
    let kept = "x-access-control-allow-origin: kept";
    check(vec![
        case(
            "denied",
            one(),
            "GET /\norigin: https://evil.example",
            all,
            &format!("200\nvary: origin\n{kept}\n(inner)"),
        ),
        case("no origin", one(), "GET /", all, &format!("200\nvary: origin\n{kept}\n(inner)")),
        case(
            "no exposed headers of our own: the service's stay, beside an allowed origin",
            one(),
            app,
            all,
            &format!(
                "200\naccess-control-allow-origin: https://app.example.com\naccess-control-expose-headers: x-inner\nvary: origin\n{kept}\n(inner)"
            ),
        ),
        case(
            "exposed headers of our own",
            one().expose_headers([ETAG]),
            app,
            all,
            &format!(
                "200\naccess-control-allow-origin: https://app.example.com\naccess-control-expose-headers: etag\nvary: origin\n{kept}\n(inner)"
            ),
        ),
        case(
            "any origin",
            CorsLayer::new().allow_origin(Any),
            "GET /",
            all,
            &format!("200\naccess-control-allow-origin: *\naccess-control-expose-headers: x-inner\n{kept}\n(inner)"),
        ),
        case(
            "void exposed names are names too",
            one().expose_headers([SET_COOKIE]),
            app,
            all,
            &format!("200\naccess-control-allow-origin: https://app.example.com\nvary: origin\n{kept}\n(inner)"),
        ),
        case(
            "on OPTIONS of the service",
            one(),
            "OPTIONS /",
            all,
            &format!("200\nvary: origin, access-control-request-method\n{kept}\n(inner)"),
        ),
    ]);
}

#[test]
fn requests_of_disallowed_origins_are_refused() {
    let refused = "403\ncache-control: no-store\nvary: origin\n(not called)";
    let through = "200\nvary: origin\n(inner)";
    let allowed = "200\naccess-control-allow-origin: https://app.example.com\nvary: origin\n(inner)";
    let refuse = |name, request: &str| case(name, enforcing(), request, "", refused);
    let forward = |name, request: &str| case(name, enforcing(), request, "", through);
    let evil = "origin: https://evil.example";
    check(vec![
        case(
            "allowed",
            enforcing(),
            "POST /\norigin: https://app.example.com\nsec-fetch-site: cross-site",
            "",
            allowed,
        ),
        refuse("GET", &format!("GET /\n{evil}")),
        refuse("POST", &format!("POST /\n{evil}")),
        refuse(
            "a WebSocket",
            &format!("GET /ws\n{evil}\nhost: api.example.com\nconnection: upgrade\nupgrade: websocket"),
        ),
        refuse("a WebSocket over HTTP/2", &format!("CONNECT https://api.example.com/ws\n{evil}")),
        refuse("OPTIONS that is no preflight", &format!("OPTIONS /\n{evil}")),
        refuse("null", "POST /\norigin: null"),
        refuse("an empty origin", "POST /\norigin:"),
        refuse("the allowed origin twice", "POST /\norigin: https://app.example.com\norigin: https://app.example.com"),
        case(
            "a preflight",
            enforcing(),
            &format!("OPTIONS /\n{evil}\naccess-control-request-method: PUT"),
            "",
            &format!("403\ncache-control: no-store\n{VARY_PREFLIGHT}\n(not called)"),
        ),
        forward("GET without origin", "GET /\nsec-fetch-site: cross-site"),
        forward("HEAD without origin", "HEAD /\nsec-fetch-site: cross-site"),
        case(
            "OPTIONS without origin",
            enforcing(),
            "OPTIONS /\nsec-fetch-site: cross-site",
            "",
            "200\nvary: origin, access-control-request-method\n(inner)",
        ),
        forward("POST without origin, by no browser", "POST /"),
        refuse("POST without origin, cross-site", "POST /\nsec-fetch-site: cross-site"),
        refuse("POST without origin, same-site", "DELETE /\nsec-fetch-site: same-site"),
        refuse("POST without origin, one line of two", "POST /\nsec-fetch-site: none\nsec-fetch-site: cross-site"),
        forward("POST without origin, same-origin", "POST /\nsec-fetch-site: same-origin"),
        forward("same-origin by Sec-Fetch-Site", &format!("POST /\n{evil}\nsec-fetch-site: same-origin")),
        forward("by the user", &format!("POST /\n{evil}\nsec-fetch-site: none")),
        forward("null, same-origin by Sec-Fetch-Site", "POST /\norigin: null\nsec-fetch-site: same-origin"),
        refuse(
            "same-site is not same-origin",
            &format!("POST /\n{evil}\nsec-fetch-site: same-site\nhost: evil.example"),
        ),
        refuse(
            "Sec-Fetch-Site twice",
            &format!("POST /\n{evil}\nsec-fetch-site: same-origin\nsec-fetch-site: same-origin"),
        ),
        refuse(
            "Sec-Fetch-Site in upper case",
            &format!("POST /\n{evil}\nsec-fetch-site: Same-Origin\nhost: evil.example"),
        ),
        forward("the service's own, by Host", "POST /\norigin: https://api.example.com\nhost: api.example.com"),
        forward("with a port", "POST /\norigin: https://api.example.com:8443\nhost: api.example.com:8443"),
        forward("by the authority of the URI", "POST https://api.example.com/\norigin: https://api.example.com"),
        forward("by both", "POST https://api.example.com/\norigin: https://api.example.com\nhost: api.example.com"),
        refuse("they differ", "POST https://api.example.com/\norigin: https://api.example.com\nhost: evil.example"),
        refuse("two hosts", "POST /\norigin: https://api.example.com\nhost: api.example.com\nhost: api.example.com"),
        refuse(
            "two hosts beside the URI",
            "POST https://a.example/\norigin: https://a.example\nhost: a.example\nhost: a.example",
        ),
        refuse("no host", "POST /\norigin: https://api.example.com"),
        refuse("an empty host", "POST /\norigin: https://\nhost:"),
        refuse("another port", "POST /\norigin: https://api.example.com:8443\nhost: api.example.com"),
        refuse("user-info", "POST /\norigin: https://a@api.example.com\nhost: a@api.example.com"),
        refuse("user-info in the URI", "POST https://a@api.example.com/\norigin: https://a@api.example.com"),
        refuse("upper case", "POST /\norigin: https://api.example.com\nhost: API.example.com"),
        refuse("rebinding: http and a name", "POST /\norigin: http://evil.test:8080\nhost: evil.test:8080"),
        refuse(
            "rebinding: a WebSocket",
            "GET /\norigin: http://evil.test:8080\nhost: evil.test:8080\nupgrade: websocket",
        ),
        forward("http on localhost", "POST /\norigin: http://localhost:8080\nhost: localhost:8080"),
        forward("http below localhost", "POST /\norigin: http://a.localhost\nhost: a.localhost"),
        forward("http on an address", "POST /\norigin: http://192.168.0.7:8080\nhost: 192.168.0.7:8080"),
        forward("http on an IPv6 address", "POST /\norigin: http://[::1]:8080\nhost: [::1]:8080"),
        refuse(
            "a name that begins like localhost",
            "POST /\norigin: http://localhost.evil.test\nhost: localhost.evil.test",
        ),
        refuse("a name that ends like localhost", "POST /\norigin: http://notlocalhost\nhost: notlocalhost"),
        refuse(
            "a name that begins like an address",
            "POST /\norigin: http://127.0.0.1.evil.test\nhost: 127.0.0.1.evil.test",
        ),
        refuse(
            "nothing else is read",
            "POST /\norigin: https://a.example\nx-forwarded-host: a.example\nforwarded: host=a.example\nreferer: https://a.example/",
        ),
        refuse("null is never its own", "POST /\norigin: null\nhost: null"),
        refuse("another scheme", "POST /\norigin: wss://api.example.com\nhost: api.example.com"),
    ]);
}

#[test]
fn predicates() {
    let everybody = || CorsLayer::new().allow_origin(AllowOrigin::predicate(|_, _| true));
    let from = |origin: &str| format!("GET /\norigin: {origin}");
    let yes = |origin: &str| format!("200\naccess-control-allow-origin: {origin}\nvary: origin\n(inner)");
    let no = "200\nvary: origin\n(inner)";
    let trusted = |origin: &str| yes(origin).replace("200", "200\naccess-control-allow-credentials: true");
    let malformed = [
        "",
        "*",
        "null",
        "NULL",
        "https://",
        "https://a.example/",
        "https://a.example, https://b.example",
        "https://A.example",
        "https://a.example:443",
        "https://a..example",
        "https://a.example:0",
        "https://é.example",
        "a.example",
        "https://*.example",
        "https://a.example#",
        "https://a@b.example",
        "https://[::01]",
        "https://127.1",
        "javascript://a",
        "https://a.example\t",
    ];
    let mut cases = vec![
        case("https", everybody(), &from("https://a.example"), "", &yes("https://a.example")),
        case("http, without credentials", everybody(), &from("http://a.example"), "", &yes("http://a.example")),
        case("http, with credentials", everybody().allow_credentials(true), &from("http://a.example"), "", no),
        case(
            "http on localhost, with credentials",
            everybody().allow_credentials(true),
            &from("http://localhost:3000"),
            "",
            &trusted("http://localhost:3000"),
        ),
        case(
            "https, with credentials",
            everybody().allow_credentials(true),
            &from("https://a.example"),
            "",
            &trusted("https://a.example"),
        ),
        case(
            "http, switched on",
            everybody().allow_credentials(true).dangerously_allow_insecure_origins(),
            &from("http://a.example"),
            "",
            &trusted("http://a.example"),
        ),
        case(
            "http, enforced",
            everybody().reject_disallowed_origins(true),
            &from("http://a.example"),
            "",
            "403\ncache-control: no-store\nvary: origin\n(not called)",
        ),
        case("null, switched on", everybody().dangerously_allow_null_origin(), &from("null"), "", &yes("null")),
        case(
            "null, switched on, enforced",
            everybody().dangerously_allow_null_origin().reject_disallowed_origins(true),
            &from("null"),
            "",
            "403\ncache-control: no-store\nvary: origin\n(not called)",
        ),
        case("an application", everybody(), &from("capacitor://localhost"), "", &yes("capacitor://localhost")),
        case("no origin, not asked", everybody(), "GET /", "", no),
        case("twice, not asked", everybody(), "GET /\norigin: https://a.example\norigin: https://a.example", "", no),
        case(
            "it sees the request",
            CorsLayer::new().allow_origin(AllowOrigin::predicate(|origin, parts| {
                parts.uri.path() == "/open" && origin == "https://a.example"
            })),
            "GET /open\norigin: https://a.example",
            "",
            &yes("https://a.example"),
        ),
        case(
            "a preflight asks it too",
            everybody(),
            "OPTIONS /\norigin: https://a.example\naccess-control-request-method: GET",
            "",
            &format!("204\naccess-control-allow-origin: https://a.example\n{VARY_PREFLIGHT}\n(not called)"),
        ),
    ];
    cases.extend(
        malformed
            .iter()
            .filter(|origin| origin.trim() == **origin)
            .map(|origin| case("malformed", everybody(), &from(origin), "", no)),
    );
    check(cases);
}

/// A response with so many headers that their names would make a line that servers refuse.
#[test]
fn of_many_headers_128_are_exposed() {
    for (inner, exposed) in [(100, 102), (126, 128), (127, 128), (130, 128), (5000, 128)] {
        let headers: Vec<String> = (0..inner).map(|n| format!("x-{n}: 1")).collect();
        let got = answer(
            &credentials_with_any(),
            "GET /\norigin: https://app.example.com",
            &format!("200\n{}\nset-cookie: a=b\nage: 1\ncontent-type: text/plain", headers.join("\n")),
        );
        let names = got.lines().find_map(|line| line.strip_prefix("access-control-expose-headers: ")).unwrap();
        let mut names: Vec<&str> = names.split(',').collect();
        assert!(names.iter().all(|name| name.starts_with("x-") || ["age", "vary"].contains(name)), "{names:?}");
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), exposed, "{inner}");
    }
}
