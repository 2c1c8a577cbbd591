//! The two servers without a browser: who may speak to them, what they say of a policy, and that the API obeys it.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, Response, StatusCode};
use playground::listen::Wanted;
use playground::places::Places;
use playground::runs::Runs;
use playground::{Playground, api, page, presets};
use serde_json::{Value, json};
use tower::ServiceExt as _;

const PLACES: Places = Places { page: 5180, api: 5181 };
const PAGE: &str = "http://localhost:5180";

type Headers<'a> = Vec<(&'a str, &'a str)>;

struct Servers {
    page: Router,
    api: Router,
    runs: Arc<Runs>,
}

fn servers() -> Servers {
    let runs: Arc<Runs> = Arc::default();
    Servers { page: page::router(PLACES, Arc::clone(&runs)), api: api::router(PLACES, Arc::clone(&runs)), runs }
}

async fn send(router: &Router, request: Request<Body>) -> Response<Body> {
    let Ok(response) = router.clone().oneshot(request).await;
    response
}

async fn text(response: Response<Body>) -> String {
    String::from_utf8(to_bytes(response.into_body(), usize::MAX).await.unwrap().to_vec()).unwrap()
}

fn own_post(path: &str, body: &Value) -> Request<Body> {
    Request::post(path)
        .header("host", "localhost:5180")
        .header("origin", PAGE)
        .header("sec-fetch-site", "same-origin")
        .header("content-type", "application/json")
        .body(Body::from(body.to_string()))
        .unwrap()
}

async fn ask(servers: &Servers, path: &str, body: &Value) -> Value {
    let response = send(&servers.page, own_post(path, body)).await;
    assert_eq!(response.status(), 200, "{path} {body}");
    assert_eq!(response.headers()["content-type"], "application/json");
    serde_json::from_str(&text(response).await).unwrap()
}

async fn check(servers: &Servers, fields: &Value) -> Value {
    ask(servers, "/api/check", &json!({ "format": "json", "text": fields.to_string() })).await
}

fn codes<'a>(found: &'a Value, what: &str) -> Vec<&'a str> {
    found[what].as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap()).collect()
}

fn request(overrides: &Value) -> Value {
    let mut request = json!({
        "sender": "page", "engine": "chromium", "method": "GET", "path": "items", "headers": [],
        "credentials": "same-origin", "body": "",
    });
    for (key, value) in overrides.as_object().unwrap() {
        request[key] = value.clone();
    }
    request
}

fn attempt(fields: &Value, overrides: &Value) -> Value {
    json!({ "policy": { "format": "json", "text": fields.to_string() }, "ask": request(overrides) })
}

#[tokio::test]
async fn policies_are_taken_from_the_own_page_only() {
    let sound = json!({ "format": "json", "text": r#"{"origins":["https://app.example.com"]}"# }).to_string();
    let own = [("host", "localhost:5180"), ("origin", PAGE), ("content-type", "application/json")];
    let replaced = |name: &str, value: Option<&'static str>| -> Headers<'_> {
        own.iter()
            .filter_map(
                |(own_name, own)| if *own_name == name { Some((*own_name, value?)) } else { Some((*own_name, *own)) },
            )
            .collect()
    };
    let with = |name: &'static str, value: &'static str| [own.as_slice(), &[(name, value)]].concat();
    let foreign_site = |origin: &'static str, site: &'static str| {
        [replaced("origin", Some(origin)).as_slice(), &[("sec-fetch-site", site)]].concat()
    };
    let cases: Vec<(&str, Headers<'_>, u16)> = vec![
        ("own page", own.to_vec(), 200),
        ("own page, and the browser says so", with("sec-fetch-site", "same-origin"), 200),
        (
            "own page, content type with parameter",
            replaced("content-type", Some("Application/JSON; charset=utf-8")),
            200,
        ),
        ("another site", foreign_site("https://evil.example", "cross-site"), 403),
        ("another site without metadata", replaced("origin", Some("https://evil.example")), 403),
        ("the API's origin", foreign_site("http://localhost:5181", "same-site"), 403),
        ("another port of this machine", foreign_site("http://localhost:3000", "same-site"), 403),
        ("the origin under https", foreign_site("https://localhost:5180", "cross-site"), 403),
        ("a host that begins alike", foreign_site("http://localhost:51800", "cross-site"), 403),
        ("null", foreign_site("null", "cross-site"), 403),
        ("null without metadata", replaced("origin", Some("null")), 403),
        ("no origin", replaced("origin", None), 403),
        ("two origins", with("origin", "https://evil.example"), 403),
        ("the preview's frame", replaced("origin", Some("http://pr-7.preview.localhost:5180")), 403),
        ("rebound name", replaced("host", Some("evil.test:5180")), 403),
        (
            "rebound name, its own origin",
            {
                vec![
                    ("host", "evil.test:5180"),
                    ("origin", "http://evil.test:5180"),
                    ("content-type", "application/json"),
                    ("sec-fetch-site", "same-origin"),
                ]
            },
            403,
        ),
        ("the preview's name", replaced("host", Some("pr-7.preview.localhost:5180")), 403),
        ("another port in Host", replaced("host", Some("localhost:5181")), 403),
        ("no port in Host", replaced("host", Some("localhost")), 403),
        ("name that begins alike", replaced("host", Some("localhost.evil.test:5180")), 403),
        ("user information in Host", replaced("host", Some("evil.test@localhost:5180")), 403),
        ("no Host", replaced("host", None), 403),
        ("two Hosts", with("host", "evil.test:5180"), 403),
        ("text/plain, as a form can", replaced("content-type", Some("text/plain")), 415),
        ("a form", replaced("content-type", Some("application/x-www-form-urlencoded")), 415),
        ("json in a parameter", replaced("content-type", Some("text/plain; application/json")), 415),
        ("json that is not", replaced("content-type", Some("application/jsonx")), 415),
        ("no content type", replaced("content-type", None), 415),
        ("two content types", with("content-type", "text/plain"), 415),
    ];
    let servers = servers();
    for (what, headers, status) in &cases {
        let mut request = Request::post("/api/check");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = send(&servers.page, request.body(Body::from(sound.clone())).unwrap()).await;
        assert_eq!(response.status().as_u16(), *status, "{what}");
        assert!(response.headers().keys().all(|name| !name.as_str().starts_with("access-control-")), "{what}");
        assert!(!text(response).await.contains("evil"), "{what}");
    }
    // HTTP/1.1 with an absolute target: the authority in it counts too.
    let mut absolute = own_post("http://evil.test:5180/api/check", &json!({ "format": "json", "text": "{}" }));
    assert_eq!(send(&servers.page, absolute).await.status(), 403);
    absolute = own_post("http://localhost:5180/api/check", &json!({ "format": "json", "text": "{}" }));
    assert_eq!(send(&servers.page, absolute).await.status(), 200);
}

#[tokio::test]
async fn no_other_website_is_let_in_by_a_preflight() {
    let preflight = Request::options("/api/run")
        .header("host", "localhost:5180")
        .header("origin", "https://evil.example")
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "content-type");
    let response = send(&servers().page, preflight.body(Body::empty()).unwrap()).await;
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert!(response.headers().get("access-control-allow-origin").is_none());
}

#[tokio::test]
async fn what_is_too_large_or_not_asked_for_is_refused_without_an_echo() {
    let servers = servers();
    let sound = json!({ "origins": ["https://app.example.com"] });
    let policy = |text: &str| json!({ "format": "json", "text": text });
    let headers = |count: usize| json!({ "headers": vec![["x-a", "b"]; count] });
    let cases = [
        ("/api/check", policy(&"o".repeat(33 * 1024)), 413),
        ("/api/check", policy("{}"), 200),
        ("/api/check", json!({ "format": "yaml-<b>", "text": "{}" }), 400),
        ("/api/check", json!({ "format": "json", "text": "{}", "<b>": 1 }), 400),
        ("/api/check", json!([]), 400),
        ("/api/outcome", json!({ "run": "<b>" }), 404),
        ("/api/<b>", json!({}), 404),
        ("/api/run", attempt(&sound, &json!({ "sender": "<b>" })), 400),
        ("/api/run", attempt(&sound, &json!({ "path": "../<b>" })), 400),
        ("/api/run", attempt(&sound, &json!({ "method": "M".repeat(51) })), 422),
        ("/api/run", attempt(&sound, &headers(21)), 422),
        ("/api/run", attempt(&sound, &headers(20)), 200),
        ("/api/run", attempt(&sound, &json!({ "headers": [["x".repeat(101), ""]] })), 422),
        ("/api/run", attempt(&sound, &json!({ "headers": [["x", "v".repeat(1001)]] })), 422),
        ("/api/run", attempt(&sound, &json!({ "headers": [["x", "🦀"]] })), 422),
        ("/api/run", attempt(&sound, &json!({ "body": "b".repeat(4097) })), 422),
        ("/api/run", attempt(&json!({ "origins": ["<b>"] }), &json!({})), 422),
    ];
    for (path, body, status) in cases {
        let response = send(&servers.page, own_post(&path.replace('<', "%3C").replace('>', "%3E"), &body)).await;
        assert_eq!(response.status(), status, "{path} {body:.200}");
        if status != 200 {
            let said = text(response).await;
            assert!(!said.contains("<b>"), "{said}");
            assert!(serde_json::from_str::<Value>(&said).unwrap()["error"].is_string());
        }
    }
    assert_eq!(servers.runs.len(), 1);
}

#[tokio::test]
async fn problems_and_warnings_come_back_with_code_place_and_text() {
    let servers = servers();
    let found = check(
        &servers,
        &json!({ "origins": ["https://app.example.com/", "https://*.github.io"], "credentials": true, "orgins": 1 }),
    )
    .await;
    assert_eq!(codes(&found, "problems"), ["unknown-key", "origin-has-trailing-slash", "origin-open-to-strangers"]);
    let slash = &found["problems"][1];
    assert_eq!((&slash["key"], &slash["index"]), (&json!("origins"), &json!(0)));
    assert_eq!(slash["suggestion"], "https://app.example.com");
    assert!(slash["text"].as_str().unwrap().starts_with("origins[0]: "), "{slash}");
    assert_eq!(found["problems"][0]["place"], "orgins");

    let found = check(&servers, &json!({ "origins": ["https://app.example.com"], "headers": ["cookie"] })).await;
    assert_eq!(codes(&found, "problems"), [""; 0]);
    let keys: Vec<_> = found["warnings"].as_array().unwrap().iter().map(|one| (&one["code"], &one["key"])).collect();
    assert!(keys.contains(&(&json!("forbidden-header"), &json!("headers"))), "{found}");
    assert!(keys.contains(&(&json!("max-age-unset"), &json!("max_age"))), "{found}");
    assert_eq!(keys.len(), 2);
}

#[tokio::test]
async fn the_views_of_a_policy_are_the_same_policy() {
    let servers = servers();
    let written = "max_age = 600\norigins = [\"https://app.example.com\"]\n";
    let found = ask(&servers, "/api/check", &json!({ "format": "toml", "text": written })).await;
    assert_eq!(found["fields"], json!({ "max_age": 600, "origins": ["https://app.example.com"] }));
    assert_eq!(found["toml"], "origins = [\"https://app.example.com\"]\nmax_age = 600\n");
    let json_text = found["json"].as_str().unwrap();
    assert!(json_text.find("origins") < json_text.find("max_age"), "{json_text}");

    let broken = ask(&servers, "/api/check", &json!({ "format": "toml", "text": "origins = [\n]\nmax_age =\n" })).await;
    assert_eq!((&broken["syntax"]["line"], &broken["fields"]), (&json!(3), &Value::Null));
    let broken = ask(&servers, "/api/check", &json!({ "format": "json", "text": "{\n\"origins\": ," })).await;
    assert_eq!((&broken["syntax"]["line"], &broken["fields"]), (&json!(2), &Value::Null));
    // Twice the same key: JSON lets it pass, the configuration does not.
    let text = r#"{"origins": ["https://a.example"], "origins": ["*"]}"#;
    let twice = ask(&servers, "/api/check", &json!({ "format": "json", "text": text })).await;
    assert_eq!(codes(&twice, "problems"), ["repeated-key"]);
    // What no key takes survives the way to TOML and back.
    let odd = json!({ "a\"\n": { "b": [1.5] }, "origins": [["x"]], "vary": [{ "t": true }] });
    let text = check(&servers, &odd).await["toml"].clone();
    let again = ask(&servers, "/api/check", &json!({ "format": "toml", "text": text })).await;
    assert_eq!(again["fields"], odd);
}

#[tokio::test]
async fn what_others_wrote_comes_back_as_json_text_and_cut() {
    let servers = servers();
    let hostile = "<img src=x onerror=alert(1)>\u{202e}\u{0}\n</script>";
    let found = check(&servers, &json!({ "origins": [hostile], hostile: true, "methods": ["m".repeat(5000)] })).await;
    assert_eq!(found["fields"]["origins"][0], hostile);
    for problem in found["problems"].as_array().unwrap() {
        let text = problem["text"].as_str().unwrap();
        assert!(text.len() < 700 && !text.chars().any(|c| c.is_control() || c == '\u{202e}'), "{text}");
    }
    let many: Vec<_> = (0..500).map(|n| format!("<{n}>")).collect();
    let found = check(&servers, &json!({ "origins": many })).await;
    assert_eq!((codes(&found, "problems").len(), &found["more_problems"]), (50, &json!(450)));
}

/// Sends what a browser would, as far as the policy lets it, and returns the answers.
async fn fetch(
    servers: &Servers,
    run: &Value,
    headers: &[(&str, &str)],
    method: &str,
) -> Vec<(u16, HeaderMap, String)> {
    let path = run["url"].as_str().unwrap().strip_prefix("http://localhost:5181").unwrap();
    let mut preflight = Request::options(path)
        .header("host", "localhost:5181")
        .header("origin", run["origin"].as_str().unwrap())
        .header("access-control-request-method", method);
    for (name, _) in headers {
        preflight = preflight.header("access-control-request-headers", *name);
    }
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", "localhost:5181")
        .header("origin", run["origin"].as_str().unwrap());
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut answers = Vec::new();
    for request in [preflight.body(Body::empty()).unwrap(), request.body(Body::from("{}")).unwrap()] {
        let response = send(&servers.api, request).await;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        answers.push((status, headers, text(response).await));
        if answers[0].0 != 204 {
            break;
        }
    }
    answers
}

#[tokio::test]
async fn the_api_runs_exactly_this_policy_and_tells_what_it_saw() {
    let servers = servers();
    let policy = json!({ "origins": [PAGE], "methods": ["PUT"], "headers": ["content-type"], "expose_headers": ["etag", "x-total-count"] });
    let put = json!({ "method": "PUT", "headers": [["content-type", "application/json"]], "body": "{}" });
    let run = ask(&servers, "/api/run", &attempt(&policy, &put)).await;
    assert_eq!(run["model"]["readable"], true, "{run}");
    assert_eq!(run["origin"], PAGE);

    let answers = fetch(&servers, &run, &[("content-type", "application/json")], "PUT").await;
    let [(204, preflight, empty), (200, answer, body)] = answers.as_slice() else { panic!("{answers:?}") };
    assert_eq!((preflight["access-control-allow-methods"].as_bytes(), empty.as_str()), (&b"PUT"[..], ""));
    assert_eq!(answer["access-control-allow-origin"], PAGE);
    assert_eq!(answer["access-control-expose-headers"], "etag,x-total-count");
    assert_eq!(answer["x-content-type-options"], "nosniff");
    assert_eq!(serde_json::from_str::<Value>(body).unwrap()["body"], "{}");

    let outcome = ask(&servers, "/api/outcome", &json!({ "run": run["run"] })).await;
    let exchanges = outcome["exchanges"].as_array().unwrap();
    let seen: Vec<_> = exchanges.iter().map(|seen| (&seen["preflight"], &seen["by_policy"])).collect();
    assert_eq!(seen, [(&json!(true), &json!(true)), (&json!(false), &json!(false))]);
    assert_eq!(exchanges[1]["request"]["body"], "{}");
    assert!(exchanges[1]["response"]["headers"].as_array().unwrap().contains(&json!(["etag", "\"1\""])));
    assert_eq!((&outcome["explanation"]["code"], &outcome["change"]), (&json!("allowed"), &Value::Null));
}

#[tokio::test]
async fn how_long_a_preflight_is_good_for_is_told_as_the_engine_has_it() {
    let servers = servers();
    let kept = |max_age: Option<u64>| {
        let mut fields = json!({ "origins": [PAGE], "methods": ["PUT"] });
        if let Some(seconds) = max_age {
            fields["max_age"] = json!(seconds);
        }
        fields
    };
    let any = json!({ "origins": ["*"], "methods": ["*"], "max_age": 600 });
    let cases = [
        ("chromium", "PUT", kept(Some(60)), json!(60)),
        ("chromium", "PUT", kept(Some(86_400)), json!(7200)),
        ("firefox", "PUT", kept(Some(86_400)), json!(86_400)),
        ("webkit", "PUT", kept(Some(86_400)), json!(600)),
        ("chromium", "PUT", kept(Some(0)), json!(0)),
        ("chromium", "PUT", kept(None), json!(5)),
        // It keeps `*` as a name like any other.
        ("firefox", "PUT", any.clone(), json!(0)),
        ("webkit", "PUT", any, json!(600)),
        ("chromium", "GET", kept(Some(60)), Value::Null),
        ("chromium", "DELETE", kept(Some(60)), Value::Null),
    ];
    for (engine, method, fields, seconds) in cases {
        let run = ask(&servers, "/api/run", &attempt(&fields, &json!({ "engine": engine, "method": method }))).await;
        assert_eq!(run["kept"], seconds, "{engine} {method} {fields}");
    }
}

/// Whether the policy allows it is not for the browser to say, nor for the status of the answer.
#[tokio::test]
async fn the_policy_is_told_by_its_own_cause() {
    let servers = servers();
    for (origin, path, allowed) in [
        (PAGE, "items", true),
        (PAGE, "error", true),
        (PAGE, "missing", true),
        ("https://app.example.com", "items", false),
        ("https://app.example.com", "error", false),
    ] {
        let run = ask(&servers, "/api/run", &attempt(&json!({ "origins": [origin] }), &json!({ "path": path }))).await;
        let get = Request::get(run["url"].as_str().unwrap().strip_prefix("http://localhost:5181").unwrap());
        let get = get.header("host", "localhost:5181").header("origin", PAGE);
        send(&servers.api, get.body(Body::empty()).unwrap()).await;
        let outcome = ask(&servers, "/api/outcome", &json!({ "run": run["run"] })).await;
        assert_eq!(outcome["explanation"]["allowed"], allowed, "{origin} {path}: {}", outcome["explanation"]);
    }
}

#[tokio::test]
async fn a_refusal_has_its_near_miss_and_lines_that_help() {
    let servers = servers();
    let policy = json!({ "origins": ["http://127.0.0.1:5180"], "methods": ["DELETE"] });
    let put = json!({
        "method": "PUT", "headers": [["content-type", "application/json"], ["x-a", "b"]], "credentials": "include",
    });
    let run = ask(&servers, "/api/run", &attempt(&policy, &put)).await;
    assert_eq!((&run["model"]["readable"], &run["model"]["cors"]), (&json!(false), &json!(true)));
    assert!(run["model"]["sentence"].as_str().unwrap().contains("Access-Control-Allow-Origin"));

    let answers = fetch(&servers, &run, &[("content-type", "application/json"), ("x-a", "b")], "PUT").await;
    assert_eq!((answers.len(), answers[0].0), (1, 403));
    let outcome = ask(&servers, "/api/outcome", &json!({ "run": run["run"] })).await;
    assert_eq!(outcome["explanation"]["code"], "loopback-differs");
    assert_eq!(outcome["explanation"]["near_miss"], "http://127.0.0.1:5180");
    let lines: Vec<_> = outcome["change"]["lines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| (line["before"].as_str(), line["after"].as_str().unwrap()))
        .collect();
    assert_eq!(
        lines,
        [
            (
                Some(r#"origins = ["http://127.0.0.1:5180"]"#),
                r#"origins = ["http://127.0.0.1:5180", "http://localhost:5180"]"#
            ),
            (Some(r#"methods = ["DELETE"]"#), r#"methods = ["DELETE", "PUT"]"#),
            (None, r#"headers = ["content-type", "x-a"]"#),
            (None, "credentials = true"),
        ]
    );
    // What is proposed builds, and the request passes under it.
    let source = json!({ "format": "toml", "text": outcome["change"]["toml"] });
    let run = ask(&servers, "/api/run", &json!({ "policy": source, "ask": request(&put) })).await;
    assert_eq!(run["model"]["readable"], true);
}

#[tokio::test]
async fn credentials_are_explained_although_no_head_shows_them() {
    let servers = servers();
    let policy = json!({ "origins": ["*"] });
    let run = ask(&servers, "/api/run", &attempt(&policy, &json!({ "credentials": "include" }))).await;
    assert_eq!(run["model"]["readable"], false);
    let path = run["url"].as_str().unwrap().strip_prefix("http://localhost:5181").unwrap();
    let get = Request::get(path).header("host", "localhost:5181").header("origin", PAGE);
    let get = get.header("cookie", "secret=1; playground_user=alice; other=2");
    let response = send(&servers.api, get.body(Body::empty()).unwrap()).await;
    assert!(text(response).await.contains(r#""user":"alice""#));
    let outcome = ask(&servers, "/api/outcome", &json!({ "run": run["run"] })).await;
    assert_eq!(outcome["explanation"]["code"], "wildcard-with-credentials");
    assert_eq!(outcome["change"]["lines"][0]["after"], r#"origins = ["http://localhost:5180"]"#);
    // Cookies of other servers at this host are nobody's business.
    assert!(outcome.to_string().contains("playground_user=alice"));
    assert!(!outcome.to_string().contains("secret"), "{outcome}");
}

/// A preflight never carries cookies, and not every request that asks for them has some.
#[tokio::test]
async fn credentials_are_explained_where_none_came() {
    let servers = servers();
    let with_methods = json!({ "origins": [PAGE], "methods": ["PUT"] });
    for (policy, method, code) in [
        (&with_methods, "PUT", "credentials-not-allowed"),
        (&with_methods, "GET", "credentials-not-allowed"),
        (&json!({ "origins": ["*"], "methods": ["PUT"] }), "PUT", "wildcard-with-credentials"),
    ] {
        let overrides = json!({ "method": method, "credentials": "include" });
        let run = ask(&servers, "/api/run", &attempt(policy, &overrides)).await;
        assert_eq!(run["model"]["readable"], false);
        let path = run["url"].as_str().unwrap().strip_prefix("http://localhost:5181").unwrap();
        let first = if method == "PUT" {
            Request::options(path).header("access-control-request-method", method)
        } else {
            Request::get(path)
        };
        let first = first.header("host", "localhost:5181").header("origin", PAGE);
        send(&servers.api, first.body(Body::empty()).unwrap()).await;
        let outcome = ask(&servers, "/api/outcome", &json!({ "run": run["run"] })).await;
        assert_eq!(outcome["explanation"]["code"], code, "{method} {policy}");
        assert!(outcome["change"]["toml"].as_str().unwrap().contains("credentials = true"));
    }
}

#[tokio::test]
async fn nothing_is_proposed_where_the_policy_is_not_at_fault() {
    let servers = servers();
    let cases = [
        ("null", json!({ "origins": [PAGE] }), json!({ "sender": "sandbox" }), "null"),
        (
            "null, switched on",
            json!({ "origins": [PAGE], "dangerously_allow_null_origin": true }),
            json!({ "sender": "sandbox" }),
            "null",
        ),
        ("patch", json!({ "origins": [PAGE], "methods": ["PATCH"] }), json!({ "method": "patch" }), PAGE),
        ("header", json!({ "origins": [PAGE] }), json!({ "headers": [["access-control-allow-origin", "*"]] }), PAGE),
    ];
    for (what, policy, overrides, origin) in cases {
        let run = ask(&servers, "/api/run", &attempt(&policy, &overrides)).await;
        assert_eq!((&run["model"]["readable"], &run["origin"]), (&json!(false), &json!(origin)), "{what}");
        let outcome = ask(&servers, "/api/outcome", &json!({ "run": run["run"] })).await;
        assert_eq!(outcome["change"], Value::Null, "{what}");
    }
}

#[tokio::test]
async fn the_api_answers_to_its_own_names_and_tries_only() {
    let servers = servers();
    let run = ask(&servers, "/api/run", &attempt(&json!({ "origins": ["*"] }), &json!({}))).await;
    let path = run["url"].as_str().unwrap().strip_prefix("http://localhost:5181").unwrap().to_owned();
    let cases = [
        ("localhost:5181", path.as_str(), 200),
        ("127.0.0.1:5181", &path, 200),
        ("[::1]:5181", &path, 200),
        ("evil.test:5181", &path, 403),
        ("localhost:5180", &path, 403),
        ("localhost:5181", "/run/00000000000000000000000000000000/items", 404),
        ("localhost:5181", "/", 404),
        ("localhost:5181", "/run/", 404),
    ];
    for (host, path, status) in cases {
        let request = Request::get(path).header("host", host).header("origin", "https://evil.example");
        let response = send(&servers.api, request.body(Body::empty()).unwrap()).await;
        assert_eq!(response.status(), status, "{host} {path}");
        assert_eq!(response.headers().contains_key("access-control-allow-origin"), status == 200, "{host} {path}");
    }
    let post = |body: usize, header: usize| {
        let request = Request::post(&path).header("host", "localhost:5181").header("x-long", "h".repeat(header));
        request.body(Body::from("b".repeat(body))).unwrap()
    };
    assert_eq!(send(&servers.api, post(16 * 1024, 10)).await.status(), 200);
    assert_eq!(send(&servers.api, post(16 * 1024 + 1, 10)).await.status(), 413);
    assert_eq!(send(&servers.api, post(0, 16 * 1024)).await.status(), 431);
}

#[tokio::test]
async fn what_is_kept_is_bounded() {
    let servers = servers();
    let body = attempt(&json!({ "origins": ["*"] }), &json!({}));
    let first = ask(&servers, "/api/run", &body).await;
    let mut last = Value::Null;
    for _ in 0..64 {
        last = ask(&servers, "/api/run", &body).await;
    }
    assert_eq!(servers.runs.len(), 64);
    let of = |run: &Value| own_post("/api/outcome", &json!({ "run": run["run"] }));
    assert_eq!(send(&servers.page, of(&first)).await.status(), 404);
    for _ in 0..20 {
        fetch(&servers, &last, &[], "GET").await;
    }
    let outcome = ask(&servers, "/api/outcome", &json!({ "run": last["run"] })).await;
    assert_eq!(outcome["exchanges"].as_array().unwrap().len(), 8);
}

#[tokio::test]
async fn the_page_is_served_with_what_keeps_it_closed() {
    let servers = servers();
    let get = |host: &str, path: &str| Request::get(path).header("host", host).body(Body::empty()).unwrap();
    let cases = [
        ("localhost:5180", "/", 200),
        ("127.0.0.1:5180", "/", 307),
        ("[::1]:5180", "/", 307),
        ("evil.test:5180", "/", 403),
        ("localhost:5180", "/style.css", 200),
        ("localhost:5180", "/app.js", 200),
        ("localhost:5180", "/show.js", 200),
        ("localhost:5180", "/icon.svg", 200),
        ("localhost:5180", "/presets.json", 200),
        ("evil.test:5180", "/presets.json", 403),
        ("localhost:5180", "/frame", 200),
        ("127.0.0.1:5180", "/frame", 200),
        ("pr-7.preview.localhost:5180", "/frame", 200),
        ("pr-7.preview.localhost:5180", "/send.js", 200),
        ("pr-7.preview.localhost:5180", "/", 403),
        ("pr-7.preview.localhost:5180", "/app.js", 403),
        ("pr-8.preview.localhost:5180", "/frame", 403),
        ("evil.test:5180", "/frame", 403),
        ("localhost:5180", "/../Cargo.toml", 404),
    ];
    for (host, path, status) in cases {
        let response = send(&servers.page, get(host, path)).await;
        assert_eq!(response.status(), status, "{host} {path}");
        let headers = response.headers();
        assert_eq!(headers["x-content-type-options"], "nosniff", "{host} {path}");
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; "), "{policy}");
        assert!(!policy.contains("unsafe") && policy.contains("require-trusted-types-for 'script'"), "{policy}");
        if status == 307 {
            assert_eq!(headers["location"], "http://localhost:5180/");
        }
    }
}

/// Every preset is what its name says.
#[tokio::test]
async fn presets_do_what_they_say() {
    let servers = servers();
    let requests = presets::requests();
    for preset in presets::policies(PLACES).as_array().unwrap() {
        let name = preset["name"].as_str().unwrap();
        let found = check(&servers, &preset["fields"]).await;
        let broken = name.starts_with("Broken");
        assert_eq!(!codes(&found, "problems").is_empty(), broken, "{name}: {found}");
        let overrides = requests.as_array().unwrap().iter().find(|request| request["id"] == preset["request"]).unwrap();
        let mut overrides = overrides.clone();
        for key in ["id", "name"] {
            overrides.as_object_mut().unwrap().remove(key);
        }
        if !broken {
            let run = ask(&servers, "/api/run", &attempt(&preset["fields"], &overrides)).await;
            assert_eq!(run["model"]["readable"], json!(name != "Nearly listed"), "{name}: {run}");
            // `patch` is legal, and void for those who write it as others do.
            let quiet = !["Legal and void"].contains(&name);
            assert_eq!(codes(&found, "warnings").is_empty(), quiet, "{name}: {found}");
        }
    }
}

#[tokio::test]
async fn a_default_port_that_is_taken_is_replaced_and_one_that_was_asked_for_is_not() {
    let first = Playground::bind(Wanted::Exactly(0), Wanted::Exactly(0)).await.unwrap();
    let taken = first.places.page;
    let second = Playground::bind(Wanted::Preferably(taken), Wanted::Exactly(0)).await.unwrap();
    assert!(![0, taken, first.places.api].contains(&second.places.page));
    let error = Playground::bind(Wanted::Exactly(taken), Wanted::Exactly(0)).await.err().unwrap();
    assert!(error.to_string().starts_with(&format!("port {taken}: ")), "{error}");
}
