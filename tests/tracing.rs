//! The events of the feature `tracing`: levels, fields, how often, and that nothing hostile gets into a log raw.
#![cfg(feature = "tracing")]

mod support;

use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use http::{HeaderValue, Response};
use support::{answer, parse, run};
use tower::{Layer as _, ServiceExt, service_fn};
use tower_cors::{AllowOrigin, CorsLayer, Decision, Observed, RefusalReason};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, Registry};

/// One event as one line: level, target, then each field.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    /// Collects what happens on this thread while the closure runs, up to this level.
    fn of(level: LevelFilter, run: impl FnOnce()) -> Vec<String> {
        let log = Self::default();
        let guard = Registry::default().with(level).with(log.clone()).set_default();
        run();
        drop(guard);
        std::mem::take(&mut *log.0.lock().unwrap())
    }
}

impl<S: Subscriber> Layer<S> for Log {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        struct Line(String);
        impl Visit for Line {
            fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
                self.0 = format!("{} {}={value:?}", self.0, field.name());
            }
        }
        let mut line = Line(format!("{} {}", event.metadata().level(), event.metadata().target()));
        event.record(&mut line);
        self.0.lock().unwrap().push(line.0);
    }
}

fn list() -> CorsLayer {
    CorsLayer::new().allow_origins(["https://app.example.com"]).max_age(std::time::Duration::from_secs(600))
}

fn enforcing() -> CorsLayer {
    list().reject_disallowed_origins(true)
}

#[test]
fn one_event_for_each_refusal_and_none_for_success() {
    let log = Log::of(LevelFilter::TRACE, || {
        let preflight = "OPTIONS /\naccess-control-request-method: PUT\norigin: ";
        for layer in [list(), enforcing(), CorsLayer::permissive().max_age(std::time::Duration::from_secs(600))] {
            answer(&layer, &format!("{preflight}https://app.example.com"), "");
            answer(&layer, "GET /\norigin: https://app.example.com", "");
            answer(&layer, "GET /", "200\nvary: accept");
            answer(&layer, "POST /\norigin: https://api.example\nhost: api.example", "");
        }
    });
    assert_eq!(log, Vec::<String>::new());

    let log = Log::of(LevelFilter::TRACE, || {
        answer(
            &list(),
            "OPTIONS /\naccess-control-request-method: PUT\norigin: https://evil.example\nhost: a.example",
            "",
        );
        answer(&list(), "GET /\norigin: null", "");
        answer(
            &enforcing(),
            "POST /\norigin: https://evil.example\nhost: api.example:8443\nsec-fetch-site: cross-site",
            "",
        );
    });
    assert_eq!(
        log,
        [
            "DEBUG tower_cors refused=preflight reason=origin-not-listed origin=\"https://evil.example\" \
             authority=\"a.example\" sec_fetch_site=none method=\"OPTIONS\" message=no permission",
            "DEBUG tower_cors refused=response reason=null-origin origin=\"null\" authority=none sec_fetch_site=none \
             method=\"GET\" message=no permission",
            "DEBUG tower_cors refused=request reason=origin-not-listed origin=\"https://evil.example\" \
             authority=\"api.example:8443\" sec_fetch_site=\"cross-site\" method=\"POST\" message=no permission",
        ]
        .map(|line| {
            // `message` is always the first field that is recorded.
            let (rest, message) = line.split_once(" message").unwrap();
            let (head, fields) = rest.split_once(" refused").unwrap();
            format!("{head} message{message} refused{fields}")
        })
    );
}

#[test]
fn nothing_is_said_to_who_does_not_listen() {
    let log = Log::of(LevelFilter::INFO, || {
        let response = refused();
        assert!(response.extensions().is_empty());
    });
    assert!(log.is_empty(), "{log:?}");

    let log = Log::of(LevelFilter::DEBUG, || {
        assert_eq!(refused().extensions().get(), Some(&RefusalReason::OriginNotListed));
    });
    assert_eq!(log.len(), 1);
}

fn refused() -> Response<String> {
    let service = service_fn(async |_| Ok::<_, std::convert::Infallible>(Response::new(String::new())));
    let Ok(response) = run(enforcing().layer(service).oneshot(parse("GET /\norigin: https://evil.example")));
    assert_eq!(response.status(), 403);
    response
}

#[test]
fn what_a_stranger_wrote_is_escaped_and_cut() {
    let log = Log::of(LevelFilter::DEBUG, || {
        let policy = enforcing().build().unwrap();
        let mut hostile = b"https://a reason=allowed\"\t\x80\x1f".to_vec();
        hostile.pop();
        hostile.extend("\u{202e}\u{2028}".as_bytes());
        hostile.extend([b'a'; 5_000]);
        for name in ["origin", "host", "sec-fetch-site"] {
            let (mut parts, ()) = parse("POST /").into_parts();
            parts.headers.insert("origin", HeaderValue::from_static("https://evil.example"));
            parts.headers.insert(name, HeaderValue::from_bytes(&hostile).unwrap());
            let Decision::Respond(_) = policy.decide(&parts) else { panic!("{name}") };
        }
    });
    assert_eq!(log.len(), 3);
    for line in &log {
        assert!(line.len() < 1_000, "{line}");
        assert!(line.contains(r#""https://a reason=allowed\"\t�\u{202e}\u{2028}aaa"#), "{line}");
        assert!(line.contains("a…\""), "{line}");
        assert!(!line.contains(['\t', '\u{202e}', '\u{2028}']), "{line}");
    }
}

#[test]
fn headers_of_the_inner_service_are_told_once() {
    let inner = "200\naccess-control-allow-origin: https://other.example\naccess-control-max-age: 5\nx-a: b";
    let log = Log::of(LevelFilter::INFO, || {
        let layer = list();
        for origin in ["https://app.example.com", "https://app.example.com", "https://evil.example"] {
            answer(&layer, &format!("GET /\norigin: {origin}"), inner);
        }
        answer(&layer.clone(), "GET /", inner);
    });
    assert_eq!(log.len(), 1, "{log:?}");
    assert!(
        log[0].starts_with("WARN tower_cors message=the inner service sets an Access-Control header itself"),
        "{log:?}"
    );
    assert!(log[0].contains("two CORS layers") && log[0].contains("proxied service"), "{log:?}");
    assert!(log[0].ends_with("header=access-control-allow-origin value=\"https://other.example\""), "{log:?}");

    // Once for each policy.
    let log = Log::of(LevelFilter::INFO, || {
        for _ in 0..2 {
            answer(&list(), "GET /\norigin: https://app.example.com", inner);
        }
    });
    assert_eq!(log.len(), 2);
}

#[test]
fn two_layers_are_told_of() {
    let log = Log::of(LevelFilter::INFO, || {
        let service = service_fn(async |_| Ok::<_, std::convert::Infallible>(Response::new(String::new())));
        let nested = list().layer(list().layer(service));
        let Ok(_) = run(nested.oneshot(parse("GET /\norigin: https://app.example.com")));
    });
    assert_eq!(log.len(), 1, "{log:?}");
    assert!(log[0].ends_with("header=access-control-allow-origin value=\"https://app.example.com\""), "{log:?}");
}

/// Also where the inner one allows nothing, and so leaves nothing on the response that goes out.
#[test]
fn an_inner_layer_that_is_opened_is_told_of_once() {
    let closed = [
        CorsLayer::new(),
        CorsLayer::new().reject_disallowed_origins(true),
        list().allow_origins(["https://b.example"]),
    ];
    for inner in closed {
        let outer = [list(), CorsLayer::permissive(), CorsLayer::new()];
        for outer in outer {
            let log = Log::of(LevelFilter::WARN, || {
                let service = service_fn(async |_| Ok::<_, std::convert::Infallible>(Response::new(String::new())));
                let nested = outer.build().unwrap().layer(inner.clone().build().unwrap().layer(service));
                for request in ["GET /", "GET /\norigin: https://app.example.com", "GET /"] {
                    let Ok(_) = run(nested.clone().oneshot(parse(request)));
                }
            });
            let told: Vec<_> = log.iter().filter(|line| line.contains("stands inside of this one")).collect();
            assert_eq!(told.len(), 1, "{log:?}");
        }
    }
    // One alone, also where it is used more than once.
    let log = Log::of(LevelFilter::WARN, || {
        let layer = list();
        for _ in 0..3 {
            answer(&layer, "GET /\norigin: https://app.example.com", "200\nvary: origin");
        }
    });
    assert!(log.is_empty(), "{log:?}");
}

/// A router gives one policy to a plain route and to one that another layer is around.
#[test]
fn an_inner_layer_is_told_of_where_it_was_used_alone_before() {
    let service = || service_fn(async |_| Ok::<_, std::convert::Infallible>(Response::new(String::new())));
    let inner = list().build().unwrap();
    let log = Log::of(LevelFilter::WARN, || {
        for _ in 0..10 {
            let Ok(_) = run(inner.layer(service()).oneshot(parse("GET /")));
        }
        let Ok(_) = run(CorsLayer::permissive().layer(inner.layer(service())).oneshot(parse("GET /")));
    });
    assert_eq!(log.iter().filter(|line| line.contains("stands inside of this one")).count(), 1, "{log:?}");
}

/// The mark by which an inner layer is known is allocated: for the first hundred responses of a policy, and no more.
#[test]
fn responses_are_marked_a_hundred_times() {
    let policy = list().build().unwrap();
    let service = policy.layer(service_fn(async |_| Ok::<_, std::convert::Infallible>(Response::new(String::new()))));
    let marked = |level| {
        let mut count = 0;
        Log::of(level, || {
            for _ in 0..150 {
                let Ok(response) = run(service.clone().oneshot(parse("GET /")));
                count += usize::from(!response.extensions().is_empty());
            }
        });
        count
    };
    assert_eq!([LevelFilter::ERROR, LevelFilter::WARN, LevelFilter::WARN].map(marked), [0, 100, 0]);
}

#[test]
fn an_explanation_tells_nobody() {
    let policy = list().build().unwrap();
    let request = parse("GET /\norigin: https://app.example.com").into_parts().0;
    let inner = "200\naccess-control-allow-origin: https://app.example.com";
    let log = Log::of(LevelFilter::WARN, || {
        let (seen, ()) = Response::builder()
            .header("access-control-allow-origin", "https://app.example.com")
            .header("vary", "origin")
            .body(())
            .unwrap()
            .into_parts();
        for _ in 0..150 {
            assert_eq!(policy.explain_answer(&request, Observed::response(&seen)).code(), "allowed");
        }
    });
    assert!(log.is_empty(), "{log:?}");
    // What it may tell once is left to the service.
    let log = Log::of(LevelFilter::WARN, || drop(answer(&policy, "GET /\norigin: https://app.example.com", inner)));
    assert_eq!(log.len(), 1, "{log:?}");
}

#[test]
fn what_the_inner_service_may_set_is_not_told_of() {
    let exposed = "200\naccess-control-expose-headers: etag";
    let log = Log::of(LevelFilter::INFO, || {
        answer(&list(), "GET /\norigin: https://app.example.com", exposed);
        answer(&list(), "GET /\norigin: https://app.example.com", "200\nvary: origin");
    });
    assert!(log.is_empty(), "{log:?}");

    // Where it is taken away, it is.
    let log = Log::of(LevelFilter::INFO, || {
        answer(&list().expose_headers([http::header::AGE]), "GET /\norigin: https://app.example.com", exposed);
        answer(&list(), "GET /\norigin: https://evil.example", exposed);
    });
    assert_eq!(log.len(), 2, "{log:?}");
    assert!(log[0].ends_with("header=access-control-expose-headers value=\"etag\""), "{log:?}");
}

#[test]
fn a_hostile_inner_value_is_escaped_and_cut() {
    let log = Log::of(LevelFilter::WARN, || {
        answer(
            &list(),
            "GET /\norigin: https://app.example.com",
            &format!("200\naccess-control-allow-origin: \u{202e}\"{}", "a".repeat(9_000)),
        );
    });
    assert!(log[0].contains(r#"value="\u{202e}\"aaa"#) && log[0].len() < 500, "{log:?}");
}

#[test]
fn warnings_are_told_once_when_the_policy_is_built() {
    let layer = || CorsLayer::new().allow_origins(["https://app.example.com"]).allow_headers([http::header::ACCEPT]);
    let expected: Vec<String> = layer()
        .build()
        .unwrap()
        .warnings()
        .iter()
        .map(|warning| format!("{} tower_cors message={warning} id={}", Level::WARN, warning.id()))
        .collect();
    assert_eq!(expected.len(), 2);

    // By hand, and by the first use as a layer, for all clones.
    let log = Log::of(LevelFilter::WARN, || {
        let policy = layer().build().unwrap();
        let _ = policy.clone().layer(());
        let _ = policy.warnings();
    });
    assert_eq!(log, expected);
    let log = Log::of(LevelFilter::WARN, || {
        let layer = layer();
        let clone = layer.clone();
        let _ = (layer.layer(()), clone.layer(()), layer.layer(()), clone.build());
    });
    assert_eq!(log, expected);
    let log = Log::of(LevelFilter::ERROR, || drop(layer().build()));
    assert!(log.is_empty());
}

#[test]
fn of_many_warnings_of_one_kind_five_are_told_and_the_rest_is_counted() {
    let origins =
        || (0..200).map(|n| format!("https://app{n}.example.com")).chain(["https://*.example.com".to_owned()]);
    let mut warnings = Vec::new();
    let log = Log::of(LevelFilter::WARN, || {
        warnings = CorsLayer::new().allow_origins(origins()).build().unwrap().warnings();
    });
    assert_eq!(warnings.len(), 200 + 1);
    assert_eq!(log.len(), 5 + 1 + 1, "{log:?}");
    assert_eq!(log.iter().filter(|line| line.contains("is covered by \"https://*.example.com\"")).count(), 5);
    assert_eq!(log[5], format!("WARN tower_cors message={} id=max-age-unset", warnings[200]));
    assert_eq!(
        log[6],
        "WARN tower_cors message=and 195 more of these, which CorsPolicy::warnings() has id=redundant-origin"
    );
}

#[test]
fn a_build_asks_no_predicate_and_warnings_do() {
    let layer =
        || CorsLayer::new().allow_origin(AllowOrigin::predicate(|_, _| true)).max_age(std::time::Duration::ZERO);
    let log = Log::of(LevelFilter::WARN, || drop(layer().build()));
    assert_eq!(log, Vec::<String>::new());
    let warnings = layer().build().unwrap().warnings();
    assert_eq!(warnings.iter().map(tower_cors::Warning::id).collect::<Vec<_>>(), ["predicate-says-yes"]);
}

#[test]
fn a_policy_that_is_not_built_tells_nothing() {
    let log = Log::of(LevelFilter::TRACE, || {
        assert!(CorsLayer::new().allow_origins(["nonsense"]).build().is_err());
    });
    assert!(log.is_empty(), "{log:?}");
}

#[test]
fn a_predicate_is_asked_once_for_each_request_and_told_of() {
    let asked = Arc::new(Mutex::new(0));
    let count = asked.clone();
    let layer = CorsLayer::new().max_age(std::time::Duration::from_secs(600)).allow_origin(AllowOrigin::predicate(
        move |_, parts| {
            // Not for the warnings.
            *count.lock().unwrap() += usize::from(parts.uri.path() == "/asked");
            false
        },
    ));
    let log = Log::of(LevelFilter::DEBUG, || {
        answer(&layer, "GET /asked\norigin: https://app.example.com", "");
    });
    assert_eq!(*asked.lock().unwrap(), 1);
    assert_eq!(log.len(), 1);
    assert!(log[0].contains("reason=predicate-said-no"), "{log:?}");
}

/// A flood must not become a flood of lines.
#[cfg(feature = "resolver")]
#[test]
fn of_look_ups_that_fail_the_first_is_told_and_then_one_in_ten_seconds() {
    use std::time::Duration;
    use tower_cors::resolver::{Lookup, ResolverLayer, Target};

    let failed = Arc::new(Mutex::new(0));
    let counter = failed.clone();
    let broken = Lookup::new(async |()| Err::<Option<_>, _>("a\u{1b}b")).on_failure(move |_| {
        *counter.lock().unwrap() += 1;
    });
    let full = broken.clone().max_in_flight(0);
    let layer = |lookup| ResolverLayer::new(|_: &Target<'_>| Some(()), lookup);
    // Clones tell together.
    let layers = [layer(broken.clone()), layer(full), layer(broken)];
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let log = Log::of(LevelFilter::WARN, || {
        runtime.block_on(async {
            for seconds in [0, 9, 2, 0] {
                tokio::time::advance(Duration::from_secs(seconds)).await;
                for _ in 0..3 {
                    for layer in &layers {
                        support::answer_in_time(layer, "GET /\norigin: https://app.example.com", "").await;
                    }
                }
            }
        });
    });
    let line = |message: &str, untold: u64| format!("WARN tower_cors message={message} untold={untold}");
    let error = r#"the look-up of the policy failed: "a\u{1b}b""#;
    let full = "too many look-ups of policies are in flight";
    assert_eq!(log, [line(error, 0), line(full, 0), line(error, 11), line(full, 5)]);
    assert_eq!(*failed.lock().unwrap(), 36, "but every one can be counted");
}
