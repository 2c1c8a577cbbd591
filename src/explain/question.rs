//! What a browser asks before it sends a request, and what of that the policy does not allow.

use http::header::{ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, CONTENT_TYPE};
use http::request::Parts;
use http::{HeaderName, HeaderValue, Method};

use crate::echo::{LONGEST, MOST_NAMES};
use crate::edits;
use crate::fetch;
use crate::settings::Settings;
use crate::values::{HeadersRule, MethodsRule};
use crate::vary::elements;

use super::Explanation;
use super::cause::Cause;
use super::facts::Facts;
use super::words::{enumeration, names, quoted};

/// So many entries of a list are compared with a name that is not on it.
const SEARCHED: usize = 1_000;

/// What a preflight asks for: the first method if it is a token, and the header names that are tokens.
pub(super) fn asked(parts: &Parts) -> (Option<String>, Vec<String>) {
    let method = parts.headers.get(ACCESS_CONTROL_REQUEST_METHOD).and_then(|method| method.to_str().ok());
    let method = method.filter(|method| fetch::is_token(method.as_bytes())).map(str::to_owned);
    let names = parts
        .headers
        .get_all(ACCESS_CONTROL_REQUEST_HEADERS)
        .iter()
        .filter(|line| line.len() <= LONGEST)
        .flat_map(elements)
        .filter_map(|name| HeaderName::from_bytes(name).ok())
        .take(MOST_NAMES)
        .map(|name| name.as_str().to_owned())
        .collect();
    (method, names)
}

/// What is wrong with the question of a preflight whose origin is allowed.
pub(super) fn of_preflight(facts: &Facts<'_>) -> Option<Explanation> {
    let headers = &facts.parts.headers;
    let mut lines = headers.get_all(ACCESS_CONTROL_REQUEST_METHOD).iter();
    let method = match (lines.next().map(HeaderValue::to_str), lines.next()) {
        (Some(Ok(method)), None) if fetch::is_token(method.as_bytes()) => method,
        _ => {
            return Some(Explanation::new(
                Cause::RequestedMethod,
                "Access-Control-Request-Method is not one method, which no browser sends: correct the test, or the proxy \
                 that changes it",
            ));
        }
    };
    let lines = || headers.get_all(ACCESS_CONTROL_REQUEST_HEADERS).iter();
    let elements_of_lines = || lines().flat_map(elements);
    let length: usize = lines().map(HeaderValue::len).sum();
    if length > LONGEST || elements_of_lines().nth(MOST_NAMES).is_some() {
        return Some(Explanation::new(
            Cause::RequestedHeaders,
            "Access-Control-Request-Headers has more than 8 KiB or 128 names, which no browser sends: correct the test, or \
             the proxy that changes it",
        ));
    }
    if let Some(invalid) = elements_of_lines().find(|name| !fetch::is_token(name)) {
        return Some(Explanation::new(
            Cause::RequestedHeaders,
            format!(
                "Access-Control-Request-Headers has {}, which is no header name, and no browser sends that: correct the \
                 test, or the proxy that changes it",
                super::words::quoted_bytes(invalid)
            ),
        ));
    }
    let (_, names) = asked(facts.parts);
    judge(facts, method, &names)
}

/// What is wrong with a request that a script is to send: the browser asks before it does.
pub(super) fn of_actual(facts: &Facts<'_>) -> Option<Explanation> {
    let names: Vec<String> = facts
        .parts
        .headers
        .iter()
        .filter(|(name, value)| is_set_by_script(name, value))
        .map(|(name, _)| name.as_str().to_owned())
        .take(MOST_NAMES)
        .collect();
    judge(facts, facts.parts.method.as_str(), &names)
}

/// Headers for which a browser asks; those of browsers and proxies are not of the script.
fn is_set_by_script(name: &HeaderName, value: &HeaderValue) -> bool {
    const OF_OTHERS: &[&str] = &[
        "b3",
        "cache-control",
        "cdn-loop",
        "client-ip",
        "device-memory",
        "downlink",
        "dpr",
        "ect",
        "forwarded",
        "front-end-https",
        "if-modified-since",
        "if-none-match",
        "last-event-id",
        "pragma",
        "priority",
        "range",
        "rtt",
        "save-data",
        "traceparent",
        "tracestate",
        "true-client-ip",
        "uber-trace-id",
        "upgrade-insecure-requests",
        "user-agent",
        "viewport-width",
        "width",
        "x-client-ip",
        "x-cloud-trace-context",
        "x-cluster-client-ip",
        "x-correlation-id",
        "x-host",
        "x-https",
        "x-real-ip",
        "x-request-id",
        "x-request-start",
        "x-scheme",
        "x-trace-id",
        "x-url-scheme",
    ];
    const OF_PROXIES: &[&str] = &[
        "akamai-",
        "cf-",
        "cloudfront-",
        "fastly-",
        "fly-",
        "x-akamai-",
        "x-amz",
        "x-appengine-",
        "x-arr-",
        "x-azure-",
        "x-b3-",
        "x-envoy-",
        "x-forwarded-",
        "x-goog-",
        "x-nf-",
        "x-original-",
        "x-varnish",
        "x-vercel-",
    ];
    if *name == CONTENT_TYPE {
        return !is_form_content_type(value);
    }
    let text = name.as_str();
    let response_header = text.starts_with("access-control-") && !text.starts_with("access-control-request-");
    response_header
        || !(fetch::is_forbidden_request_header(name)
            || fetch::is_always_safelisted_request_header(name)
            || OF_OTHERS.contains(&text)
            || OF_PROXIES.iter().any(|prefix| text.starts_with(prefix)))
}

/// <https://fetch.spec.whatwg.org/#cors-safelisted-request-header>
fn is_form_content_type(value: &HeaderValue) -> bool {
    let Ok(value) = value.to_str() else { return false };
    let essence = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let plain = ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"].contains(&&*essence);
    plain && value.len() <= 128 && !value.bytes().any(|byte| b"\"():<>?@[\\]{}".contains(&byte))
}

fn judge(facts: &Facts<'_>, method: &str, names: &[String]) -> Option<Explanation> {
    let settings = &facts.policy.settings;
    let method = method_problem(settings, method);
    let headers = headers_problem(settings, names);
    match (method, headers) {
        (None, None) => None,
        (Some(one), None) | (None, Some(one)) => Some(one),
        (Some(method), Some(headers)) => {
            let near_miss = headers.near_miss.or(method.near_miss);
            let mut both = Explanation::new(method.cause, format!("{}; and {}", method.text, headers.text));
            both.near_miss = near_miss;
            Some(both)
        }
    }
}

fn method_problem(settings: &Settings, method: &str) -> Option<Explanation> {
    if fetch::is_forbidden_method(method) {
        return Some(Explanation::new(
            Cause::ForbiddenMethod,
            format!("method {} cannot be sent by a script, whatever a policy says: use another one", quoted(method)),
        ));
    }
    let normalized = Method::from_bytes(method.as_bytes()).map(fetch::normalize_method).ok()?;
    let MethodsRule::List(listed) = &settings.methods else { return None };
    if [Method::GET, Method::HEAD, Method::POST].contains(&normalized) || listed.contains(&normalized) {
        return None;
    }
    let normalized = normalized.as_str();
    let constant = |method: &str| match method {
        "PUT" | "DELETE" | "PATCH" | "OPTIONS" => format!("Method::{method}"),
        _ => quoted(method),
    };
    let other_case = listed.iter().find(|listed| listed.as_str().eq_ignore_ascii_case(normalized));
    if let Some(listed) = other_case {
        return Some(
            Explanation::new(
                Cause::MethodCase,
                format!(
                    "the script sends method {}, and allow_methods has {}: browsers upper-case none but DELETE, GET, HEAD, \
                     OPTIONS, POST and PUT, and compare the others as they are written; write method: {} in the script",
                    quoted(normalized),
                    quoted(listed.as_str()),
                    quoted(listed.as_str())
                ),
            )
            .with_near_miss(listed.as_str()),
        );
    }
    if normalized.eq_ignore_ascii_case("PATCH") && normalized != "PATCH" {
        return Some(Explanation::new(
            Cause::MethodCase,
            format!(
                "the script sends method {}, which browsers do not upper-case: write method: \"PATCH\" in the script, and \
                 add Method::PATCH to allow_methods",
                quoted(normalized)
            ),
        ));
    }
    let listed = if listed.is_empty() {
        "allow_methods is not called".to_owned()
    } else {
        format!("allow_methods has {}", names(&listed.iter().map(Method::as_str).collect::<Vec<_>>()))
    };
    Some(Explanation::new(
        Cause::MethodNotAllowed,
        format!(
            "method {} is not allowed: {listed}, and without asking browsers send GET, HEAD and POST only; add {} to \
             allow_methods",
            quoted(normalized),
            constant(normalized)
        ),
    ))
}

/// One of the names that the browser asks for and that is not allowed.
struct Missing<'a> {
    name: &'a str,
    cause: Cause,
}

fn headers_problem(settings: &Settings, asked: &[String]) -> Option<Explanation> {
    let permits = |name: &str| match &settings.headers {
        HeadersRule::Any => true,
        HeadersRule::AnyExceptAuthorization => name != "authorization",
        HeadersRule::List(listed) => {
            listed.iter().any(|listed| listed == name && !fetch::is_forbidden_request_header(listed))
        }
    };
    let missing: Vec<Missing<'_>> = asked
        .iter()
        .filter(|name| is_foreign(name) || !permits(name))
        .map(|name| Missing { name, cause: cause_of(settings, name) })
        .collect();
    let first = missing.first()?;
    // What the client should not send comes before what the server should allow.
    let worst = missing
        .iter()
        .find(|it| it.cause == Cause::ResponseHeaderSent)
        .or_else(|| missing.iter().find(|it| it.cause == Cause::ForbiddenHeader))
        .or_else(|| missing.iter().find(|it| is_option(it.name)))
        .unwrap_or(first);
    let of_cause = |cause| missing.iter().filter(move |it| it.cause == cause).map(|it| it.name).collect::<Vec<_>>();
    let addable: Vec<&str> = missing
        .iter()
        .filter(|it| !matches!(it.cause, Cause::ResponseHeaderSent | Cause::ForbiddenHeader) && !is_option(it.name))
        .map(|it| it.name)
        .collect();
    let options: Vec<&str> = missing.iter().map(|it| it.name).filter(|name| is_option(name)).collect();
    let also = |texts: &[String]| {
        let misplaced = (!options.is_empty()).then(|| misplaced(&options));
        let add = (!addable.is_empty()).then(|| format!("add {} to allow_headers", constants(&addable)));
        texts.iter().cloned().chain(misplaced).chain(add).collect::<Vec<_>>().join("; and ")
    };
    Some(match worst.cause {
        Cause::ResponseHeaderSent => Explanation::new(
            worst.cause,
            also(&[format!(
                "the script sends {} as a request header, which belongs on the answer, where this layer writes it; remove \
                 it from the script's headers",
                names(&of_cause(worst.cause))
            )]),
        ),
        Cause::ForbiddenHeader => Explanation::new(
            worst.cause,
            also(&[format!(
                "the request asks for {}, which a script cannot set, so no browser asks for it; remove it from the test",
                names(&of_cause(worst.cause))
            )]),
        ),
        Cause::AuthorizationNotCovered => Explanation::new(
            worst.cause,
            "request header \"authorization\" is not allowed: allow_headers has AllowHeaders::any_except_authorization(), \
             the \"*\" of the protocol, which does not cover it; write allow_headers(Any), or list the headers",
        ),
        cause if is_option(worst.name) => Explanation::new(cause, also(&[])),
        cause => {
            let (listed, near) = listed_headers(settings, &addable);
            let json = if cause == Cause::ContentTypeNotAllowed && addable.len() == 1 {
                ", for which the browser asks because its value is not a form's (JSON mostly)"
            } else {
                ""
            };
            let sender = sender_of(&addable).map_or(String::new(), |sender| format!(" (sent by {sender})"));
            let verb = if addable.len() == 1 { "is" } else { "are" };
            let plural = if addable.len() == 1 { "" } else { "s" };
            let text = format!(
                "request header{plural} {}{sender} {verb} not allowed{json}: {listed}; {}add {} to allow_headers",
                names(&addable),
                if near.is_some() { "write it so in the script, or " } else { "" },
                constants(&addable)
            );
            let explanation = Explanation::new(cause, text);
            match near {
                Some(near) => explanation.with_near_miss(near),
                None => explanation,
            }
        }
    })
}

/// What a script passes beside its headers, and by mistake among them.
fn is_option(name: &str) -> bool {
    [
        "body",
        "credentials",
        "crossdomain",
        "datatype",
        "headers",
        "method",
        "mode",
        "processdata",
        "redirect",
        "responsetype",
        "withcredentials",
        "xhrfields",
    ]
    .contains(&name)
}

fn misplaced(options: &[&str]) -> String {
    let (are, no, it) =
        if options.len() == 1 { ("is an option", "no header", "it") } else { ("are options", "no headers", "them") };
    format!("{} {are} of fetch, axios or jQuery and {no}: move {it} out of headers in the script", names(options))
}

/// No request of a page has such a header for a reason.
fn is_foreign(name: &str) -> bool {
    HeaderName::from_bytes(name.as_bytes())
        .is_ok_and(|name| fetch::is_forbidden_request_header(&name) || name.as_str().starts_with("access-control-"))
}

fn cause_of(settings: &Settings, name: &str) -> Cause {
    let Ok(header) = HeaderName::from_bytes(name.as_bytes()) else { return Cause::RequestedHeaders };
    if name.starts_with("access-control-") && !name.starts_with("access-control-request-") || name == "vary" {
        Cause::ResponseHeaderSent
    } else if fetch::is_forbidden_request_header(&header) {
        Cause::ForbiddenHeader
    } else if name == "authorization" && matches!(settings.headers, HeadersRule::AnyExceptAuthorization) {
        Cause::AuthorizationNotCovered
    } else if name == "content-type" {
        Cause::ContentTypeNotAllowed
    } else {
        Cause::HeaderNotAllowed
    }
}

/// What the list has instead, and the entry that is nearly one of the names.
fn listed_headers(settings: &Settings, missing: &[&str]) -> (String, Option<String>) {
    let HeadersRule::List(listed) = &settings.headers else { return ("allow_headers has others".to_owned(), None) };
    let same = |one: &str, other: &str| {
        let bare = |name: &str| name.replace(['-', '_'], "");
        let most = if one.len() < 6 { 1 } else { 2 };
        edits::are_within(most, one, other) || bare(one) == bare(other)
    };
    let near = listed.iter().take(SEARCHED).map(HeaderName::as_str).find(|listed| {
        missing.iter().any(|name| !matches!(*name, "content-type" | "authorization") && same(name, listed))
    });
    let text = match (near, listed.as_slice()) {
        (Some(near), _) => format!("allow_headers has {}, which is spelt differently", quoted(near)),
        (None, []) => "allow_headers is not called".to_owned(),
        (None, listed) => {
            format!("allow_headers has {}", names(&listed.iter().map(HeaderName::as_str).collect::<Vec<_>>()))
        }
    };
    (text, near.map(str::to_owned))
}

/// Names as they stand in a program.
fn constants(names: &[&str]) -> String {
    enumeration(
        names
            .iter()
            .map(|name| match *name {
                "authorization" => "AUTHORIZATION".to_owned(),
                "content-type" => "CONTENT_TYPE".to_owned(),
                "cache-control" => "CACHE_CONTROL".to_owned(),
                "if-none-match" => "IF_NONE_MATCH".to_owned(),
                "range" => "RANGE".to_owned(),
                name => quoted(name),
            })
            .collect(),
    )
}

/// Headers that no line of the script mentions, and the library that sends them.
fn sender_of(names: &[&str]) -> Option<&'static str> {
    const SENDERS: &[(&[&str], &str)] = &[
        (&["sentry-trace", "baggage"], "Sentry"),
        (&["traceparent", "tracestate"], "OpenTelemetry"),
        (&["request-id", "request-context"], "Application Insights"),
        (&["x-requested-with"], "a library such as jQuery"),
        (&["x-xsrf-token"], "Angular or axios"),
        (&["x-datadog-trace-id", "x-datadog-parent-id", "x-datadog-origin"], "Datadog"),
        (&["newrelic"], "New Relic"),
        (&["x-grpc-web", "x-user-agent", "grpc-timeout"], "gRPC-Web"),
        (&["apollographql-client-name", "apollographql-client-version"], "Apollo Client"),
        (&["connect-protocol-version", "connect-timeout-ms"], "Connect"),
        (&["ngrok-skip-browser-warning"], "code for ngrok"),
        (&["tus-resumable", "upload-length", "upload-offset"], "a tus client"),
    ];
    SENDERS.iter().find(|(of, _)| names.iter().all(|name| of.contains(name))).map(|(_, sender)| *sender)
}
