//! The idioms of tower-http's own documentation and of the code that uses it, after the change of the `use` line.
//!
//! That this file compiles is most of the test: inference breaks where a second `From<[T; N]>` appears.

#![allow(clippy::needless_pass_by_value, clippy::useless_vec, reason = "it stands here as people write it")]

mod support;

use std::sync::LazyLock;
use std::time::Duration;

use http::header::{
    ACCEPT, ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, AUTHORIZATION, CONTENT_TYPE, ORIGIN,
};
use http::request::Parts;
use http::{HeaderName, HeaderValue, Method, Request, Response};
use support::answer;
use tower::layer::util::{Identity, Stack};
use tower::{Layer, ServiceBuilder, service_fn};
use tower_cors::{
    AllowCredentials, AllowHeaders, AllowMethods, AllowOrigin, Any, Cors, CorsLayer, ExposeHeaders, MaxAge, Vary,
    preflight_request_headers,
};

const PREFLIGHT: &str = "OPTIONS /\norigin: http://example.com\naccess-control-request-method: GET";

fn allows(layer: CorsLayer, origin: &str) -> bool {
    answer(&layer, &format!("GET /\norigin: {origin}"), "").contains("access-control-allow-origin")
}

#[test]
fn origins() {
    let layer = CorsLayer::new().allow_origin("http://example.com".parse::<HeaderValue>().unwrap());
    assert!(allows(layer, "http://example.com"));

    let origins = ["http://example.com".parse().unwrap(), "http://api.example.com".parse().unwrap()];
    let layer = CorsLayer::new().allow_origin(origins);
    assert!(allows(layer.clone(), "http://api.example.com"));
    assert!(!allows(layer, "http://example.org"));

    let layer = CorsLayer::new()
        .allow_origin(["http://example.com".parse().unwrap(), "http://api.example.com".parse().unwrap()]);
    assert!(allows(layer, "http://example.com"));

    let texts = vec!["http://example.com".to_string()];
    let layer = CorsLayer::new().allow_origin(texts.iter().map(|origin| origin.parse().unwrap()).collect::<Vec<_>>());
    assert!(allows(layer, "http://example.com"));

    let parsed: Vec<HeaderValue> = texts.iter().map(|origin| origin.parse().unwrap()).collect();
    assert!(allows(CorsLayer::new().allow_origin(parsed), "http://example.com"));
    let layer = CorsLayer::new().allow_origin(AllowOrigin::list(texts.iter().map(|origin| origin.parse().unwrap())));
    assert!(allows(layer, "http://example.com"));
    let layer = CorsLayer::new().allow_origin(AllowOrigin::exact(HeaderValue::from_static("http://example.com")));
    assert!(allows(layer, "http://example.com"));
    assert!(allows(
        CorsLayer::new().allow_origin(HeaderValue::from_static("http://example.com")),
        "http://example.com"
    ));
    assert!(allows(CorsLayer::new().allow_origin(Any), "http://example.com"));
    assert!(allows(CorsLayer::new().allow_origin(AllowOrigin::any()), "http://example.com"));
    assert!(allows(CorsLayer::new().allow_origin(AllowOrigin::mirror_request()), "http://example.com"));
    assert!(!allows(CorsLayer::new().allow_origin(AllowOrigin::default()), "http://example.com"));
}

#[test]
fn predicates() {
    let layer =
        CorsLayer::new().allow_origin(AllowOrigin::predicate(|origin: &HeaderValue, _request_parts: &Parts| {
            origin.as_bytes().ends_with(b".rust-lang.org")
        }));
    assert!(allows(layer, "https://www.rust-lang.org"));
    let layer = CorsLayer::new()
        .allow_origin(AllowOrigin::predicate(|origin, _| origin.as_bytes().ends_with(b".rust-lang.org")));
    assert!(!allows(layer, "https://www.rust-lang.com"));
    let trusted = vec!["https://a.example".to_string()];
    let layer = CorsLayer::new().allow_origin(AllowOrigin::predicate(move |origin: &HeaderValue, _parts| {
        origin.to_str().is_ok_and(|origin| trusted.iter().any(|other| other == origin))
    }));
    assert!(allows(layer, "https://a.example"));
}

#[test]
fn methods_headers_and_the_rest() {
    let layer = CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([AUTHORIZATION, ACCEPT])
        .expose_headers([HeaderName::from_static("x-custom")])
        .max_age(Duration::from_secs(60) * 10);
    assert_eq!(
        answer(&layer, PREFLIGHT, ""),
        "204\naccess-control-allow-headers: authorization,accept\naccess-control-allow-methods: GET,POST\n\
         access-control-allow-origin: *\naccess-control-max-age: 600\n\
         vary: origin, access-control-request-method, access-control-request-headers\n(not called)"
    );
    let methods: Vec<Method> = ["GET", "PUT"].iter().map(|method| method.parse().unwrap()).collect();
    let headers: Vec<_> = ["x-a", "x-b"].iter().map(|name| name.parse().unwrap()).collect();
    let layer = CorsLayer::default()
        .dangerously_allow_insecure_origins()
        .allow_origin("http://example.com".parse::<HeaderValue>().unwrap())
        .allow_methods(methods)
        .allow_headers(headers)
        .allow_headers(vec![CONTENT_TYPE, HeaderName::from_static("x-requested-with")])
        .allow_methods(vec![Method::GET])
        .allow_methods(Method::PUT)
        .allow_methods(AllowMethods::list([Method::PATCH]))
        .allow_headers(AllowHeaders::list([CONTENT_TYPE]))
        .expose_headers(ExposeHeaders::list(["x-c".parse().unwrap()]))
        .expose_headers(vec!["x-d".parse().unwrap()])
        .allow_credentials(AllowCredentials::yes())
        .max_age(MaxAge::exact(Duration::from_secs(3600)))
        .vary(Vary::list(preflight_request_headers()))
        .vary([ORIGIN, ACCESS_CONTROL_REQUEST_METHOD, ACCESS_CONTROL_REQUEST_HEADERS])
        .vary(vec![ORIGIN]);
    assert_eq!(
        answer(&layer, PREFLIGHT, ""),
        "204\naccess-control-allow-credentials: true\naccess-control-allow-headers: content-type\n\
         access-control-allow-methods: PATCH\naccess-control-allow-origin: http://example.com\n\
         access-control-max-age: 3600\nvary: origin, access-control-request-method, access-control-request-headers\n\
         (not called)"
    );
}

#[test]
fn any_and_mirrored() {
    let mirrored = CorsLayer::new()
        .allow_origin(AllowOrigin::mirror_request())
        .allow_methods(AllowMethods::mirror_request())
        .allow_headers(AllowHeaders::mirror_request());
    let any = CorsLayer::new()
        .allow_origin(AllowOrigin::any())
        .allow_methods(AllowMethods::any())
        .allow_headers(AllowHeaders::any())
        .expose_headers(ExposeHeaders::default())
        .allow_credentials(AllowCredentials::default());
    let each = CorsLayer::new().allow_origin(Any).allow_methods(Any).allow_headers(Any);
    #[allow(deprecated, reason = "it is in old code")]
    let old = CorsLayer::new().allow_origin(tower_cors::any()).allow_methods(tower_cors::any()).allow_headers(Any);
    for layer in [mirrored, any, each, old] {
        assert_eq!(answer(&layer, PREFLIGHT, ""), answer(&CorsLayer::permissive(), PREFLIGHT, ""));
    }
    assert_eq!(answer(&CorsLayer::permissive().expose_headers(Any), "GET /", "").lines().count(), 4);
}

async fn handle(_: Request<()>) -> Result<Response<String>, std::convert::Infallible> {
    Ok(Response::new(String::new()))
}

/// A type that names the service, as tonic-web's did.
#[derive(Clone)]
struct Named<S> {
    service: Cors<S>,
}

#[test]
fn layers_and_services() {
    let cors = CorsLayer::new().allow_methods([Method::GET, Method::POST]).allow_origin(Any);
    let service = ServiceBuilder::new().layer(cors.clone()).service(service_fn(handle));
    assert_eq!(size_of_val(service.get_ref()), 0);

    let mut named = Named { service: cors.layer(service_fn(handle)) };
    let _: &mut _ = named.service.get_mut();
    let _ = named.clone().service.into_inner();
    let _: Cors<_> = Cors::<()>::layer().layer(service_fn(handle));

    let optional = ServiceBuilder::new().option_layer(Some(CorsLayer::permissive())).service(service_fn(handle));
    drop(optional);
}

/// What the compile errors of removed names say to write does what was asked for, but for strangers.
#[test]
fn what_is_written_instead_of_removed_names() {
    let preflight = "OPTIONS /\norigin: https://app.example.com\naccess-control-request-method: PUT\n\
                     access-control-request-headers: authorization,content-type";
    let permitted = "204\naccess-control-allow-credentials: true\n\
                     access-control-allow-headers: authorization,content-type\naccess-control-allow-methods: PUT\n\
                     access-control-allow-origin: https://app.example.com\n\
                     vary: origin, access-control-request-method, access-control-request-headers\n(not called)";
    let trusting = CorsLayer::new()
        .allow_origins(["https://app.example.com"])
        .allow_methods(Any)
        .allow_headers(Any)
        .allow_credentials(true);
    assert_eq!(answer(&trusting, preflight, ""), permitted);
    assert!(!allows(trusting.clone(), "https://evil.example"));
    let developing = trusting.allow_origins(["http://localhost:*"]);
    assert!(allows(developing.clone(), "http://localhost:5173"));
    assert!(!allows(developing, "http://localhost.evil.example"));
    let _: Cors<_> = CorsLayer::new().allow_origins(["https://app.example.com"]).layer(service_fn(handle));
    let _: Cors<_> = CorsLayer::permissive().layer(service_fn(handle));
}

static SHARED: LazyLock<CorsLayer> =
    LazyLock::new(|| CorsLayer::new().allow_origin(Any).allow_methods(Any).allow_headers(Any));

const ORIGINS: [&str; 2] = ["https://a.example", "https://b.example"];

#[test]
fn lists_as_settings_give_them() -> Result<(), Box<dyn std::error::Error>> {
    fn named(origin: &HeaderValue, _parts: &Parts) -> bool {
        origin == "https://a.example"
    }
    fn given(origins: &[&str]) -> impl Fn(&HeaderValue, &Parts) -> bool + use<> {
        let origins: Vec<String> = origins.iter().map(ToString::to_string).collect();
        move |origin, _| origins.iter().any(|other| other.as_str() == origin)
    }
    let owned = ORIGINS.map(String::from);
    let checked = owned.iter().map(|origin| origin.parse()).collect::<Result<Vec<_>, _>>()?;
    let guessed: Vec<_> = "https://a.example, \n".split(',').filter_map(|origin| origin.trim().parse().ok()).collect();
    let cors = CorsLayer::new();
    let layers = [
        cors.clone().allow_origin(ORIGINS.map(|origin| origin.parse().unwrap())),
        cors.clone().allow_origin(AllowOrigin::list(ORIGINS.map(HeaderValue::from_static))),
        cors.clone().allow_origin(AllowOrigin::list(owned.iter().flat_map(|origin| HeaderValue::from_str(origin)))),
        cors.clone().allow_origin(AllowOrigin::list([format!("https://{}.example", 'a').parse()?])),
        cors.clone().allow_origin(owned[0].parse::<HeaderValue>()?),
        cors.clone().allow_origin(AllowOrigin::exact(owned[0].parse()?)),
        cors.clone().allow_origin(checked),
        cors.clone().allow_origin(AllowOrigin::predicate(named)),
        cors.clone().allow_origin(AllowOrigin::predicate(given(&ORIGINS))),
        // As in tower-http the last call is in force.
        ORIGINS.iter().rev().fold(cors.clone(), |layer, origin| layer.allow_origin(HeaderValue::from_static(origin))),
        match ORIGINS.as_slice() {
            ["*"] => cors.clone().allow_origin(Any),
            origins => {
                cors.clone().allow_origin(origins.iter().map(|origin| origin.parse().unwrap()).collect::<Vec<_>>())
            }
        },
        SHARED.clone(),
    ];
    for (index, layer) in layers.into_iter().enumerate() {
        assert!(allows(layer, "https://a.example"), "{index}");
    }
    // What follows a comma at the end is an empty text: that is told, not ignored.
    assert!(cors.clone().allow_origin(guessed).build().is_err());
    let methods = ["GET", "PUT"].iter().filter_map(|method| Method::from_bytes(method.as_bytes()).ok());
    let _ = cors
        .allow_methods(AllowMethods::list(methods))
        .allow_methods(AllowMethods::from(vec![Method::GET]))
        .allow_headers(AllowHeaders::list(None))
        .allow_headers(["content-type".parse()?, "authorization".parse()?])
        .expose_headers(["x-total".parse::<HeaderName>()?])
        .build()?;
    Ok(())
}

/// Settings of an application that become the values of the setters.
struct Settings {
    origin: Option<&'static str>,
    max_age: u64,
}

impl From<&Settings> for AllowOrigin {
    fn from(settings: &Settings) -> Self {
        settings.origin.map(HeaderValue::from_static).map(Self::exact).unwrap_or_default()
    }
}

impl From<&Settings> for MaxAge {
    fn from(settings: &Settings) -> Self {
        Self::exact(Duration::from_secs(settings.max_age))
    }
}

impl From<&Settings> for CorsLayer {
    fn from(settings: &Settings) -> Self {
        Self::new().allow_origin(settings).max_age(settings).expose_headers(ExposeHeaders::any())
    }
}

/// A layer of one's own around this one.
#[derive(Clone, Debug, Default)]
struct Wrapped(CorsLayer);

impl Wrapped {
    fn headers(self, headers: impl Into<AllowHeaders>) -> Self {
        Self(self.0.allow_headers(headers))
    }
}

impl<S> Layer<S> for Wrapped {
    type Service = Cors<S>;

    fn layer(&self, inner: S) -> Cors<S> {
        self.0.layer(inner)
    }
}

#[test]
fn types_that_name_the_layer() {
    fn stack(cors: CorsLayer) -> ServiceBuilder<Stack<CorsLayer, Identity>> {
        ServiceBuilder::new().layer(cors)
    }
    fn opaque() -> impl Layer<axum::routing::Route, Service = Cors<axum::routing::Route>> + Clone {
        CorsLayer::permissive()
    }
    let settings = Settings { origin: Some("https://a.example"), max_age: 60 };
    assert!(allows(CorsLayer::from(&settings), "https://a.example"));
    assert!(!allows(CorsLayer::from(&Settings { origin: None, ..settings }), "https://a.example"));
    let choose: fn() -> CorsLayer = CorsLayer::permissive;
    let _: axum::Router = axum::Router::new()
        .layer(stack(settings.origin.map(|_| choose()).unwrap_or_default()))
        .layer(Wrapped::default().headers(Any))
        .layer(tower::util::option_layer(Some(choose())))
        .layer((choose(), choose()))
        .layer(tower::layer::layer_fn(|inner| CorsLayer::permissive().layer(inner)));
    let _ = opaque().clone();
}

#[test]
fn with_axum() {
    let app: axum::Router =
        axum::Router::new().route("/", axum::routing::get(|| async { "hello" })).layer(CorsLayer::permissive()).layer(
            ServiceBuilder::new().layer(CorsLayer::new().allow_origin([HeaderValue::from_static("http://a.example")])),
        );
    let _: axum::Router = app.route_layer(CorsLayer::permissive());
}
