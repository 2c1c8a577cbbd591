//! Reports of "my CORS fails", as people write them: each is given its true cause and the line to change, in one sentence,
//! by a problem when the policy is built, by a warning, or by `explain`.

#[allow(dead_code, reason = "each test file uses a part of it")]
mod support;

use http::header::{AUTHORIZATION, CONTENT_TYPE, ETAG, HeaderName};
use http::{Method, Response, StatusCode};
use support::parse;
use tower_cors::{AllowHeaders, AllowOrigin, Any, Cause, CorsLayer, CorsPolicy, Explanation, Observed};

/// What a report has, and what it must be told.
struct Report {
    what: &'static str,
    told: Told,
    code: &'static str,
    /// Words that the sentence must contain, in this order.
    says: &'static [&'static str],
}

enum Told {
    Problem(CorsLayer),
    Warning(CorsLayer),
    Request(CorsLayer, String),
    Answer(CorsLayer, String, Option<&'static str>),
    /// An answer, of a request that is known to have come to the layer, or not.
    Reached(CorsLayer, String, Option<&'static str>, bool),
}

fn policy(layer: &CorsLayer) -> CorsPolicy {
    layer.clone().build().unwrap_or_else(|error| panic!("{error}"))
}

/// Status in the first line, then one header a line.
fn answer(text: &str) -> http::response::Parts {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let mut response = Response::new(());
    *response.status_mut() = StatusCode::from_bytes(lines.next().unwrap().as_bytes()).unwrap();
    for line in lines {
        let (name, value) = line.split_once(':').unwrap();
        response.headers_mut().append(name.parse::<HeaderName>().unwrap(), value.trim().parse().unwrap());
    }
    response.into_parts().0
}

fn explained(layer: &CorsLayer, request: &str) -> Explanation {
    policy(layer).explain(&parse(request).into_parts().0)
}

fn judged(layer: &CorsLayer, request: &str, seen: Option<&str>, reached: Option<bool>) -> Explanation {
    let request = parse(request).into_parts().0;
    let answer = seen.map(answer);
    let mut observed = answer.as_ref().map_or(Observed::nothing(), Observed::response);
    if let Some(reached) = reached {
        observed = observed.reached_layer(reached);
    }
    policy(layer).explain_answer(&request, observed)
}

/// Code and sentence.
fn tell(told: &Told) -> (String, String) {
    match told {
        Told::Problem(layer) => {
            let error = layer.clone().build().unwrap_err();
            let problem = error.problems().next().unwrap();
            (problem.code().to_owned(), problem.to_string())
        }
        Told::Warning(layer) => {
            let warnings = policy(layer).warnings();
            let [warning] = warnings.as_slice() else { panic!("{warnings:?}") };
            (warning.id().to_owned(), warning.to_string())
        }
        Told::Request(layer, request) => {
            let explanation = explained(layer, request);
            (explanation.code().to_owned(), explanation.to_string())
        }
        Told::Answer(layer, request, seen) => {
            let explanation = judged(layer, request, *seen, None);
            (explanation.code().to_owned(), explanation.to_string())
        }
        Told::Reached(layer, request, seen, reached) => {
            let explanation = judged(layer, request, *seen, Some(*reached));
            (explanation.code().to_owned(), explanation.to_string())
        }
    }
}

fn check(reports: &[Report]) {
    let mut wrong = Vec::new();
    for Report { what, told, code, says } in reports {
        let (got_code, sentence) = tell(told);
        let mut rest = sentence.as_str();
        let missing = says.iter().find(|words| match rest.find(**words) {
            Some(at) => {
                rest = &rest[at + words.len()..];
                false
            }
            None => true,
        });
        let one_sentence = !sentence.contains(['\n', '\t']) && !sentence.contains(". ") && sentence.len() < 900;
        if got_code != *code || missing.is_some() || !one_sentence {
            wrong
                .push(format!("{what}\n  expected {code} {says:?}, missing {missing:?}\n  got {got_code}: {sentence}"));
        }
    }
    assert!(wrong.is_empty(), "{} wrong of {}\n{}", wrong.len(), reports.len(), wrong.join("\n"));
}

fn problem(what: &'static str, layer: CorsLayer, code: &'static str, says: &'static [&'static str]) -> Report {
    Report { what, told: Told::Problem(layer), code, says }
}

fn warning(what: &'static str, layer: CorsLayer, code: &'static str, says: &'static [&'static str]) -> Report {
    Report { what, told: Told::Warning(layer), code, says }
}

fn asked(
    what: &'static str,
    layer: CorsLayer,
    request: &str,
    code: &'static str,
    says: &'static [&'static str],
) -> Report {
    Report { what, told: Told::Request(layer, request.to_owned()), code, says }
}

fn seen(
    what: &'static str,
    layer: CorsLayer,
    request: &str,
    answer: &'static str,
    code: &'static str,
    says: &'static [&'static str],
) -> Report {
    Report { what, told: Told::Answer(layer, request.to_owned(), Some(answer)), code, says }
}

fn unanswered(
    what: &'static str,
    layer: CorsLayer,
    request: &str,
    code: &'static str,
    says: &'static [&'static str],
) -> Report {
    Report { what, told: Told::Answer(layer, request.to_owned(), None), code, says }
}

fn origins<const N: usize>(origins: [&str; N]) -> CorsLayer {
    CorsLayer::new().allow_origins(origins).max_age(std::time::Duration::from_secs(600))
}

/// What most people have: one page, JSON, a token.
fn usual() -> CorsLayer {
    origins(["https://app.example.com"])
        .allow_methods([Method::PUT, Method::DELETE])
        .allow_headers([AUTHORIZATION, CONTENT_TYPE])
}

fn with_cookies() -> CorsLayer {
    usual().allow_credentials(true)
}

fn get(origin: &str) -> String {
    format!("GET /items\nhost: api.example.com\norigin: {origin}")
}

fn preflight(method: &str, headers: &str) -> String {
    let headers = if headers.is_empty() { String::new() } else { format!("access-control-request-headers: {headers}") };
    format!(
        "OPTIONS /items\nhost: api.example.com\norigin: https://app.example.com\naccess-control-request-method: {method}\n{headers}"
    )
}

const APP: &str = "https://app.example.com";

#[test]
fn origins_that_are_misspelt_are_found_when_the_policy_is_built() {
    check(&[
        problem(
            "CORS_ORIGIN copied from the address bar, slash and all; the header never appears",
            origins(["https://app.example.com/"]),
            "origin-has-trailing-slash",
            &["\"https://app.example.com/\"", "slash", "write \"https://app.example.com\""],
        ),
        problem(
            "allowed localhost:3000, Chrome says No 'Access-Control-Allow-Origin' header",
            origins(["localhost:3000"]),
            "origin-has-no-scheme",
            &["scheme", "write \"http://localhost:3000\""],
        ),
        problem(
            "production domain listed without https, works nowhere",
            origins(["app.example.com"]),
            "origin-has-no-scheme",
            &["write \"https://app.example.com\""],
        ),
        problem(
            "both origins in one environment variable",
            origins(["https://app.example.com,https://admin.example.com"]),
            "origin-is-a-list",
            &["write each as an entry of its own", "\"https://app.example.com\", \"https://admin.example.com\""],
        ),
        problem(
            "listed the page's address with its path",
            origins(["https://app.example.com/login"]),
            "origin-has-path",
            &["path", "write \"https://app.example.com\""],
        ),
        problem(
            "Origin written as in the certificate, with capitals",
            origins(["https://App.Example.com"]),
            "origin-has-upper-case",
            &["lower case", "write \"https://app.example.com\""],
        ),
        problem(
            "https with :443 never matches",
            origins(["https://app.example.com:443"]),
            "origin-has-default-port",
            &["default port", "write \"https://app.example.com\""],
        ),
        problem(
            "umlaut domain works in no browser",
            origins(["https://bücher.example"]),
            "origin-has-unicode-host",
            &["Punycode", "write \"https://xn--bcher-kva.example\""],
        ),
        problem(
            "a socket's address in the list",
            origins(["wss://app.example.com"]),
            "origin-has-scheme-of-no-page",
            &["write \"https://app.example.com\""],
        ),
        problem(
            "file:// listed for an Electron app, still origin null",
            origins(["file://"]),
            "origin-has-opaque-scheme",
            &["\"null\""],
        ),
        problem(
            "all sub-domains with a star glued on",
            origins(["https://*example.com"]),
            "origin-wildcard-before-public-suffix",
            &["strangers", "write \"https://*.example.com\""],
        ),
        problem(
            "a regular expression from another framework",
            origins([r"^https://.*\.example\.com$"]),
            "origin-is-a-regex",
            &["regular expression", "https://*.example.com"],
        ),
        problem(
            "JSON pasted into the variable",
            origins([r#"["https://app.example.com"]"#]),
            "origin-is-quoted",
            &["write \"https://app.example.com\""],
        ),
    ]);
}

#[test]
fn policies_that_browsers_or_attackers_would_misread_are_not_built() {
    check(&[
        problem(
            "axios withCredentials and allow_origin(Any): must not be the wildcard '*'",
            CorsLayer::new().allow_origin(Any).allow_credentials(true),
            "any-origin-trusted",
            &["any origin", "credentials", "allow_origins"],
        ),
        problem(
            "mirrors the origin to get around that",
            CorsLayer::new().allow_origin(AllowOrigin::mirror_request()).allow_credentials(true),
            "any-origin-trusted",
            &["any origin", "act as your users"],
        ),
        problem("\"*\" beside the real origin", origins(["*", APP]), "any-origin-beside-others", &["remove \"*\""]),
        problem(
            "credentials for every deployment on vercel.app",
            origins(["https://*.vercel.app"]).allow_credentials(true),
            "origin-open-to-strangers",
            &["strangers", "exact origins", "dangerously_allow_public_suffix(\"vercel.app\")"],
        ),
        problem(
            "null added for the sandboxed preview",
            origins(["null"]),
            "null-origin",
            &["sandboxed frame", "dangerously_allow_null_origin()"],
        ),
        problem(
            "http page of production with cookies",
            origins(["http://app.example.com"]).allow_credentials(true),
            "insecure-origin",
            &["write \"https://app.example.com\"", "dangerously_allow_insecure_origins()"],
        ),
        problem(
            "allow_headers([\"*\"]) with credentials, header still refused",
            usual().allow_headers([HeaderName::from_static("*")]),
            "wildcard-in-list",
            &["\"*\"", "allow_headers(Any)"],
        ),
    ]);
}

#[test]
fn rules_that_do_not_do_what_was_meant_are_warned_of() {
    check(&[
        warning(
            "allow_origin in a loop, only the last one works",
            origins(["https://app.example.com"]).allow_origins(["https://admin.example.com"]),
            "list-replaced",
            &["more than once", "only the last call counts", "in one call"],
        ),
        warning(
            "every request is sent twice",
            CorsLayer::new().allow_origins([APP]),
            "max-age-unset",
            &["5 s", "max_age(Duration::from_secs(7200))"],
        ),
        warning(
            "allow_headers([\"cookie\"]) and no cookie arrives",
            origins([APP]).allow_headers([http::header::COOKIE]),
            "forbidden-header",
            &["\"cookie\"", "cannot be set by a script", "allow_credentials(true)"],
        ),
        warning(
            "server allows \"patch\", browser sends PATCH",
            origins([APP]).allow_methods(["patch".parse::<Method>().unwrap()]),
            "patch-not-upper-case",
            &["\"patch\"", "Method::PATCH"],
        ),
        warning(
            "exposes set-cookie to read the session",
            origins([APP]).expose_headers([http::header::SET_COOKIE]),
            "unreadable-header",
            &["never readable"],
        ),
        warning(
            "gRPC-Web errors have no code",
            origins([APP]).allow_headers([HeaderName::from_static("x-grpc-web"), CONTENT_TYPE]),
            "grpc-status-not-exposed",
            &["grpc-status", "call grpc_web()"],
        ),
        warning(
            "empty list from an unset variable",
            CorsLayer::new().allow_origins(Vec::<String>::new()),
            "no-origin",
            &["no origin is allowed", "allow_origins"],
        ),
        warning(
            "access-control-allow-origin in the list of request headers",
            origins([APP]).allow_headers([http::header::ACCESS_CONTROL_ALLOW_ORIGIN]),
            "response-header",
            &["response header", "remove it here and there"],
        ),
    ]);
}

#[test]
fn origins_that_are_nearly_listed() {
    let many = |entry: &str| {
        CorsLayer::new()
            .allow_origins((0..20_000).map(|n| format!("https://tenant-{n}.example.net")).chain([entry.to_owned()]))
    };
    check(&[
        asked(
            "works with https, not with http",
            usual(),
            &get("http://app.example.com"),
            "scheme-differs",
            &[
                "\"http://app.example.com\" is not allowed",
                "the list has \"https://app.example.com\"",
                "open the page over https",
                "add \"http://app.example.com\" to allow_origins",
            ],
        ),
        asked(
            "page moved to https, list still has http",
            origins(["http://app.example.com"]),
            &get(APP),
            "scheme-differs",
            &["the list has \"http://app.example.com\"", "add \"https://app.example.com\""],
        ),
        asked(
            "the same with cookies: no weak origin is offered without a word",
            with_cookies(),
            &get("http://app.example.com"),
            "scheme-differs",
            &[
                "serve that page over https and add \"https://app.example.com\"",
                "dangerously_allow_insecure_origins(), after which",
                "trusted",
            ],
        ),
        asked(
            "vite took 5174 because 5173 was in use",
            origins(["http://localhost:5173"]),
            "GET /\nhost: localhost:8080\norigin: http://localhost:5174",
            "port-differs",
            &[
                "the list has \"http://localhost:5173\"",
                "port",
                "add \"http://localhost:5174\"",
                "\"http://localhost:*\"",
            ],
        ),
        asked(
            "staging on another port",
            usual(),
            &get("https://app.example.com:8443"),
            "port-differs",
            &["the list has \"https://app.example.com\"", "add \"https://app.example.com:8443\""],
        ),
        asked(
            "site works without www only",
            origins(["https://example.com"]),
            "GET /\nhost: api.example.net\norigin: https://www.example.com",
            "www-differs",
            &["the list has \"https://example.com\"", "www.", "add \"https://www.example.com\""],
        ),
        asked(
            "site works with www only",
            origins(["https://www.example.com"]),
            "GET /\nhost: api.example.net\norigin: https://example.com",
            "www-differs",
            &["add \"https://example.com\""],
        ),
        asked(
            "thought example.com covers app.example.com",
            origins(["https://example.com"]),
            &get(APP),
            "subdomain-differs",
            &["the list has \"https://example.com\"", "that host alone", "add \"https://app.example.com\""],
        ),
        asked(
            "*.example.com does not match the bare domain",
            origins(["https://*.example.com"]),
            &get("https://example.com"),
            "apex-not-covered",
            &["the list has \"https://*.example.com\"", "not itself", "add \"https://example.com\""],
        ),
        asked(
            "wildcard, but the page is http",
            origins(["https://*.example.com"]),
            &get("http://app.example.com"),
            "scheme-differs",
            &["\"https://*.example.com\"", "open the page over https"],
        ),
        asked(
            "wildcard, but the page has a port",
            origins(["https://*.example.com"]),
            &get("https://app.example.com:3000"),
            "port-differs",
            &["\"https://*.example.com\"", "add \"https://app.example.com:3000\""],
        ),
        asked(
            "preview name has one dot more",
            origins(["https://pr-*.preview.example.com"]),
            &get("https://pr-7.web.preview.example.com"),
            "wildcard-within-label",
            &[
                "\"https://pr-*.preview.example.com\"",
                "never for a dot",
                "add \"https://pr-7.web.preview.example.com\"",
            ],
        ),
        asked(
            "live-server opens 127.0.0.1, list has localhost",
            origins(["http://localhost:8080"]),
            "GET /\nhost: localhost:5000\norigin: http://127.0.0.1:8080",
            "loopback-differs",
            &[
                "same machine and another origin",
                "open the page at \"http://localhost:8080\"",
                "add \"http://127.0.0.1:8080\"",
            ],
        ),
        asked(
            "IPv6 loopback",
            origins(["http://localhost:5173"]),
            "GET /\nhost: localhost:5000\norigin: http://[::1]:5173",
            "loopback-differs",
            &["\"http://localhost:5173\"", "add \"http://[::1]:5173\""],
        ),
        asked(
            "opened what the server printed: 0.0.0.0",
            origins(["http://localhost:5173"]),
            "GET /\nhost: localhost:5000\norigin: http://0.0.0.0:5173",
            "loopback-differs",
            &["open the page at \"http://localhost:5173\""],
        ),
        asked(
            "put the API's address into the list",
            origins(["https://api.example.com"]),
            &get(APP),
            "server-listed",
            &[
                "\"https://api.example.com\"",
                "the address of this server",
                "origin of the page",
                "add \"https://app.example.com\"",
            ],
        ),
        asked(
            "put the backend's port into the list",
            origins(["http://localhost:8080"]),
            "GET /\nhost: localhost:8080\norigin: http://localhost:5173",
            "server-listed",
            &["\"http://localhost:8080\"", "the address of this server", "add \"http://localhost:5173\""],
        ),
        asked(
            "Tauri app works on macOS, not on Windows",
            origins(["tauri://localhost"]),
            "GET /\nhost: api.example.com\norigin: http://tauri.localhost",
            "web-view-differs",
            &["\"tauri://localhost\"", "Windows", "add \"http://tauri.localhost\""],
        ),
        asked(
            "listed https://tauri.localhost, sends http",
            origins(["https://tauri.localhost"]),
            "GET /\nhost: api.example.com\norigin: http://tauri.localhost",
            "web-view-differs",
            &["useHttpsScheme", "add \"http://tauri.localhost\""],
        ),
        asked(
            "Tauri: fine in dev, fails when built",
            origins(["http://localhost:1420"]),
            "GET /\nhost: api.example.com\norigin: tauri://localhost",
            "web-view-differs",
            &["\"http://localhost:1420\"", "development server", "when it is built", "add \"tauri://localhost\""],
        ),
        asked(
            "Capacitor works on iOS, not on Android",
            origins(["capacitor://localhost"]),
            "GET /\nhost: api.example.com\norigin: https://localhost",
            "web-view-differs",
            &["\"capacitor://localhost\"", "Android", "add \"https://localhost\""],
        ),
        asked(
            "Ionic works on Android, not on iOS",
            origins(["http://localhost"]),
            "GET /\nhost: api.example.com\norigin: ionic://localhost",
            "web-view-differs",
            &["\"http://localhost\"", "iOS", "add \"ionic://localhost\""],
        ),
        asked(
            "unpacked extension has another id",
            origins(["chrome-extension://abcdefghijklmnopabcdefghijklmnop"]),
            "GET /\nhost: api.example.com\norigin: chrome-extension://ponmlkjihgfedcbaponmlkjihgfedcba",
            "extension-differs",
            &["another identifier", "\"key\" in manifest.json", "add \"chrome-extension://ponm"],
        ),
        asked(
            "Firefox add-on fails for every user but me",
            origins(["moz-extension://02507908-8928-4ec3-86f5-2ae5dddf4c47"]),
            "GET /\nhost: api.example.com\norigin: moz-extension://6b1794a0-5ae6-4443-aef9-7755717bb180",
            "extension-differs",
            &["every installation", "host_permissions", "no CORS"],
        ),
        asked(
            "a letter swapped in the list",
            origins(["https://app.exmaple.com"]),
            &get(APP),
            "spelling-differs",
            &["\"https://app.exmaple.com\"", "almost the same", "add \"https://app.example.com\""],
        ),
        asked(
            "listed the .io, page is on .com",
            origins(["https://app.example.io"]),
            &get(APP),
            "spelling-differs",
            &["\"https://app.example.io\"", "add \"https://app.example.com\""],
        ),
        asked(
            "Punycode of another word than was listed",
            origins(["https://bucher.example"]),
            "GET /\nhost: api.example.net\norigin: https://xn--bcher-kva.example",
            "spelling-differs",
            &["\"https://bucher.example\"", "add \"https://xn--bcher-kva.example\""],
        ),
        asked(
            "second front end was never listed",
            usual(),
            &get("https://admin.example.com"),
            "host-differs",
            &["\"https://app.example.com\"", "another host of that site", "add \"https://admin.example.com\""],
        ),
        asked(
            "address with a dot at the end",
            usual(),
            &get("https://app.example.com."),
            "root-dot-differs",
            &["dot at the end", "open the page without it"],
        ),
        asked(
            "scheme of the app in another case",
            origins(["app://MyApp"]),
            "GET /\nhost: api.example.com\norigin: app://myapp",
            "case-differs",
            &["\"app://MyApp\"", "upper and lower case", "add \"app://myapp\""],
        ),
        asked(
            "several things wrong at once",
            origins(["https://localhost:3000"]),
            "GET /\nhost: localhost:8080\norigin: http://127.0.0.1:5173",
            "origin-not-listed",
            &[
                "\"https://localhost:3000\"",
                "another scheme, another host and another port",
                "add \"http://127.0.0.1:5173\"",
            ],
        ),
        asked(
            "a stranger's page",
            usual(),
            &get("https://evil.test"),
            "origin-not-listed",
            &["nothing like it", "if that page is yours, add \"https://evil.test\""],
        ),
        asked(
            "a stranger with a suffix in common",
            usual(),
            &get("https://notapp.example.com.evil.test"),
            "origin-not-listed",
            &["nothing like it"],
        ),
        asked(
            "twenty thousand tenants, and the page is http",
            many("https://late.example.org"),
            "GET /\nhost: api.example.com\norigin: http://late.example.org",
            "scheme-differs",
            &["\"https://late.example.org\""],
        ),
        asked(
            "twenty thousand tenants, and the bare domain",
            many("https://*.late.example.org"),
            "GET /\nhost: api.example.com\norigin: https://late.example.org",
            "apex-not-covered",
            &["\"https://*.late.example.org\""],
        ),
        asked(
            "no origin configured at all",
            CorsLayer::new(),
            &get(APP),
            "no-origin-allowed",
            &["no origin is allowed", "add \"https://app.example.com\" to allow_origins"],
        ),
        asked(
            "predicate compares the host only",
            CorsLayer::new().allow_origin(AllowOrigin::predicate(|origin, _| origin == "app.example.com")),
            &get(APP),
            "predicate-said-no",
            &["predicate", "\"https://app.example.com\"", "scheme, host and port"],
        ),
        asked(
            "predicate with cookies is not asked about http",
            CorsLayer::new().allow_origin(AllowOrigin::predicate(|_, _| true)).allow_credentials(true),
            &get("http://app.example.com"),
            "insecure-origin",
            &["not asked", "https", "dangerously_allow_insecure_origins()"],
        ),
    ]);
}

#[test]
fn who_sends_null_and_other_odd_origins() {
    check(&[
        asked(
            "double-clicked index.html",
            usual(),
            "GET /\nhost: api.example.com\norigin: null",
            "null-origin",
            &[
                "opened from the disk",
                "sandboxed frame",
                "data: URL",
                "redirected",
                "web server",
                "dangerously_allow_null_origin(), after which every website",
            ],
        ),
        asked(
            "sandboxed iframe or redirect",
            usual(),
            "GET /\nhost: api.example.com\norigin: null\nreferer: https://app.example.com/",
            "null-origin",
            &["sandboxed frame", "redirected from one origin to another", "allow-same-origin", "final address"],
        ),
        asked(
            "form of a page with Referrer-Policy: no-referrer, enforced",
            usual().reject_disallowed_origins(true),
            "POST /login\nhost: api.example.com\norigin: null\nsec-fetch-mode: navigate\nsec-fetch-site: cross-site",
            "null-origin",
            &["form", "referrer policy no-referrer", "cannot be allowed"],
        ),
        asked(
            "Electron, file://",
            usual(),
            "GET /\nhost: api.example.com\norigin: null\nuser-agent: Mozilla/5.0 Chrome/120 Electron/28.0",
            "null-origin",
            &["from the file system, in an application", "origin of its own"],
        ),
        asked(
            "old Android web view sends file://",
            usual(),
            "GET /\nhost: api.example.com\norigin: file://",
            "file-origin",
            &["old web view", "WebViewAssetLoader", "allow_origins"],
        ),
        asked(
            "tested with a slash at the end",
            usual(),
            "GET /items\nhost: api.example.com\norigin: https://app.example.com/",
            "malformed-origin",
            &[
                "ends with a slash",
                "browsers send \"https://app.example.com\", which is allowed",
                "curl -i -H 'Origin: https://app.example.com' 'https://api.example.com/items'",
            ],
        ),
        asked(
            "tested with the host alone",
            usual(),
            "GET /items\nhost: api.example.com\norigin: app.example.com",
            "malformed-origin",
            &["no scheme", "\"https://app.example.com\", which is allowed"],
        ),
        asked(
            "tested a preflight with capitals",
            usual(),
            "OPTIONS /items\nhost: api.example.com\norigin: https://APP.example.com\naccess-control-request-method: PUT\naccess-control-request-headers: content-type",
            "malformed-origin",
            &[
                "upper-case",
                "which is allowed",
                "-X OPTIONS -H 'Origin: https://app.example.com' -H 'Access-Control-Request-Method: PUT' -H 'Access-Control-Request-Headers: content-type'",
            ],
        ),
        asked(
            "tested with a star, as koa's readme shows",
            usual(),
            "GET /items\nhost: api.example.com\norigin: *",
            "malformed-origin",
            &["no origin that a browser sends", "-H 'Origin: https://app.example.com'"],
        ),
        asked(
            "proxy adds its own Origin",
            usual(),
            "GET /\nhost: api.example.com\norigin: https://app.example.com\norigin: https://proxy.example.com",
            "several-origins",
            &["several Origin headers", "proxy"],
        ),
    ]);
}

#[test]
fn what_the_preflight_asks_for() {
    check(&[
        asked(
            "PATCH was never allowed",
            usual(),
            &preflight("PATCH", ""),
            "method-not-allowed",
            &["\"PATCH\" is not allowed", "\"PUT\" and \"DELETE\"", "add Method::PATCH to allow_methods"],
        ),
        asked(
            "no methods at all",
            origins([APP]),
            &preflight("DELETE", ""),
            "method-not-allowed",
            &["allow_methods is not called", "add Method::DELETE"],
        ),
        asked(
            "fetch(…, {method: \"patch\"})",
            usual().allow_methods([Method::PATCH]),
            &preflight("patch", ""),
            "method-case",
            &["\"patch\"", "compare the others as they are written", "write method: \"PATCH\" in the script"],
        ),
        asked(
            "the same, and PATCH is not allowed either",
            usual(),
            &preflight("patch", ""),
            "method-case",
            &["write method: \"PATCH\" in the script", "Method::PATCH"],
        ),
        asked("put is upper-cased by browsers", usual(), &preflight("put", ""), "allowed", &["allowed"]),
        asked("POST needs no listing", origins([APP]), &preflight("POST", ""), "allowed", &["allowed"]),
        asked(
            "a method that no script can send",
            usual(),
            &preflight("TRACE", ""),
            "forbidden-method",
            &["\"TRACE\" cannot be sent by a script"],
        ),
        asked(
            "JSON without content-type in the list",
            origins([APP]).allow_headers([AUTHORIZATION]),
            &preflight("POST", "content-type"),
            "content-type-not-allowed",
            &["\"content-type\"", "JSON", "add CONTENT_TYPE to allow_headers"],
        ),
        asked(
            "bearer token without authorization in the list",
            origins([APP]).allow_headers([CONTENT_TYPE]),
            &preflight("GET", "authorization"),
            "header-not-allowed",
            &[
                "\"authorization\" is not allowed",
                "allow_headers has \"content-type\"",
                "add AUTHORIZATION to allow_headers",
            ],
        ),
        asked(
            "`*` does not cover authorization",
            origins([APP]).allow_headers(AllowHeaders::any_except_authorization()),
            &preflight("GET", "authorization"),
            "authorization-not-covered",
            &["any_except_authorization()", "does not cover it", "allow_headers(Any)"],
        ),
        asked(
            "an API key header",
            usual(),
            &preflight("GET", "x-api-key"),
            "header-not-allowed",
            &["\"x-api-key\" is not allowed", "add \"x-api-key\" to allow_headers"],
        ),
        asked(
            "the list has it with an underscore",
            usual().allow_headers([HeaderName::from_static("x_api_key")]),
            &preflight("GET", "x-api-key"),
            "header-not-allowed",
            &["allow_headers has \"x_api_key\", which is spelt differently", "add \"x-api-key\""],
        ),
        asked(
            "since the update of Sentry",
            usual(),
            &preflight("GET", "baggage,sentry-trace"),
            "header-not-allowed",
            &[
                "\"baggage\" and \"sentry-trace\"",
                "Sentry sends it",
                "add \"baggage\" and \"sentry-trace\" to allow_headers",
            ],
        ),
        asked(
            "method and header at once",
            usual(),
            &preflight("PATCH", "content-type,x-requested-with"),
            "method-not-allowed",
            &[
                "add Method::PATCH to allow_methods",
                "and request header \"x-requested-with\"",
                "add \"x-requested-with\" to allow_headers",
            ],
        ),
        asked(
            "axios sends Access-Control-Allow-Origin",
            usual(),
            &preflight("GET", "access-control-allow-origin,content-type"),
            "response-header-sent",
            &["\"access-control-allow-origin\" as a request header", "remove it from the script's headers"],
        ),
        asked(
            "the same, seen on the request",
            usual(),
            "GET /items\nhost: api.example.com\norigin: https://app.example.com\naccess-control-allow-origin: *",
            "response-header-sent",
            &["belongs on the answer", "remove it"],
        ),
        asked(
            "client header and a missing one",
            usual(),
            &preflight("GET", "access-control-allow-headers,x-access-token"),
            "response-header-sent",
            &["remove it from the script's headers", "and add \"x-access-token\" to allow_headers"],
        ),
        asked(
            "test asks for cookie",
            usual(),
            &preflight("GET", "cookie"),
            "forbidden-header",
            &["\"cookie\"", "a script cannot set", "remove it from the test"],
        ),
        asked(
            "JSON request as curl sends it",
            origins([APP]),
            "POST /items\nhost: api.example.com\norigin: https://app.example.com\ncontent-type: application/json\nuser-agent: curl/8\naccept: */*",
            "content-type-not-allowed",
            &["JSON", "add CONTENT_TYPE"],
        ),
        asked(
            "a form needs nothing",
            origins([APP]),
            "POST /items\nhost: api.example.com\norigin: https://app.example.com\ncontent-type: application/x-www-form-urlencoded; charset=utf-8",
            "allowed",
            &["may read the answer"],
        ),
        asked(
            "name with a space in Access-Control-Request-Headers",
            usual(),
            &preflight("GET", "x y"),
            "requested-headers",
            &["\"x y\"", "no header name"],
        ),
        asked(
            "two methods in one preflight",
            usual(),
            &format!("{}\naccess-control-request-method: GET", preflight("PUT", "")),
            "requested-method",
            &["not one method", "no browser"],
        ),
        asked(
            "old Chrome asks for the private network",
            usual(),
            &format!("{}\naccess-control-request-private-network: true", preflight("GET", "")),
            "private-network",
            &["browsers dropped it", "Local Network Access"],
        ),
    ]);
}

#[test]
fn credentials() {
    check(&[
        asked(
            "cookies to a public API",
            CorsLayer::permissive(),
            "GET /me\nhost: api.example.com\norigin: https://app.example.com\ncookie: session=1",
            "wildcard-with-credentials",
            &[
                "carries cookies",
                "refuse \"*\"",
                "(\"https://app.example.com\") with allow_origins",
                "allow_credentials(true)",
                "leave credentials: \"include\"",
            ],
        ),
        asked(
            "cookies, and allow_credentials was forgotten",
            usual(),
            "GET /me\nhost: api.example.com\norigin: https://app.example.com\ncookie: session=1",
            "credentials-not-allowed",
            &["carries cookies", "Access-Control-Allow-Credentials", "allow_credentials(true)"],
        ),
        asked(
            "only the preflight is at hand: the server cannot see the mode",
            CorsLayer::permissive(),
            &preflight("PUT", "content-type"),
            "allowed",
            &["if the page sends credentials", "browsers refuse \"*\"", "allow_credentials(true)"],
        ),
        asked(
            "the same with a list",
            usual(),
            &preflight("PUT", "content-type"),
            "allowed",
            &["if the page sends credentials", "allow_credentials(true)"],
        ),
        asked("all is well", with_cookies(), &preflight("PUT", "content-type"), "allowed", &["allowed"]),
        seen(
            "Set-Cookie of another site is not stored",
            with_cookies(),
            "POST /login\nhost: api.other.example\norigin: https://app.example.com",
            "200\naccess-control-allow-origin: https://app.example.com\naccess-control-allow-credentials: true\nvary: origin\nset-cookie: session=secret; HttpOnly; Path=/",
            "cookie-not-kept",
            &["no CORS matter", "\"session\"", "SameSite=None; Secure"],
        ),
        seen(
            "SameSite=None without Secure",
            with_cookies(),
            "POST /login\nhost: api.example.com\norigin: https://app.example.com\nsec-fetch-site: cross-site",
            "200\naccess-control-allow-origin: https://app.example.com\naccess-control-allow-credentials: true\nvary: origin\nset-cookie: session=secret; SameSite=None",
            "cookie-not-kept",
            &["SameSite=None; Secure"],
        ),
        seen(
            "login answers with a cookie, and the policy has no credentials",
            usual(),
            "POST /login\nhost: api.example.com\norigin: https://app.example.com",
            "200\naccess-control-allow-origin: https://app.example.com\nvary: origin\nset-cookie: session=secret; SameSite=None; Secure",
            "credentials-not-allowed",
            &["sets a cookie", "allow_credentials(true)"],
        ),
        seen(
            "401 although logged in",
            with_cookies(),
            &get(APP),
            "401\naccess-control-allow-origin: https://app.example.com\naccess-control-allow-credentials: true\nvary: origin",
            "cookie-not-sent",
            &["no CORS matter", "no cookie and no Authorization", "credentials: \"include\"", "SameSite=None; Secure"],
        ),
    ]);
}

#[test]
fn clients_and_tests_at_fault() {
    check(&[
        asked(
            "curl shows no Access-Control-Allow-Origin",
            usual(),
            "GET /items?page=2\nhost: localhost:3000\nuser-agent: curl/8.5.0",
            "no-origin",
            &[
                "no Origin",
                "proves nothing",
                "curl -i -H 'Origin: https://app.example.com' 'http://localhost:3000/items?page=2'",
            ],
        ),
        asked(
            "the same with a wildcard in the list",
            origins(["https://*.example.com:8443"]),
            "DELETE /items\nhost: api.example.com",
            "no-origin",
            &["curl -i -X DELETE -H 'Origin: https://page.example.com:8443' 'https://api.example.com/items'"],
        ),
        asked(
            "curl -X OPTIONS gives 405",
            usual(),
            "OPTIONS /items\nhost: api.example.com\norigin: https://app.example.com",
            "no-request-method",
            &[
                "no preflight",
                "-X OPTIONS -H 'Origin: https://app.example.com' -H 'Access-Control-Request-Method: GET'",
            ],
        ),
        asked(
            "OPTIONS with everything but Origin",
            usual(),
            "OPTIONS /items\nhost: api.example.com\naccess-control-request-method: PUT\naccess-control-request-headers: content-type",
            "no-origin",
            &[
                "no preflight",
                "-H 'Access-Control-Request-Method: PUT' -H 'Access-Control-Request-Headers: content-type' 'https://api.example.com/items'",
            ],
        ),
        asked(
            "mode no-cors, response is empty",
            usual(),
            "GET /items\nhost: api.example.com\nsec-fetch-mode: no-cors\nsec-fetch-site: cross-site",
            "no-cors-mode",
            &["mode no-cors", "remove mode: \"no-cors\""],
        ),
        asked(
            "mode no-cors, POST",
            usual(),
            "POST /items\nhost: api.example.com\norigin: https://app.example.com\nsec-fetch-mode: no-cors",
            "no-cors-mode",
            &["remove mode: \"no-cors\""],
        ),
        asked(
            "works when I open the address",
            usual(),
            "GET /items\nhost: api.example.com\nsec-fetch-mode: navigate\nsec-fetch-site: none",
            "navigation",
            &["navigation", "proves nothing for a script"],
        ),
        asked(
            "the service's own page",
            usual(),
            "POST /items\nhost: api.example.com\norigin: https://api.example.com",
            "own-origin",
            &["the service's own", "no CORS matter"],
        ),
        asked(
            "the service's own page, GET",
            usual(),
            "GET /items\nhost: api.example.com\nsec-fetch-site: same-origin\nsec-fetch-mode: cors",
            "own-origin",
            &["no CORS matter"],
        ),
        asked(
            "WebSocket connects from everywhere",
            usual(),
            "GET /ws\nhost: api.example.com\norigin: https://evil.test\nconnection: upgrade\nupgrade: websocket",
            "web-socket",
            &["no CORS matter", "reject_disallowed_origins(true)", "policy.guard()"],
        ),
        asked(
            "CDN removes Origin",
            usual(),
            "GET /items\nhost: api.example.com\nsec-fetch-mode: cors\nsec-fetch-site: same-site",
            "origin-removed",
            &["no Origin", "a proxy or a CDN", "pass Origin on"],
        ),
    ]);
}

#[test]
fn enforcement() {
    let enforcing = || usual().reject_disallowed_origins(true);
    check(&[
        asked(
            "own page over plain http in the intranet",
            enforcing(),
            "POST /items\nhost: intranet.example:8080\norigin: http://intranet.example:8080",
            "plain-http-own-origin",
            &["DNS rebinding", "https", "dangerously_allow_insecure_origins()"],
        ),
        asked(
            "own page behind a proxy that rewrites Host",
            enforcing(),
            "POST /items\nhost: 10.0.0.7:3000\norigin: https://shop.example.net\nx-forwarded-host: shop.example.net",
            "host-rewritten",
            &["rewrites Host to \"10.0.0.7:3000\"", "keep Host", "add \"https://shop.example.net\""],
        ),
        asked(
            "the same without a trace of it",
            enforcing(),
            "POST /items\nhost: 10.0.0.7:3000\norigin: https://shop.example.net",
            "origin-not-listed",
            &["if that page is yours, add", "keep Host, which says \"10.0.0.7:3000\""],
        ),
        asked(
            "a proxy that drops Origin",
            enforcing(),
            "POST /items\nhost: api.example.com\nsec-fetch-site: cross-site",
            "cross-site-without-origin",
            &["without Origin", "cross-site", "pass Origin on"],
        ),
        asked(
            "WebSocket of a stranger",
            enforcing(),
            "GET /ws\nhost: api.example.com\norigin: https://evil.test\nupgrade: websocket",
            "origin-not-listed",
            &["nothing like it"],
        ),
    ]);
}

#[test]
fn answers_that_this_layer_did_not_write() {
    let permitted = "access-control-allow-origin: https://app.example.com\nvary: origin";
    assert!(permitted.starts_with("access-control"));
    check(&[
        seen(
            "preflight gets 401",
            usual(),
            &preflight("PUT", "authorization"),
            "401\nwww-authenticate: Bearer",
            "authentication-outside",
            &[
                "401",
                "outside of this layer",
                "authentication",
                "no cookie and no Authorization",
                "outermost",
                ".layer(cors) after every other",
            ],
        ),
        seen(
            "preflight gets 403 from a CSRF check",
            usual(),
            &preflight("PUT", ""),
            "403\ncontent-type: text/html",
            "authentication-outside",
            &["403", "CSRF", "outermost"],
        ),
        seen(
            "401 of the request itself has no header",
            usual(),
            &get(APP),
            "401",
            "authentication-outside",
            &["the request got a 401", "outermost"],
        ),
        seen(
            "preflight gets 405",
            usual(),
            &preflight("PUT", ""),
            "405\nallow: GET,HEAD",
            "layer-before-routes",
            &["405", "router", ".layer(cors) after every .route(…)"],
        ),
        seen("404 without header", usual(), &get(APP), "404", "layer-before-routes", &["404", ".fallback(…)"]),
        seen(
            "preflight is redirected to https",
            usual(),
            &preflight("PUT", ""),
            "301\nlocation: https://api.example.com/items",
            "redirect-to-https",
            &["301", "no redirect", "write https:// in the script"],
        ),
        seen(
            "preflight is redirected to the slash",
            usual(),
            &preflight("PUT", ""),
            "307\nlocation: http://api.example.com/items/",
            "redirect-to-slash",
            &["307", "with the slash at the end"],
        ),
        seen(
            "router removes the slash",
            usual(),
            "GET /items/\nhost: api.example.com\norigin: https://app.example.com",
            "308\nlocation: /items",
            "redirect-to-slash",
            &["without permission", "without the slash at the end"],
        ),
        seen(
            "session expired: 302 to the login",
            usual(),
            &get(APP),
            "302\nlocation: https://login.example.com/authorize?return=/items",
            "redirect-to-login",
            &["login", "401 to scripts", "outermost"],
        ),
        seen(
            "redirect to www",
            usual(),
            &preflight("PUT", ""),
            "301\nlocation: https://www.api.example.com/items",
            "redirected",
            &["\"https://www.api.example.com/items\"", "write that host"],
        ),
        seen(
            "redirect of the service to another host, permitted",
            usual(),
            &get(APP),
            "302\nlocation: https://cdn.example.net/file\naccess-control-allow-origin: https://app.example.com\nvary: origin",
            "redirected",
            &["asks permission there again", "origin \"null\""],
        ),
        seen(
            "413 shown as a CORS error",
            usual(),
            "POST /upload\nhost: api.example.com\norigin: https://app.example.com",
            "413",
            "error-outside",
            &["413", "limit for bodies", "outermost"],
        ),
        seen(
            "429 shown as a CORS error",
            usual(),
            &get(APP),
            "429\nretry-after: 30",
            "error-outside",
            &["429", "limit for requests", "outermost"],
        ),
        seen("408 of a time-out layer", usual(), &get(APP), "408", "error-outside", &["time-out"]),
        seen(
            "500 after a panic",
            usual(),
            &get(APP),
            "500",
            "error-outside",
            &["a 500", "panics or errors", "outermost"],
        ),
        seen(
            "502 of nginx",
            usual(),
            &preflight("PUT", ""),
            "502\nserver: nginx",
            "error-outside",
            &["502", "proxy that got no answer"],
        ),
        seen(
            "nginx adds the header too",
            usual(),
            &get(APP),
            "200\naccess-control-allow-origin: https://app.example.com\naccess-control-allow-origin: *\nvary: origin",
            "doubled-header",
            &["two values, \"https://app.example.com\" and \"*\"", "remove it from the proxy"],
        ),
        seen(
            "two values in one line",
            CorsLayer::permissive(),
            &get(APP),
            "200\naccess-control-allow-origin: *, *",
            "doubled-header",
            &["\"*, *\"", "even if they are equal"],
        ),
        seen(
            "API gateway answers the preflight",
            usual(),
            &preflight("PUT", "content-type"),
            "200\naccess-control-allow-origin: *\naccess-control-allow-methods: GET,POST",
            "another-authority",
            &["\"*\"", "this layer would write \"https://app.example.com\"", "one authority"],
        ),
        seen(
            "gateway with shorter lists",
            usual(),
            &preflight("PUT", "content-type"),
            "204\naccess-control-allow-origin: https://app.example.com\naccess-control-allow-methods: GET\naccess-control-max-age: 600\naccess-control-allow-headers: authorization,content-type",
            "another-authority",
            &["access-control-allow-methods: \"GET\"", "\"PUT,DELETE\""],
        ),
        seen(
            "dev server's proxy answers OPTIONS with 200",
            usual(),
            &preflight("PUT", ""),
            "200\nallow: GET,HEAD,PUT",
            "layer-not-reached",
            &["answers OPTIONS itself", "pass OPTIONS on"],
        ),
        seen(
            "page allowed by the proxy, refused here",
            usual(),
            &get("https://other.test"),
            "200\naccess-control-allow-origin: *",
            "another-authority",
            &["this layer would not permit origin \"https://other.test\""],
        ),
        seen(
            "proxy removes Access-Control-Allow-Credentials",
            with_cookies(),
            &get(APP),
            "200\naccess-control-allow-origin: https://app.example.com\nvary: origin",
            "headers-removed",
            &["access-control-allow-credentials is missing", "pass the answer on"],
        ),
        seen(
            "Access-Control-Allow-Credentials: True",
            with_cookies(),
            &get(APP),
            "200\naccess-control-allow-origin: https://app.example.com\naccess-control-allow-credentials: True\nvary: origin",
            "another-authority",
            &["access-control-allow-credentials: \"True\"", "\"true\""],
        ),
        seen(
            "second front end gets the first one's answer",
            origins([APP, "https://admin.example.com"]),
            &get("https://admin.example.com"),
            "200\naccess-control-allow-origin: https://app.example.com\nage: 60",
            "cached-answer",
            &["permits \"https://app.example.com\", not \"https://admin.example.com\"", "cache", "Vary: origin"],
        ),
        seen(
            "CDN ignores Vary",
            origins([APP, "https://admin.example.com"]),
            &get("https://admin.example.com"),
            "200\naccess-control-allow-origin: https://app.example.com\nvary: Accept-Encoding, Origin",
            "cached-answer",
            &["key of that cache"],
        ),
        seen(
            "<img> first, fetch later: CloudFront has no header",
            usual(),
            &get(APP),
            "200\nage: 583098\nvia: 1.1 cloudfront\nx-cache: Hit from cloudfront\nvary: accept-encoding",
            "cached-answer",
            &["a cache", "without Origin", "Vary: origin"],
        ),
        seen(
            "Vary is there, permission is not",
            usual(),
            &get(APP),
            "200\nvary: origin",
            "origin-removed",
            &["varies on Origin and permits nothing", "pass Origin on"],
        ),
        seen(
            "route outside of the layer",
            usual(),
            &get(APP),
            "200\ncontent-type: application/json",
            "layer-not-reached",
            &["without this layer", ".layer(cors) after every .route(…)"],
        ),
        seen(
            "Vary was removed",
            usual(),
            &get(APP),
            "200\naccess-control-allow-origin: https://app.example.com",
            "vary-removed",
            &["Vary: origin", "keep Vary"],
        ),
        Report {
            what: "the layer's log has the request, the answer has nothing",
            told: Told::Reached(usual(), get(APP), Some("200"), true),
            code: "headers-removed",
            says: &["access-control-allow-origin is missing", "removes it"],
        },
        Report {
            what: "the layer never saw it",
            told: Told::Reached(usual(), get(APP), Some("200\nage: 1\nvary: origin"), false),
            code: "layer-not-reached",
            says: &["without this layer"],
        },
    ]);
}

#[test]
fn answers_that_this_layer_wrote_and_what_is_no_cors_matter() {
    check(&[
        seen(
            "denied preflight: the layer wrote it",
            usual(),
            "OPTIONS /\nhost: api.example.com\norigin: http://app.example.com\naccess-control-request-method: PUT",
            "403\ncache-control: no-store\nvary: origin, access-control-request-method, access-control-request-headers",
            "scheme-differs",
            &["\"https://app.example.com\""],
        ),
        seen(
            "granted preflight, and the header is missing in it",
            usual(),
            &preflight("PUT", "x-api-key"),
            "204\naccess-control-allow-origin: https://app.example.com\naccess-control-allow-methods: PUT,DELETE\naccess-control-allow-headers: authorization,content-type\naccess-control-max-age: 600",
            "header-not-allowed",
            &["add \"x-api-key\" to allow_headers"],
        ),
        seen(
            "no header for a refused origin",
            usual(),
            &get("https://app.example.org"),
            "200\nvary: origin",
            "spelling-differs",
            &["\"https://app.example.com\""],
        ),
        seen(
            "ETag is null in the script",
            usual(),
            &get(APP),
            "200\naccess-control-allow-origin: https://app.example.com\nvary: origin\netag: \"1\"\ncontent-type: text/plain\nx-total-count: 7\ndate: now",
            "header-not-exposed",
            &["\"etag\" and \"x-total-count\"", "expose_headers"],
        ),
        seen(
            "exposed headers are readable",
            usual().expose_headers([ETAG]),
            &get(APP),
            "200\naccess-control-allow-origin: https://app.example.com\naccess-control-expose-headers: etag\nvary: origin\netag: \"1\"",
            "allowed",
            &["lets the page read"],
        ),
        seen(
            "500 of the service is no CORS error",
            usual(),
            &get(APP),
            "500\naccess-control-allow-origin: https://app.example.com\nvary: origin",
            "service-error",
            &["no CORS matter", "500"],
        ),
        seen(
            "image without crossorigin, CORP",
            usual(),
            "GET /logo.png\nhost: api.example.com\nsec-fetch-mode: no-cors\nsec-fetch-site: cross-site",
            "200\ncross-origin-resource-policy: same-origin",
            "resource-policy",
            &["Cross-Origin-Resource-Policy: same-origin", "crossorigin=\"anonymous\""],
        ),
        seen(
            "opaque response",
            usual(),
            "GET /data\nhost: api.example.com\nsec-fetch-mode: no-cors\nsec-fetch-site: cross-site",
            "200\nvary: origin",
            "no-cors-mode",
            &["remove mode: \"no-cors\""],
        ),
        unanswered(
            "(failed) net::ERR_CONNECTION_REFUSED",
            usual(),
            &get(APP),
            "no-answer",
            &["no CORS matter", "port", "certificate", "ad blocker", "local network"],
        ),
        unanswered(
            "https page, http API",
            usual(),
            "GET http://api.example.com/items\norigin: https://app.example.com",
            "mixed-content",
            &["no CORS matter", "mixed content", "https://"],
        ),
        Report {
            what: "the handler panics",
            told: Told::Reached(usual(), get(APP), None, true),
            code: "no-answer",
            says: &["panic", "CatchPanicLayer", "inside of this one"],
        },
        seen(
            "curl without Origin, with its answer",
            usual(),
            "GET /items\nhost: api.example.com",
            "200\nvary: origin",
            "no-origin",
            &["curl -i -H 'Origin: https://app.example.com'"],
        ),
        seen(
            "WebSocket refused with 400",
            usual(),
            "GET /ws\nhost: api.example.com\norigin: https://app.example.com\nupgrade: websocket",
            "400",
            "web-socket",
            &["no CORS matter"],
        ),
    ]);
}

#[test]
fn near_misses_and_test_lines_are_values_too() {
    let near = explained(&usual(), &get("http://app.example.com"));
    assert_eq!(near.cause(), Cause::SchemeDiffers);
    assert_eq!(near.near_miss(), Some("https://app.example.com"));
    assert_eq!(near.curl(), None);

    let test = explained(&usual(), "GET /\nhost: 127.0.0.1:3000");
    assert_eq!(test.near_miss(), None);
    assert_eq!(test.curl(), Some("curl -i -H 'Origin: https://app.example.com' 'http://127.0.0.1:3000/'"));

    let header =
        explained(&usual().allow_headers([HeaderName::from_static("x-api-key")]), &preflight("GET", "x-apikey"));
    assert_eq!(header.near_miss(), Some("x-api-key"));
    assert_eq!(format!("{header:?}"), format!("header-not-allowed: {header}"));
}

#[test]
fn the_line_that_a_test_is_given_works() {
    // What the line says is allowed, and is answered with permission.
    for layer in [
        usual(),
        origins(["https://*.example.com"]),
        origins(["http://localhost:*"]),
        origins(["https://pr-*.preview.example.com"]),
        origins(["https://*.example.com:*"]),
        origins(["capacitor://*"]),
        CorsLayer::permissive(),
    ] {
        let line = explained(&layer, "GET /items\nhost: api.example.com").curl().unwrap().to_owned();
        let origin = line.split("Origin: ").nth(1).unwrap().split('\'').next().unwrap();
        let again = explained(&layer, &get(origin));
        assert_eq!(again.cause(), Cause::Allowed, "{line}: {again}");
    }
}

#[test]
fn hostile_values_are_escaped_and_cut_and_never_reach_a_shell() {
    let hostile = "x'; rm -rf ~ #\u{202e}\u{1b}";
    let mut requests = vec![
        format!("GET /\nhost: {hostile}"),
        format!("GET /a'b\nhost: api.example.com\nx: {hostile}"),
        format!("GET /\nhost: api.example.com\norigin: https://{}", "a".repeat(60_000)),
        format!("OPTIONS /\nhost: a\naccess-control-request-method: {hostile}"),
        format!(
            "OPTIONS /\nhost: a\norigin: {APP}\naccess-control-request-method: PUT\naccess-control-request-headers: {hostile}"
        ),
        format!(
            "OPTIONS /\nhost: a\norigin: {APP}\naccess-control-request-method: PUT\naccess-control-request-headers: {}",
            (0..120).map(|n| format!("x-{n}")).collect::<Vec<_>>().join(",")
        ),
        format!(
            "OPTIONS /\nhost: a\norigin: {APP}\naccess-control-request-method: PUT\naccess-control-request-headers: {}",
            "x,".repeat(50_000)
        ),
        format!("OPTIONS /\nhost: a\norigin: {APP}\naccess-control-request-method: {}", "M".repeat(60_000)),
    ];
    for name in ["origin", "sec-fetch-site", "sec-fetch-mode", "cookie", "referer", "user-agent", "x-forwarded-host"] {
        requests.push(format!("POST /\nhost: api.example.com\norigin: {APP}\n{name}: {hostile}"));
        requests.push(format!("POST /\nhost: api.example.com\norigin: https://b.example\n{name}: {hostile}"));
    }
    let answers = [
        None,
        Some("200"),
        Some("302\nlocation: /x'\"<script>"),
        Some("200\naccess-control-allow-origin: https://evil.test\naccess-control-allow-origin: a"),
        Some("200\nset-cookie: \"'=;;;\naccess-control-allow-origin: https://app.example.com"),
        Some("403"),
    ];
    let layers =
        [usual(), with_cookies(), usual().reject_disallowed_origins(true), CorsLayer::permissive(), CorsLayer::new()];
    for layer in &layers {
        for request in &requests {
            // Control characters cannot stand in a header value at all.
            let request = request.replace('\u{1b}', "");
            for explanation in std::iter::once(explained(layer, &request))
                .chain(answers.iter().map(|answer| judged(layer, &request, *answer, None)))
            {
                let text = explanation.to_string();
                assert!(text.len() < 3_000, "{} bytes: {text:.300}", text.len());
                assert!(!text.contains(['\n', '\u{202e}', '\u{1b}']), "{text}");
                if let Some(line) = explanation.curl() {
                    // Every word is plain, or in a pair of apostrophes without one inside.
                    assert_eq!(line.matches('\'').count() % 2, 0, "{line}");
                    let outside: String = line.split('\'').step_by(2).collect();
                    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b" -\"$".contains(&byte);
                    assert!(outside.bytes().all(plain), "{line}");
                }
            }
        }
    }
}

#[test]
fn the_causes_have_unique_codes() {
    let mut codes: Vec<_> = Cause::ALL.iter().map(|cause| cause.code()).collect();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), Cause::ALL.len());
    assert!(codes.iter().all(|code| code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')), "{codes:?}");
}

#[test]
fn explaining_tells_nobody() {
    let layer = usual().on_refusal(|refusal| panic!("{refusal}"));
    let _ = explained(&layer, &get("https://evil.test"));
    let _ = judged(&layer, &get("https://evil.test"), Some("200"), None);
}
