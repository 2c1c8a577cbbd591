//! What a browser asks before it sends a request, credentials, clients and tests at fault.
#![allow(clippy::too_many_lines, reason = "tables")]

use http::Method;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName};
use tower_cors::{AllowHeaders, CorsLayer};

use super::{APP, asked, check, get, origins, preflight, seen, usual, with_cookies};

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
            "options of fetch among its headers",
            usual(),
            &preflight("POST", "content-type,credentials,mode"),
            "header-not-allowed",
            &["\"credentials\" and \"mode\" are options of fetch", "no headers", "out of headers in the script"],
        ),
        asked(
            "axios: headers: {withCredentials: true, crossDomain: true}, and a header that is not allowed",
            usual(),
            &preflight("GET", "crossdomain,withcredentials,x-api-key"),
            "header-not-allowed",
            &[
                "\"crossdomain\" and \"withcredentials\" are options",
                "out of headers in the script",
                "and add \"x-api-key\" to allow_headers",
            ],
        ),
        asked(
            "an API really has a header of that name, and the policy allows it",
            usual().allow_headers([HeaderName::from_static("mode")]),
            &preflight("GET", "mode"),
            "allowed",
            &["allowed"],
        ),
        asked(
            "the script misspells a header",
            usual(),
            &preflight("GET", "authorisation"),
            "header-not-allowed",
            &["allow_headers has \"authorization\", which is spelt differently", "in the script, or add"],
        ),
        asked(
            "since the update of Sentry",
            usual(),
            &preflight("GET", "baggage,sentry-trace"),
            "header-not-allowed",
            &[
                "\"baggage\" and \"sentry-trace\"",
                "sent by Sentry",
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
            "headers of a proxy, a mesh and a browser are nobody's to list",
            origins([APP]),
            "GET /items\nhost: api.example.com\norigin: https://app.example.com\nx-scheme: https\ntraceparent: 00-1-2-01\ntracestate: a=b\nx-b3-traceid: 1\nb3: 0\nx-client-ip: 192.0.2.1\nsave-data: on\ndpr: 2\nviewport-width: 800\nx-forwarded-for: 192.0.2.1\ncf-ray: 1",
            "allowed",
            &["may read the answer"],
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
            "the cookie names the page's host, not the service's",
            with_cookies(),
            "POST /login\nhost: api.example.com\norigin: https://app.example.com",
            "200\naccess-control-allow-origin: https://app.example.com\naccess-control-allow-credentials: true\nvary: origin\nset-cookie: session=secret; Domain=app.example.com; Secure",
            "cookie-not-kept",
            &["no CORS matter", "\"session\"", "Domain \"app.example.com\"", "\"api.example.com\"", "remove Domain"],
        ),
        seen(
            "the cookie names the domain of both",
            with_cookies(),
            "POST /login\nhost: api.example.com:8443\norigin: https://app.example.com",
            "200\naccess-control-allow-origin: https://app.example.com\naccess-control-allow-credentials: true\nvary: origin\nset-cookie: session=secret; Domain=.Example.com; Secure",
            "allowed",
            &["lets the page read"],
        ),
        seen(
            "a cookie that is Secure, from a service on plain http",
            origins(["http://localhost:3000"]).allow_credentials(true),
            "POST http://192.168.1.5:8080/login\norigin: http://localhost:3000",
            "200\naccess-control-allow-origin: http://localhost:3000\naccess-control-allow-credentials: true\nvary: origin\nset-cookie: session=secret; SameSite=None; Secure",
            "cookie-not-kept",
            &["no CORS matter", "\"session\"", "Secure", "plain http", "https"],
        ),
        seen(
            "the same, from this machine, which browsers trust",
            origins(["http://localhost:3000"]).allow_credentials(true),
            "POST http://localhost:8080/login\norigin: http://localhost:3000",
            "200\naccess-control-allow-origin: http://localhost:3000\naccess-control-allow-credentials: true\nvary: origin\nset-cookie: session=secret; SameSite=None; Secure",
            "allowed",
            &["lets the page read"],
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
            "curl -I: with -X HEAD curl waits for a body that never comes",
            usual(),
            "HEAD /items\nhost: api.example.com\nuser-agent: curl/8.5.0",
            "no-origin",
            &["curl -I -H 'Origin: https://app.example.com' 'https://api.example.com/items'"],
        ),
        asked(
            "curl -X OPTIONS and nothing else",
            usual(),
            "OPTIONS /items\nhost: api.example.com\nuser-agent: curl/8.5.0",
            "no-origin",
            &[
                "no preflight",
                "curl -i -X OPTIONS -H 'Origin: https://app.example.com' -H 'Access-Control-Request-Method: GET' \
                 'https://api.example.com/items'",
            ],
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
            "an extension with host permissions asks",
            usual(),
            "POST /items\nhost: api.example.com\norigin: chrome-extension://abcdefghijklmnopabcdefghijklmnop\nsec-fetch-site: none\nsec-fetch-mode: cors",
            "own-origin",
            &["an extension with host permissions", "Sec-Fetch-Site: none", "no CORS matter"],
        ),
        asked(
            "the same with GET, which has no Origin",
            usual(),
            "GET /items\nhost: api.example.com\nsec-fetch-site: none\nsec-fetch-mode: cors",
            "own-origin",
            &["an extension with host permissions", "Sec-Fetch-Site: none", "no CORS matter"],
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
