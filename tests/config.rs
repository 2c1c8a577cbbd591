//! Configuration as data: what each format means, what each fault is called, and that policies come back as they were.
#![cfg(all(feature = "serde", feature = "public-suffix"))]

use std::collections::BTreeMap;
use std::time::Duration;

use http::{HeaderName, Method, StatusCode};
use proptest::prelude::*;
use tower_cors::{
    AllowHeaders, AllowOrigin, Any, CorsConfig, CorsLayer, CorsPolicy, Origin, OriginPattern, PolicyError, Problem,
    ProblemKind,
};

fn toml(text: &str) -> CorsConfig {
    toml::from_str(text).unwrap_or_else(|error| panic!("{error}"))
}

/// Place and code of each problem: `origins[2] invalid-origin`.
fn told(error: &PolicyError) -> Vec<String> {
    let code = |problem: &Problem| match problem.kind() {
        ProblemKind::InvalidOrigin(_) => "invalid-origin",
        _ => problem.code(),
    };
    error.problems().map(|problem| format!("{} {}", problem.key().unwrap_or("?"), code(problem))).collect()
}

fn refused(config: &CorsConfig) -> Vec<String> {
    match config.build() {
        Ok(policy) => panic!("should be refused: {policy}"),
        Err(error) => told(&error),
    }
}

fn full() -> CorsPolicy {
    CorsLayer::new()
        .allow_origins(["https://app.example.com", "https://*.preview.example.com"])
        .allow_methods([Method::PUT, Method::DELETE])
        .allow_headers([http::header::CONTENT_TYPE, HeaderName::from_static("x-api-key")])
        .expose_headers([http::header::ETAG])
        .allow_credentials(true)
        .max_age(Duration::from_secs(600))
        .vary([HeaderName::from_static("x-tenant")])
        .preflight_status(StatusCode::OK)
        .reject_disallowed_origins(true)
        .build()
        .unwrap()
}

#[test]
fn the_same_rules_in_every_format_are_the_same_policy() {
    let toml = toml(
        r#"
        origins = ["https://app.example.com", "https://*.preview.example.com"]
        methods = ["PUT", "DELETE"]
        headers = ["Content-Type", "x-api-key"]
        expose_headers = ["etag"]
        credentials = true
        max_age = 600
        vary = ["x-tenant"]
        preflight_status = 200
        reject_disallowed_origins = true
        "#,
    );
    let json: CorsConfig = serde_json::from_str(
        r#"{
            "origins": ["https://app.example.com", "https://*.preview.example.com"],
            "methods": ["put", "delete"],
            "headers": ["content-type", "x-api-key"],
            "expose_headers": ["etag"],
            "credentials": true,
            "max_age": 600,
            "vary": ["x-tenant"],
            "preflight_status": 200,
            "reject_disallowed_origins": true,
            "dangerously_allow_null_origin": null
        }"#,
    )
    .unwrap();
    let yaml: CorsConfig = serde_yaml_ng::from_str(
        "
        origins: [https://app.example.com, 'https://*.preview.example.com']
        methods:
          - PUT
          - DELETE
        headers: content-type, x-api-key
        expose_headers: [etag]
        credentials: true
        max_age: 600
        vary: x-tenant
        preflight_status: 200
        reject_disallowed_origins: true
        dangerously_allow_insecure_origins: ~
        ",
    )
    .unwrap();
    let variables = [
        ("APP_CORS_ORIGINS", "https://app.example.com,https://*.preview.example.com"),
        ("APP_CORS_METHODS", "PUT, DELETE"),
        ("APP_CORS_HEADERS", " content-type ,\tx-api-key"),
        ("APP_CORS_EXPOSE_HEADERS", "etag"),
        ("APP_CORS_CREDENTIALS", "true"),
        ("APP_CORS_MAX_AGE", "600"),
        ("app_cors_vary", "not ours: the prefix is as written"),
        ("APP_CORS_vary", "x-tenant"),
        ("APP_CORS_PREFLIGHT_STATUS", "200"),
        ("APP_CORS_REJECT_DISALLOWED_ORIGINS", "true"),
        ("APP_CORE", "something else"),
    ];
    let own_reader = CorsConfig::from_vars("APP_CORS_", variables);
    let owned = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let env_crate: CorsConfig = envy::prefixed("APP_CORS_").from_iter(owned.clone()).unwrap();
    let texts =
        owned.into_iter().filter_map(|(name, value)| Some((name.strip_prefix("APP_CORS_")?.to_lowercase(), value)));
    let any_map =
        serde::Deserialize::deserialize(serde::de::value::MapDeserializer::<_, serde::de::value::Error>::new(
            texts.collect::<BTreeMap<_, _>>().into_iter(),
        ))
        .unwrap();
    for config in [toml, json, yaml, own_reader, env_crate, any_map] {
        assert_eq!(config.build().unwrap(), full(), "{config:?}");
    }
}

#[test]
fn keys_that_are_not_there_mean_what_they_mean_in_code() {
    let policy = toml(r#"origins = "https://app.example.com""#).build().unwrap();
    assert_eq!(policy, CorsLayer::new().allow_origins(["https://app.example.com"]).build().unwrap());
}

#[test]
fn any_is_a_star_alone() {
    let any = toml("origins = ['*']\nmethods = ['*']\nheaders = ['*']\nexpose_headers = ['*']").build().unwrap();
    assert_eq!(any, CorsLayer::permissive().build().unwrap());
    assert_eq!(toml("origins = '*'\nmethods = '*'\nheaders = '*'\nexpose_headers = ' * '").build().unwrap(), any);

    let all_but_one = CorsLayer::permissive().allow_headers(AllowHeaders::any_except_authorization());
    let all_but_one = all_but_one.expose_headers([]).allow_methods([]).build().unwrap();
    for headers in ["'* except authorization'", "['* except authorization']"] {
        assert_eq!(toml(&format!("origins = ['*']\nheaders = {headers}")).build().unwrap(), all_but_one);
    }
}

#[test]
fn every_fault_names_its_place() {
    const ORIGIN: &str = "origins = ['https://a.example']\n";
    #[rustfmt::skip]
    let cases: &[(&str, &[&str])] = &[
        ("", &["origins no-origins"]),
        ("methods = ['PUT']", &["origins no-origins"]),
        ("origins = []", &["origins no-origins"]),
        ("origins = ''", &["origins no-origins"]),
        ("origins = ' '", &["origins no-origins"]),
        ("origins = ['']", &["origins[0] invalid-origin"]),
        ("origins = [' ']", &["origins[0] invalid-origin"]),
        ("origins = ','", &["origins[0] invalid-origin", "origins[1] invalid-origin"]),
        ("origins = 'https://a.example,'", &["origins[1] invalid-origin"]),
        ("origins = 7", &["origins unexpected-value"]),
        ("origins = true", &["origins unexpected-value"]),
        ("origins = { a = 1 }", &["origins unexpected-value"]),
        ("origins = 1979-05-27", &["origins unexpected-value"]),
        ("origins = [7, 'https://a.example', 'https://b.example/']", &["origins[0] unexpected-value", "origins[2] invalid-origin"]),
        ("origins = [['https://a.example']]", &["origins[0] unexpected-value"]),
        ("origins = [{ a = ['b'] }, 1.5, false, -1]", &[
            "origins[0] unexpected-value", "origins[1] unexpected-value", "origins[2] unexpected-value", "origins[3] unexpected-value",
        ]),
        // A list inside one element is no list.
        ("origins = ['https://a.example,https://b.example']", &["origins[0] invalid-origin"]),
        ("origins = ['https://a.example', 'https://b.example, https://c.example']", &["origins[1] invalid-origin"]),
        ("origins = ['[\"https://a.example\"]']", &["origins[0] invalid-origin"]),
        ("origins = ['*', 'https://a.example']", &["origins[0] any-origin-beside-others"]),
        ("origins = 'https://a.example, *'", &["origins[1] any-origin-beside-others"]),
        ("origins = ['null']", &["origins[0] null-origin"]),
        ("origins = ['*']\ncredentials = true", &["origins any-origin-trusted"]),
        ("origins = ['*']\nreject_disallowed_origins = true", &["origins any-origin-trusted"]),
        ("origins = ['https://a.example', 'http://b.example']\ncredentials = true", &["origins[1] insecure-origin"]),
        ("origins = [1, 'http://b.example']\ncredentials = true", &["origins[0] unexpected-value", "origins[1] insecure-origin"]),
        ("origins = ['https://*.com']\ncredentials = true", &["origins[0] origin-open-to-strangers"]),
    ];
    let cases = cases.iter().map(|(text, told)| ((*text).to_owned(), *told));
    #[rustfmt::skip]
    let with_origin: &[(&str, &[&str])] = &[
        ("methods = ['PUT', 'GET POST']", &["methods[1] invalid-method"]),
        ("methods = ['PUT,DELETE']", &["methods[0] invalid-method"]),
        ("methods = ['']", &["methods[0] invalid-method"]),
        ("methods = 'PUT,,DELETE'", &["methods[1] invalid-method"]),
        ("methods = ['GÉT', '*']", &["methods[0] invalid-method", "methods[1] wildcard-in-list"]),
        ("methods = ['PUT', '*']", &["methods[1] wildcard-in-list"]),
        ("methods = 5", &["methods unexpected-value"]),
        ("headers = ['x-a', 'x b']", &["headers[1] invalid-header-name"]),
        ("headers = ['x-a: 1']", &["headers[0] invalid-header-name"]),
        ("headers = ['*', 'authorization']", &["headers[0] wildcard-in-list"]),
        ("headers = ['* except authorization', 'x-a']", &["headers[0] wildcard-in-list"]),
        ("headers = ['* except cookie']", &["headers[0] invalid-header-name"]),
        ("expose_headers = ['é', 'etag', '*']", &["expose_headers[0] invalid-header-name", "expose_headers[2] wildcard-in-list"]),
        ("expose_headers = ['* except authorization']", &["expose_headers[0] wildcard-in-list"]),
        ("vary = ['*']", &["vary[0] wildcard-in-list"]),
        ("vary = ['a b']", &["vary[0] invalid-header-name"]),
        ("credentials = 'yes'", &["credentials unexpected-value"]),
        ("credentials = 1", &["credentials unexpected-value"]),
        ("credentials = [true]", &["credentials unexpected-value"]),
        ("reject_disallowed_origins = 'on'", &["reject_disallowed_origins unexpected-value"]),
        ("max_age = '10m'", &["max_age unexpected-value"]),
        ("max_age = -1", &["max_age unexpected-value"]),
        ("max_age = '-1'", &["max_age unexpected-value"]),
        ("max_age = '+1'", &["max_age unexpected-value"]),
        ("max_age = 1.5", &["max_age unexpected-value"]),
        ("max_age = 600.0", &["max_age unexpected-value"]),
        ("max_age = inf", &["max_age unexpected-value"]),
        ("max_age = '99999999999999999999'", &["max_age unexpected-value"]),
        ("max_age = true", &["max_age unexpected-value"]),
        ("max_age = ''", &["max_age unexpected-value"]),
        ("preflight_status = 202", &["preflight_status preflight-status"]),
        ("preflight_status = 99", &["preflight_status unexpected-value"]),
        ("preflight_status = 65740", &["preflight_status unexpected-value"]),
        ("preflight_status = 'OK'", &["preflight_status unexpected-value"]),
        ("dangerously_allow_null_origin = true", &["dangerously_allow_null_origin dangerous-key"]),
        ("dangerously_allow_null_origin = false", &["dangerously_allow_null_origin dangerous-key"]),
        ("dangerously_allow_insecure_origins = true", &["dangerously_allow_insecure_origins dangerous-key"]),
        ("dangerously_allow_public_suffixes = []", &["dangerously_allow_public_suffixes dangerous-key"]),
        ("dangerously_allow_public_suffixes = [1]", &[
            "dangerously_allow_public_suffixes dangerous-key", "dangerously_allow_public_suffixes[0] unexpected-value",
        ]),
        ("Methods = ['PUT']", &["Methods unknown-key"]),
        ("trust_dangerous_keys = true", &["trust_dangerous_keys unknown-key"]),
        ("trusted = true\nspelling = 1", &["spelling unknown-key", "trusted unknown-key"]),
        // Everything at once, in the order of the table.
        ("vary = 'a b'\nmax_age = -1\nmethods = 'a b'\nzzz = {}", &[
            "zzz unknown-key", "methods[0] invalid-method", "max_age unexpected-value", "vary[0] invalid-header-name",
        ]),
    ];
    let with_origin = with_origin.iter().map(|(text, told)| (format!("{ORIGIN}{text}"), *told));
    for (text, expected) in cases.chain(with_origin) {
        assert_eq!(refused(&toml(&text)), expected, "{text}");
    }
}

#[test]
fn keys_and_elements_that_only_other_formats_can_write() {
    let json = |text| refused(&serde_json::from_str(text).unwrap());
    assert_eq!(json(r#"{"origins": ["https://a.example"], "origins": ["*"]}"#), ["origins repeated-key"]);
    assert_eq!(json(r#"{"origins": null}"#), ["origins no-origins"]);
    assert_eq!(json(r#"{"origins": "*", "max_age": null, "max_age": 1}"#), ["max_age repeated-key"]);
    assert_eq!(json(r#"{"origins": "*", "max_age": 1, "max_age": null}"#), ["max_age repeated-key"]);
    assert_eq!(json(r#"{"origins": ["https://a.example", null]}"#), ["origins[1] unexpected-value"]);
    assert_eq!(json(r#"{"origins": "*", "max_age": 18446744073709551616}"#), ["max_age unexpected-value"]);
    assert!(
        serde_json::from_str::<CorsConfig>("[]").unwrap_err().to_string().contains("a table with the key `origins`")
    );

    let yaml = |text| refused(&serde_yaml_ng::from_str(text).unwrap());
    assert_eq!(yaml("origins: [https://a.example, null]"), ["origins[1] unexpected-value"]);
    assert!(serde_yaml_ng::from_str::<CorsConfig>("~").unwrap_err().to_string().contains("the key `origins`"));
}

#[test]
fn texts_of_problems() {
    #[rustfmt::skip]
    let cases = [
        ("orgins = ['https://a.example']", "2 problems:\n  \
            - unknown key \"orgins\": it would have no effect; write \"origins\"\n  \
            - origins: no origin is listed: no page of another origin could read anything; list the origins of your pages, or write [\"*\"] for a public API"),
        ("origins = ['*']\n\"a\\nb\" = 1", "unknown key \"a\\nb\": it would have no effect; remove it"),
        ("origins = ['*']\nmax_age = '10m'", "max_age: expected a whole number of seconds, such as 600, found the text \"10m\""),
        ("origins = ['*']\nmax_age = 600.0", "max_age: expected a whole number of seconds, such as 600, found the number \"600.0\""),
        ("origins = ['*']\nmethods = { PUT = true }", "methods: expected a list of texts, found a table"),
        ("origins = 1979-05-27", "origins: expected a list of texts, found the date \"1979-05-27\""),
        ("origins = ['*']\nmethods = ['PUT', '*']", "methods[1]: \"*\" is no element of a list: with credentials browsers take it for a name; for every method write [\"*\"] alone"),
        ("origins = ['*']\nheaders = ['*', 'authorization']", "headers[0]: \"*\" is no element of a list: with credentials browsers take it for a name; for every request header, authorization included, write [\"*\"] alone"),
        ("origins = ['*']\npreflight_status = 202", "preflight_status: preflight status 202 is not supported: browsers need a success, and only 200 and 204 have no body to wait for; write 204, or 200 for very old clients"),
        ("origins = ['*']\ncredentials = true", "origins: any origin cannot be allowed together with credentials: every website could act as your users; list the origins you trust, or remove credentials, which tokens in a header do not need"),
        ("origins = ['*', 'https://a.example']", "origins[0]: origin \"*\" stands beside other origins: it says both any origin and only these; remove \"*\", or write [\"*\"] alone for a public API"),
        ("origins = ['*', 'https://a.example']\ncredentials = true", "origins[0]: origin \"*\" stands beside other origins: it says both any origin and only these; remove \"*\""),
        ("origins = ['https://*']\nreject_disallowed_origins = true", "origins[0]: \"https://*\" has a wildcard that every website fits: it stands for names below a host of yours; write a wildcard such as \"https://*.example.com\""),
        ("origins = ['null']", "origins[0]: origin \"null\" is shared by every website: each can send it from a sandboxed frame; remove it, or set dangerously_allow_null_origin, after which any website can read what this policy gives"),
        ("origins = ['http://a.example']\ncredentials = true", "origins[0]: origin \"http://a.example\" is not encrypted: whoever is on the network path can put a script there that acts as your users; write \"https://a.example\", or set dangerously_allow_insecure_origins, after which such a script is trusted"),
        ("origins = ['https://*.netlify.app']\ncredentials = true", "origins[0]: origin \"https://*.netlify.app\" lets strangers in: anybody can get a name there; list the exact origins you own, or add \"netlify.app\" to dangerously_allow_public_suffixes, after which everybody who has such a name is trusted"),
        ("origins = ['*']\ndangerously_allow_null_origin = true", "dangerously_allow_null_origin: this key opens more than a configuration may by itself; remove it or, if nobody else can write this configuration, let the program call trust_dangerous_keys()"),
    ];
    for (text, told) in cases {
        assert_eq!(toml(text).build().unwrap_err().to_string(), told, "{text}");
    }
    // The same of rules that code may still change.
    for text in [
        "origins = ['*', 'https://a.example']\ncredentials = true",
        "origins = ['https://*']\nreject_disallowed_origins = true",
    ] {
        assert_eq!(toml(text).layer().unwrap_err(), toml(text).build().unwrap_err(), "{text}");
    }
    let repeated: CorsConfig = serde_json::from_str(r#"{"origins": "*", "methods": "PUT", "methods": "GET"}"#).unwrap();
    assert_eq!(
        repeated.build().unwrap_err().to_string(),
        "methods: this key stands here more than once: which one is meant is not certain; write it once"
    );
}

#[test]
fn a_problem_of_the_configuration_is_the_problem_of_the_code() {
    let in_code = CorsLayer::new().allow_origins(["https://a.example", "http://b.example/"]).build().unwrap_err();
    let in_data = toml("origins = ['https://a.example', 'http://b.example/']").build().unwrap_err();
    let [code, data] = [in_code, in_data].map(|error| error.into_problems().remove(0));
    assert_eq!(
        (data.kind(), data.setting(), data.index(), data.value(), data.suggestion()),
        (code.kind(), code.setting(), code.index(), code.value(), code.suggestion())
    );
    assert_eq!((code.key(), data.key()), (None, Some("origins[1]")));
    assert_eq!(data.to_string(), format!("origins[1]: {code}"));
}

#[test]
fn environment_variables_are_called_by_their_names() {
    let config = |vars: &[(&str, &str)]| CorsConfig::from_vars("APP_CORS_", vars.to_vec());
    assert_eq!(refused(&config(&[])), ["APP_CORS_ORIGINS no-origins"]);
    assert_eq!(refused(&config(&[("APP_CORS_ORIGINS", "")])), ["APP_CORS_ORIGINS no-origins"]);
    assert_eq!(
        refused(&config(&[("APP_CORS_ORIGINS", "*"), ("APP_CORS_METHODS", "GET PUT"), ("APP_CORS_", "")])),
        ["APP_CORS_ unknown-key", "APP_CORS_METHODS[0] invalid-method"]
    );
    assert_eq!(
        refused(&config(&[("APP_CORS_ORIGINS", "*"), ("APP_CORS_origins", "*")])),
        ["APP_CORS_ORIGINS repeated-key"]
    );
    let orgins = config(&[("APP_CORS_ORGINS", "*")]).build().unwrap_err();
    assert_eq!(orgins.problems().next().unwrap().suggestion(), Some("APP_CORS_ORIGINS"));
    assert_eq!(
        refused(&config(&[("APP_CORS_ORIGINS", "https://a.example,https://b.example/")])),
        ["APP_CORS_ORIGINS[1] invalid-origin"]
    );
    assert_eq!(
        refused(&config(&[("APP_CORS_ORIGINS", "null"), ("APP_CORS_DANGEROUSLY_ALLOW_NULL_ORIGIN", "true")])),
        ["APP_CORS_DANGEROUSLY_ALLOW_NULL_ORIGIN dangerous-key"]
    );
}

#[test]
fn the_underscore_of_the_prefix_may_be_left_out() {
    let cases: &[(&str, &[&str], &str)] = &[
        ("APP_CORS", &["APP_CORS_ORIGINS", "APP_CORSORIGINS", "APP_CORSAIR"], "APP_CORS_METHODS"),
        ("APP_CORS_", &["APP_CORS_ORIGINS"], "APP_CORS_METHODS"),
        ("cors.", &["cors.ORIGINS"], "cors.METHODS"),
        ("", &["ORIGINS"], "METHODS"),
    ];
    for (prefix, names, methods) in cases {
        let mut vars: Vec<_> = names.iter().map(|name| (*name, "*")).collect();
        assert!(CorsConfig::from_vars(prefix, vars.clone()).build().is_ok(), "{prefix}");
        vars.push((methods, "a b"));
        assert_eq!(refused(&CorsConfig::from_vars(prefix, vars)), [format!("{methods}[0] invalid-method")]);
    }
}

#[cfg(unix)]
#[test]
fn a_variable_that_is_no_text_is_a_problem_only_if_it_is_ours() {
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt;
    let odd = || OsString::from_vec(b"https://\xff".to_vec());
    let vars = [(odd(), odd()), ("CORS_ORIGINS".into(), odd())];
    assert_eq!(refused(&CorsConfig::from_vars("CORS_", vars)), ["CORS_ORIGINS unexpected-value"]);
}

#[test]
fn dangerous_keys_work_where_the_program_trusts_them() {
    let cases = [
        ("origins = ['null', 'https://a.example']\ndangerously_allow_null_origin = true", "null"),
        (
            "origins = 'http://a.example'\ncredentials = true\ndangerously_allow_insecure_origins = true",
            "http://a.example",
        ),
        (
            "origins = 'https://*.netlify.app'\ncredentials = true\ndangerously_allow_public_suffixes = ['vercel.app', 'netlify.app']",
            "https://a.netlify.app",
        ),
    ];
    for (text, origin) in cases {
        let [dangerous] = refused(&toml(text)).try_into().unwrap();
        assert!(dangerous.ends_with(" dangerous-key"), "{dangerous}");
        assert!(toml(text).layer().is_err());
        assert!(toml(text).trust_dangerous_keys().build().unwrap().allows_origin(origin), "{text}");
    }
    // To trust a key is not to read it as true.
    let off = "origins = ['null']\ndangerously_allow_null_origin = false";
    assert_eq!(refused(&toml(off).trust_dangerous_keys()), ["origins[0] null-origin"]);
}

#[test]
fn a_layer_takes_further_calls_and_leaves_trust_to_the_end() {
    let config = toml("origins = ['http://intranet.example']\ncredentials = true");
    assert_eq!(refused(&config), ["origins[0] insecure-origin"]);
    let layer = config.layer().unwrap();
    assert_eq!(layer.clone().build().unwrap_err().problems().next().unwrap().code(), "insecure-origin");
    assert!(layer.dangerously_allow_insecure_origins().build().is_ok());

    let faults = toml("origins = ['*', 'https://a.example/', 3]\nmethods = ['a b']\nx = 1").layer().unwrap_err();
    assert_eq!(
        told(&faults),
        [
            "x unknown-key",
            "origins[0] any-origin-beside-others",
            "origins[1] invalid-origin",
            "origins[2] unexpected-value",
            "methods[0] invalid-method"
        ]
    );
    assert!(toml("methods = 'PUT'").layer().is_err());
    // Code cannot repair it but by saying it again: it is told with its key.
    let status = toml("origins = '*'\npreflight_status = 202\nmax_age = 'x'").layer().unwrap_err();
    assert_eq!(told(&status), ["max_age unexpected-value", "preflight_status preflight-status"]);
    // `null` is left to the code.
    let null = toml("origins = 'null'").layer().unwrap();
    assert!(null.clone().build().is_err());
    assert!(null.dangerously_allow_null_origin().build().is_ok());
}

/// What `layer()` says of an origin is what `build()` says, and what both suggest could be built.
#[test]
fn a_layer_suggests_nothing_that_its_rules_do_not_trust() {
    const INSECURE: &str = "dangerously_allow_insecure_origins = true";
    for (rules, origin, suggestion) in [
        ("", "http://a.example/", Some("http://a.example")),
        ("credentials = true", "http://a.example/", Some("https://a.example")),
        ("reject_disallowed_origins = true", "http://a.example/", Some("https://a.example")),
        (INSECURE, "http://a.example/", Some("http://a.example")),
        ("credentials = false", "https://*.github.io/", Some("https://*.github.io")),
        ("credentials = true", "https://*.github.io/", None),
        (
            "credentials = true\ndangerously_allow_public_suffixes = ['github.io']",
            "https://*.github.io/",
            Some("https://*.github.io"),
        ),
        ("", r#""*""#, None),
        ("", "Null", None),
        ("reject_disallowed_origins = true", "Null", None),
    ] {
        let config = toml(&format!("origins = ['https://b.example', '{origin}']\n{rules}")).trust_dangerous_keys();
        let error = config.build().unwrap_err();
        assert_eq!(config.layer().unwrap_err(), error, "{rules} {origin}");
        let [problem] = error.into_problems().try_into().unwrap();
        assert_eq!((problem.key(), problem.suggestion()), (Some("origins[1]"), suggestion), "{rules} {origin}");
    }
    let both = toml(&format!("origins = ['http://a.example/']\ncredentials = true\n{INSECURE}")).trust_dangerous_keys();
    assert_eq!(both.layer().unwrap_err().into_problems()[0].suggestion(), Some("http://a.example"));
}

#[test]
fn a_predicate_and_a_policy_for_nobody_have_no_data() {
    let predicate = CorsLayer::new().allow_origin(AllowOrigin::predicate(|_, _| true)).build().unwrap();
    let error = CorsConfig::try_from(&predicate).unwrap_err();
    assert_eq!(error.problems().next().unwrap().code(), "predicate-as-data");
    assert!(toml::from_str::<CorsConfig>(&predicate.to_string()).is_err());

    let nobody = CorsLayer::new().build().unwrap();
    assert_eq!(CorsConfig::try_from(&nobody).unwrap_err().problems().next().unwrap().code(), "no-origins");
    assert_eq!(refused(&toml(&nobody.to_string())), ["origins no-origins"]);
}

#[test]
fn what_was_refused_is_not_written_again() {
    for text in ["orgins = 1", "origins = 1.5", "origins = [1.5]", "origins = {}"] {
        assert!(serde_json::to_string(&toml(text)).is_err(), "{text}");
    }
    let repeated: CorsConfig = serde_json::from_str(r#"{"origins": "*", "origins": "*"}"#).unwrap();
    assert!(serde_json::to_string(&repeated).is_err());
}

#[test]
fn what_is_written_is_what_the_table_says() {
    let config = CorsConfig::try_from(&full()).unwrap();
    assert_eq!(
        serde_json::to_string(&config).unwrap(),
        concat!(
            r#"{"origins":["https://app.example.com","https://*.preview.example.com"],"methods":["PUT","DELETE"],"#,
            r#""headers":["content-type","x-api-key"],"expose_headers":["etag"],"credentials":true,"max_age":600,"#,
            r#""vary":["x-tenant"],"preflight_status":200,"reject_disallowed_origins":true}"#
        )
    );
}

#[test]
fn a_long_list_keeps_its_places() {
    let mut origins: Vec<String> = (0..100_000).map(|n| format!("https://t{n}.example.com")).collect();
    let json = |origins: &[String]| serde_json::json!({ "origins": origins }).to_string();
    let policy = serde_json::from_str::<CorsConfig>(&json(&origins)).unwrap().build().unwrap();
    assert!(policy.allows_origin("https://t99999.example.com"));
    origins[99_998] = "https://T".to_owned();
    assert_eq!(refused(&serde_json::from_str(&json(&origins)).unwrap()), ["origins[99998] invalid-origin"]);

    let names: Vec<String> = (0..100_000).map(|n| format!("x-{n}")).collect();
    let config = serde_json::json!({ "origins": "*", "headers": names, "expose_headers": names, "vary": names });
    let policy = serde_json::from_value::<CorsConfig>(config).unwrap().build().unwrap();
    assert_eq!(CorsConfig::try_from(&policy).unwrap().build().unwrap(), policy);

    let unknown: serde_json::Map<_, _> = (0..100_000).map(|n| (format!("origin{n}"), true.into())).collect();
    let config: CorsConfig = serde_json::from_value(unknown.into()).unwrap();
    assert_eq!(config.build().unwrap_err().problems().count(), 100_001);
}

#[test]
fn a_section_of_settings_of_ones_own() {
    #[derive(serde::Deserialize)]
    struct Settings {
        listen: String,
        #[serde(flatten)]
        cors: CorsConfig,
    }
    let settings: Settings = toml::from_str("listen = 'here'\norigins = '*'\nmethds = 'PUT'").unwrap();
    assert_eq!(settings.listen, "here");
    assert_eq!(refused(&settings.cors), ["methds unknown-key"]);
}

#[test]
fn origins_and_patterns_are_texts() {
    let origin: Origin = serde_json::from_str(r#""https://a.example""#).unwrap();
    assert_eq!(serde_json::to_string(&origin).unwrap(), r#""https://a.example""#);
    let pattern: OriginPattern = serde_json::from_str(r#""https://*.example.com""#).unwrap();
    assert_eq!(serde_json::to_string(&pattern).unwrap(), r#""https://*.example.com""#);
    assert!(serde_json::from_str::<Origin>(r#""https://*.example.com""#).is_err());
    assert!(serde_json::from_str::<Origin>("null").is_err());

    let invalid = "https://a.example/".parse::<OriginPattern>().unwrap_err();
    let error = serde_json::from_str::<OriginPattern>(r#""https://a.example/""#).unwrap_err();
    assert!(error.to_string().starts_with(&invalid.to_string()), "{error}");
    let error = serde_json::from_str::<OriginPattern>("1").unwrap_err();
    assert!(error.to_string().contains("expected an origin pattern such as"), "{error}");
}

fn token() -> impl Strategy<Value = String> {
    "[!#$%&'*+.^_`|~0-9A-Za-z-]{1,12}".prop_filter("no element of a list", |token| token != "*")
}

fn origins() -> impl Strategy<Value = Vec<String>> {
    let host = "[a-z][a-z0-9-]{0,5}(\\.[a-z][a-z0-9]{1,5}){1,3}";
    let origin = (
        prop_oneof!["https://", "http://", "https://\\*\\.", "https://pr-\\*\\.preview\\.", "capacitor://"],
        host,
        prop_oneof![Just(String::new()), "(:[1-9][0-9]{3}|:\\*)"],
    )
        .prop_map(|(scheme, host, port)| format!("{scheme}{host}{port}"));
    let other =
        prop_oneof![Just("null".to_owned()), Just("http://localhost:*".to_owned()), Just("tauri://*".to_owned())];
    prop::collection::vec(prop_oneof![6 => origin, 1 => other], 1..8)
}

#[derive(Debug, Clone)]
enum List {
    Any,
    AnyExceptAuthorization,
    Of(Vec<String>),
}

fn list() -> impl Strategy<Value = List> {
    prop_oneof![
        1 => Just(List::Any),
        1 => Just(List::AnyExceptAuthorization),
        4 => prop::collection::vec(token(), 0..6).prop_map(List::Of),
    ]
}

fn names(tokens: &[String]) -> Vec<HeaderName> {
    tokens.iter().map(|token| token.parse().unwrap()).collect()
}

prop_compose! {
    /// Policies of all sorts; those that may not be are left out.
    fn policy()(
        origins in prop_oneof![1 => Just(None), 4 => origins().prop_map(Some)],
        methods in list(),
        headers in list(),
        exposed in list(),
        credentials in any::<bool>(),
        max_age in prop::option::of(prop_oneof![0..100_000_u64, Just(u64::MAX)]),
        vary in prop::collection::vec(token(), 0..3),
        (ok, reject, null, insecure) in any::<(bool, bool, bool, bool)>(),
        bases in prop::collection::vec(any::<String>(), 0..3),
    ) -> Option<CorsPolicy> {
        let mut layer = match &origins {
            None => CorsLayer::new().allow_origin(Any),
            Some(origins) => CorsLayer::new().allow_origins(origins),
        };
        layer = match methods {
            List::Of(methods) => layer.allow_methods(methods.iter().map(|m| m.parse().unwrap()).collect::<Vec<Method>>()),
            _ => layer.allow_methods(Any),
        };
        layer = match headers {
            List::Any => layer.allow_headers(Any),
            List::AnyExceptAuthorization => layer.allow_headers(AllowHeaders::any_except_authorization()),
            List::Of(tokens) => layer.allow_headers(names(&tokens)),
        };
        layer = match exposed {
            List::Of(tokens) => layer.expose_headers(names(&tokens)),
            _ => layer.expose_headers(Any),
        };
        layer = layer.allow_credentials(credentials).reject_disallowed_origins(reject).vary(names(&vary));
        if let Some(seconds) = max_age {
            layer = layer.max_age(Duration::from_secs(seconds));
        }
        if ok {
            layer = layer.preflight_status(StatusCode::OK);
        }
        if null {
            layer = layer.dangerously_allow_null_origin();
        }
        if insecure {
            layer = layer.dangerously_allow_insecure_origins();
        }
        for base in bases {
            layer = layer.dangerously_allow_public_suffix(base);
        }
        layer.build().ok()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    #[test]
    fn a_policy_comes_back_as_it_was(policy in policy().prop_filter_map("may not be", |policy| policy)) {
        let config = CorsConfig::try_from(&policy).unwrap();
        prop_assert_eq!(&config.build().unwrap(), &policy);

        let back = |text: &str, read: Option<CorsConfig>| {
            let read = read.unwrap_or_else(|| panic!("{text}"));
            assert_eq!(read, config, "{text}");
            assert_eq!(read.trust_dangerous_keys().build().unwrap(), policy, "{text}");
        };
        let json = serde_json::to_string(&config).unwrap();
        back(&json, serde_json::from_str(&json).ok());
        let yaml = serde_yaml_ng::to_string(&config).unwrap();
        back(&yaml, serde_yaml_ng::from_str(&yaml).ok());
        let toml = toml::to_string(&config).unwrap();
        back(&toml, toml::from_str(&toml).ok());
        let shown = policy.to_string();
        back(&shown, toml::from_str(&shown).ok());
    }

    #[test]
    fn whatever_is_written_is_a_policy_or_a_list_of_problems(
        origins: Vec<String>, key: String, text: String, prefix: String
    ) {
        let json = serde_json::json!({ "origins": origins, "methods": text.clone(), key.clone(): text.clone() });
        let config: CorsConfig = serde_json::from_value(json).unwrap();
        if let Err(error) = config.build() {
            for problem in error.problems() {
                prop_assert!(problem.key().is_some());
                prop_assert!(!problem.to_string().contains(char::is_control));
            }
        }
        let _built = CorsConfig::from_vars(&prefix, [(format!("{prefix}{key}"), text)]).build();
    }
}
