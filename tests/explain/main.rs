//! Reports of "my CORS fails", as people write them: each is given its true cause and the line to change, in one sentence,
//! by a problem when the policy is built, by a warning, or by `explain`.

mod answers;
mod built;
mod origins;
mod questions;
#[allow(dead_code, reason = "each test file uses a part of it")]
#[path = "../support/mod.rs"]
mod support;

use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName};
use http::{Method, Response, StatusCode};
use support::parse;
use tower_cors::{Cause, CorsLayer, CorsPolicy, Explanation, Observed};

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
    for method in ["a`b`", "a|b", "a'b", "$x", "a&b", "!a", "%a`id`'", "*", &"a".repeat(60_000)] {
        requests.push(format!("{method} /\nhost: api.example.com"));
        requests.push(format!("{method} /\nhost: api.example.com\norigin: {APP}/"));
        requests.push(format!("OPTIONS /\nhost: api.example.com\naccess-control-request-method: {method}"));
        requests.push(format!(
            "OPTIONS /\nhost: a\norigin: {APP}/\naccess-control-request-method: {method}\naccess-control-request-headers: {method}"
        ));
    }
    for name in ["a", "b", "c", "d"].map(|name| name.repeat(8_000)) {
        requests.push(format!("OPTIONS /\nhost: a\naccess-control-request-method: GET\naccess-control-request-headers: {name}\naccess-control-request-headers: {name}x"));
    }
    for target in ["/[1-999]", "/{a,b}", "/$x|b", "/;id"] {
        requests.push(format!("GET {target}\nhost: a[1-9]b"));
        requests.push(format!("GET {target}\nhost: api.example.com"));
    }
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
    let mut lines = std::collections::BTreeSet::new();
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
                    lines.insert(line.to_owned());
                    // Every word is plain, or in a pair of apostrophes without one inside.
                    assert_eq!(line.matches('\'').count() % 2, 0, "{line}");
                    let mut outside: String = line.split('\'').step_by(2).collect();
                    for variable in ["\"$URL\"", "\"$METHOD\"", "\"$HEADERS\""] {
                        outside = outside.replace(variable, "");
                    }
                    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b" -".contains(&byte);
                    assert!(outside.bytes().all(plain), "{line}");
                    // Nor does curl make several requests of one.
                    assert!(!line.contains(['[', '{']) || line.contains("-g "), "{line}");
                }
            }
        }
    }
    // What is dangerous did get into a line.
    for word in
        ["-X 'a`b`'", "-X 'a|b'", "-X 'a%27b'", "-X '$x'", "-X \"$METHOD\"", "Method: a`b`'", "\"$HEADERS\"", "/{a,b}'"]
    {
        assert!(lines.iter().any(|line| line.contains(word)), "{word}");
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
