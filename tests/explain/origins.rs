//! Origins that the policy refuses: nearly listed, written as no browser writes them, `null`, the service's own.
#![allow(clippy::too_many_lines, reason = "tables")]

use tower_cors::{AllowOrigin, CorsLayer};

use super::{APP, asked, check, get, origins, usual, with_cookies};

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
                "http and https are two origins",
                "serve that page over https, or add \"http://app.example.com\"",
                "dangerously_allow_insecure_origins(), after which",
                "trusted",
            ],
        ),
        asked(
            "the same, and https is not listed either",
            with_cookies(),
            &get("http://shop.test"),
            "origin-not-listed",
            &["serve that page over https and add \"https://shop.test\" to allow_origins, or"],
        ),
        asked(
            "what the server printed, with cookies",
            with_cookies(),
            &get("http://0.0.0.0:5173"),
            "origin-not-listed",
            &["open that page at localhost and add \"http://localhost:5173\" to allow_origins, or add"],
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
            "opened on the phone, by the address of the laptop",
            origins(["http://localhost:5173"]),
            "GET /\nhost: 192.168.1.5:8080\norigin: http://192.168.1.5:5173",
            "loopback-differs",
            &["another address, of that machine perhaps", "add \"http://192.168.1.5:5173\""],
        ),
        asked(
            "Capacitor on Android, where the list has ionic serve",
            origins(["http://localhost:8100"]),
            "GET /\nhost: api.example.com\norigin: https://localhost",
            "web-view-differs",
            &["development server", "Android", "add \"https://localhost\""],
        ),
        asked(
            "Firefox add-on, none listed",
            usual(),
            "GET /\nhost: api.example.com\norigin: moz-extension://6b1794a0-5ae6-4443-aef9-7755717bb180",
            "origin-not-listed",
            &["nothing like it", "host_permissions"],
        ),
        asked(
            "Capacitor with a host name of its own: Android works, the iPhone does not",
            origins(["https://com.example.app"]),
            "GET /\nhost: api.example.com\norigin: capacitor://com.example.app",
            "web-view-differs",
            &["\"https://com.example.app\"", "\"capacitor://\" on iOS", "add \"capacitor://com.example.app\""],
        ),
        asked(
            "the same, the other way round",
            origins(["capacitor://com.example.app"]),
            "GET /\nhost: api.example.com\norigin: https://com.example.app",
            "web-view-differs",
            &["\"capacitor://com.example.app\"", "on Android", "add \"https://com.example.app\""],
        ),
        asked(
            "Capacitor has iosScheme and hostname, the list has the default",
            origins(["capacitor://localhost"]),
            "GET /\nhost: api.example.com\norigin: capacitor://app",
            "origin-not-listed",
            &["the list has \"capacitor://localhost\", which has another host", "add \"capacitor://app\""],
        ),
        asked(
            "docker compose: the list has the name of the container",
            origins(["http://frontend:3000"]),
            "GET /\nhost: localhost:8080\norigin: http://localhost:3000",
            "loopback-differs",
            &["\"http://frontend:3000\"", "container", "at which the page was opened", "add \"http://localhost:3000\""],
        ),
        asked(
            "opened by the name of the machine",
            origins(["http://localhost:3000"]),
            "GET /\nhost: laptop:8080\norigin: http://laptop:3000",
            "loopback-differs",
            &["another address", "open it at \"http://localhost:3000\"", "add \"http://laptop:3000\""],
        ),
        asked(
            "the laptop has another address today",
            origins(["http://192.168.1.5:3000"]),
            "GET /\nhost: 192.168.1.6:8080\norigin: http://192.168.1.6:3000",
            "loopback-differs",
            &["\"http://192.168.1.5:3000\"", "another address", "add \"http://192.168.1.6:3000\""],
        ),
        asked(
            "tenants in development, below localhost",
            origins(["http://localhost:3000"]),
            "GET /\nhost: localhost:8080\norigin: http://shop.localhost:3000",
            "subdomain-differs",
            &["\"http://localhost:3000\"", "that host alone", "add \"http://shop.localhost:3000\""],
        ),
        asked(
            "every port of localhost is listed, and live-server opens 127.0.0.1",
            origins(["http://localhost:*"]),
            "GET /\nhost: localhost:8080\norigin: http://127.0.0.1:5500",
            "loopback-differs",
            &["\"http://localhost:*\"", "open the page at \"http://localhost:5500\", or add"],
        ),
        asked(
            "a letter swapped in a wildcard",
            origins(["https://*.exmaple.com"]),
            &get(APP),
            "spelling-differs",
            &["\"https://*.exmaple.com\"", "almost the same", "add \"https://app.example.com\""],
        ),
        asked(
            "the wildcard is for .com, the page is on .org",
            origins(["https://*.example.com"]),
            &get("https://app.example.org"),
            "spelling-differs",
            &["\"https://*.example.com\"", "add \"https://app.example.org\""],
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
            "Safari's too",
            origins(["safari-web-extension://02507908-8928-4ec3-86f5-2ae5dddf4c47"]),
            "GET /\nhost: api.example.com\norigin: safari-web-extension://6B1794A0-5AE6-4443-AEF9-7755717BB180",
            "extension-differs",
            &["Safari", "every installation", "host_permissions", "no CORS"],
        ),
        asked(
            "Safari's, and none is listed",
            usual(),
            "GET /\nhost: api.example.com\norigin: safari-web-extension://6b1794a0-5ae6-4443-aef9-7755717bb180",
            "origin-not-listed",
            &["Safari", "every installation", "host_permissions"],
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
            "null, and a predicate, which has no list",
            CorsLayer::new().allow_origin(AllowOrigin::predicate(|_, _| true)),
            "GET /\nhost: api.example.com\norigin: null",
            "null-origin",
            &["dangerously_allow_null_origin(), and the predicate is asked about \"null\"", "every website"],
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
            "OPTIONS that is no preflight, refused all the same",
            enforcing(),
            "OPTIONS /items\nhost: api.example.com\norigin: https://evil.test",
            "origin-not-listed",
            &["\"https://evil.test\" is not allowed"],
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

#[cfg(feature = "idna")]
#[test]
fn unicode() {
    check(&[asked(
        "Punycode of another word than was listed",
        origins(["https://bucher.example"]),
        "GET /\nhost: api.example.net\norigin: https://xn--bcher-kva.example",
        "spelling-differs",
        &["\"https://bucher.example\"", "add \"https://xn--bcher-kva.example\""],
    )]);
}

/// Which suffixes are public is known with this feature only.
#[cfg(feature = "public-suffix")]
#[test]
fn deployments_of_one_provider() {
    check(&[
        asked(
            "preview deployments fail",
            origins(["https://shop.vercel.app"]),
            "GET /\nhost: api.example.com\norigin: https://shop-git-main-team.vercel.app",
            "host-differs",
            &[
                "\"https://shop.vercel.app\"",
                "each deployment has a host of its own",
                "if that page is yours, add \"https://shop-git-main-team.vercel.app\"",
            ],
        ),
        asked(
            "previews of another provider",
            origins(["https://shop.netlify.app"]),
            "GET /\nhost: api.example.com\norigin: https://deploy-preview-7--shop.netlify.app",
            "host-differs",
            &["each deployment has a host of its own", "add \"https://deploy-preview-7--shop.netlify.app\""],
        ),
        asked(
            "a stranger at the same provider",
            origins(["https://shop.vercel.app"]),
            "GET /\nhost: api.example.com\norigin: https://evilworkshop.vercel.app",
            "origin-not-listed",
            &["nothing like it"],
        ),
        asked(
            "a stranger below a top-level domain",
            origins(["https://bank.com"]),
            "GET /\nhost: api.example.com\norigin: https://bank-login.com",
            "origin-not-listed",
            &["nothing like it"],
        ),
        asked(
            "a stranger below a suffix of two labels",
            origins(["https://bank.co.uk"]),
            "GET /\nhost: api.example.com\norigin: https://my-bank.co.uk",
            "origin-not-listed",
            &["nothing like it"],
        ),
    ]);
}
