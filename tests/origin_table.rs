//! What is an origin, what is a pattern, and what is neither, by example.

use http::HeaderValue;
use tower_cors::{InvalidOrigin, InvalidOriginKind, Origin, OriginPattern};

/// One exact origin each.
const EXACT: &str = "
https://example.com
http://example.com
https://app.example.com
https://a.b.c.d.e.f.example.com
https://localhost
http://localhost
http://localhost:3000
http://localhost.
http://localhost.:3000
http://app.localhost:8080
https://example.com.
https://example.com:8443
https://example.com:1
https://example.com:65535
https://example.com:80
http://example.com:443
http://a
https://foo_bar.example.com
https://_dmarc.example.com
https://-a.example.com
https://a-.example.com
https://--.example.com
https://xn--mnchen-3ya.example
https://1.example.com
https://127.example.com
https://0x.example.com
https://1e3
https://0xg
https://1-1
https://example.x1
https://example.0xfg
http://1.2.3.4_
https://com
https://co.uk
http://127.0.0.1
http://127.0.0.1:3000
http://0.0.0.0
http://255.255.255.255
http://192.168.10.200:65535
http://[::1]
http://[::1]:3000
http://[::]
http://[1::]
http://[2001:db8::1]
http://[1:2:3:4:5:6:7:8]
http://[1:0:3:4:5:6:7:8]
http://[0:2:3:4:5:6:7:8]
http://[1:2:3:4:5:6:7:0]
http://[1::4:5:6:7:8]
http://[1:2:3:4:5:6::]
http://[::3:4:5:6:7:8]
http://[1::4:0:0:7:8]
http://[1:0:0:4::8]
http://[1::4:5:0:0:8]
http://[::ffff:7f00:1]
http://[fe80::1]
http://[abcd:ef01:2345:6789:abcd:ef01:2345:6789]
capacitor://localhost
ionic://localhost
tauri://localhost
tauri://localhost:1430
app://.
chrome-extension://nngceckbapebfimnlniiiahkandclblb
moz-extension://5d3e1a3c-0f5b-4b5e-9c2b-1a2b3c4d5e6f
safari-web-extension://A1B2C3D4-0000-1111-2222-333344445555
vscode-webview://0a1b2c
com.example.app://Host_1.x-y
a+b.c-d1://x
httpx://example.com
https+unix://socket
app://localhost:80
app://localhost:443
";

/// Patterns that are no exact origin.
const PATTERNS: &str = "
*
https://*.example.com
http://*.example.com
https://*.a.b.example.com
https://*.example.com.
https://*.example.com:8443
https://*.example.com:*
https://example.com:*
http://localhost:*
http://127.0.0.1:*
http://[::1]:*
https://*.com
https://*.co.uk
https://*.github.io
https://*.localhost
http://*.localhost:*
https://*.localhost.
https://*.internal
https://*.xn--mnchen-3ya.example
https://*.1.example.com
https://x*.localhost
http://pr-*.localhost:*
https://pr-*.app.localhost.
capacitor://*
capacitor://*:*
capacitor://*:8080
chrome-extension://*
tauri://localhost:*
";

/// Patterns that are told from others by the public suffix list.
const CHECKED_BY_LIST: &str = "
https://pr-*.preview.example.com
https://pr-*.example.com
https://*-pr.example.com
https://*pr.example.com
https://a*b.example.com
https://_*.example.com
https://pr-*.example.com:*
https://pr-*.example.com.
https://my-*.vercel.app
https://pr-*.github.io
https://pr-*.example.co.uk
https://pr-*.example.unknowntld
https://pr-*.www.ck
https://pr-*.city.kawasaki.jp
";

/// Text, code, and suggestion of both types.
#[rustfmt::skip]
const NEITHER: &[(&str, &str, Option<&str>)] = &[
    ("", "origin-is-empty", None),
    ("\u{a0}", "origin-is-empty", None),
    ("null", "origin-is-null", None),
    ("Null", "origin-is-null", None),
    (" null ", "origin-is-null", None),
    ("\"null\"", "origin-is-null", None),
    (" https://example.com", "origin-has-white-space", Some("https://example.com")),
    ("https://example.com\r\n", "origin-has-white-space", Some("https://example.com")),
    ("https:// example.com", "origin-has-white-space", None),
    ("https://exam ple.com", "origin-has-white-space", None),
    ("https://example.com:80 80", "origin-has-white-space", None),
    ("https://exam\u{7f}ple.com", "origin-has-control-character", None),
    ("https://example.com\0", "origin-has-control-character", None),

    ("example.com", "origin-has-no-scheme", Some("https://example.com")),
    ("EXAMPLE.com/", "origin-has-no-scheme", Some("https://example.com")),
    ("www.example.com:8443/a?b#c", "origin-has-no-scheme", Some("https://www.example.com:8443")),
    ("example.com:443", "origin-has-no-scheme", Some("https://example.com")),
    ("example.com:80", "origin-has-no-scheme", None),
    ("//example.com", "origin-has-no-scheme", Some("https://example.com")),
    ("://example.com", "origin-has-no-scheme", Some("https://example.com")),
    ("localhost", "origin-has-no-scheme", Some("http://localhost")),
    ("localhost:80", "origin-has-no-scheme", Some("http://localhost")),
    ("localhost:443", "origin-has-no-scheme", Some("https://localhost")),
    ("LOCALHOST:3000/", "origin-has-no-scheme", Some("http://localhost:3000")),
    ("app.localhost:3000", "origin-has-no-scheme", Some("http://app.localhost:3000")),
    ("127.0.0.1:3000", "origin-has-no-scheme", Some("http://127.0.0.1:3000")),
    ("127.example.com", "origin-has-no-scheme", Some("https://127.example.com")),
    ("10.0.0.1:3000", "origin-has-no-scheme", Some("https://10.0.0.1:3000")),
    ("[::1]:3000", "origin-has-no-scheme", Some("http://[::1]:3000")),
    ("[2001:db8::1]", "origin-has-no-scheme", Some("https://[2001:db8::1]")),
    ("::1", "origin-has-no-scheme", Some("http://[::1]")),
    ("intranet", "origin-has-no-scheme", None),
    ("intranet:8080", "origin-has-no-scheme", Some("https://intranet:8080")),
    ("me@example.com", "origin-has-no-scheme", None),
    ("mailto:me@example.com", "origin-has-no-scheme", None),
    ("any", "origin-has-no-scheme", None),
    ("/", "origin-has-no-scheme", None),
    (":3000", "origin-has-no-scheme", None),
    ("1http://example.com", "origin-has-bad-scheme", None),
    ("ht_tp://example.com", "origin-has-bad-scheme", None),
    ("hţtp://example.com", "origin-has-bad-scheme", None),

    ("ws://example.com", "origin-has-scheme-of-no-page", Some("https://example.com")),
    ("ws://example.com:80", "origin-has-scheme-of-no-page", None),
    ("ws://localhost:3000/", "origin-has-scheme-of-no-page", Some("http://localhost:3000")),
    ("wss://example.com:443/ws", "origin-has-scheme-of-no-page", Some("https://example.com")),
    ("wss://localhost:3000", "origin-has-scheme-of-no-page", Some("https://localhost:3000")),
    ("WSS://example.com", "origin-has-scheme-of-no-page", Some("https://example.com")),
    ("ftp://example.com", "origin-has-scheme-of-no-page", None),
    ("blob:https://example.com:8443/7c9e", "origin-has-scheme-of-no-page", Some("https://example.com:8443")),
    ("blob:null/7c9e", "origin-has-scheme-of-no-page", None),
    ("file://", "origin-has-opaque-scheme", None),
    ("FILE:///C:/index.html", "origin-has-opaque-scheme", None),
    ("data:text/plain,https://example.com", "origin-has-opaque-scheme", None),
    ("about:blank", "origin-has-opaque-scheme", None),
    ("about:srcdoc", "origin-has-opaque-scheme", None),
    ("javascript:alert('(.*)')", "origin-has-opaque-scheme", None),

    ("http:example.com", "origin-has-bad-slashes", Some("http://example.com")),
    ("http:/example.com", "origin-has-bad-slashes", Some("http://example.com")),
    ("http:///example.com", "origin-has-bad-slashes", Some("http://example.com")),
    ("https:\\\\example.com\\a", "origin-has-bad-slashes", Some("https://example.com")),
    ("https:/\\Example.com:443", "origin-has-bad-slashes", Some("https://example.com")),
    ("https://https://example.com", "origin-has-two-schemes", Some("https://example.com")),
    ("https://http://example.com", "origin-has-two-schemes", Some("https://example.com")),
    ("http://https://example.com", "origin-has-two-schemes", Some("https://example.com")),
    ("http://http://example.com", "origin-has-two-schemes", Some("http://example.com")),
    ("https://https://https://example.com/", "origin-has-two-schemes", Some("https://example.com")),

    ("https://example.com/", "origin-has-trailing-slash", Some("https://example.com")),
    ("https://Example.com:443/", "origin-has-trailing-slash", Some("https://example.com")),
    ("capacitor://localhost/", "origin-has-trailing-slash", Some("capacitor://localhost")),
    ("https://a.examplehttps://b.example", "origin-has-path", None),
    ("https://example.com//", "origin-has-path", Some("https://example.com")),
    ("https://example.com/*", "origin-has-path", Some("https://example.com")),
    ("https://example.com/a b", "origin-has-white-space", Some("https://example.com")),
    ("https://example.com/a,b", "origin-has-path", Some("https://example.com")),
    ("https://example.com/a(b)", "origin-has-path", Some("https://example.com")),
    ("https://example.com\\a", "origin-has-path", Some("https://example.com")),
    ("https://example.com/#/", "origin-has-path", Some("https://example.com")),
    ("https://example.com?", "origin-has-query", Some("https://example.com")),
    ("https://example.com?a=https://evil.example", "origin-has-query", Some("https://example.com")),
    ("https://example.com#", "origin-has-fragment", Some("https://example.com")),
    ("https://me@example.com", "origin-has-userinfo", Some("https://example.com")),
    ("https://me:pw@Example.com:443/", "origin-has-userinfo", Some("https://example.com")),
    ("https://@example.com", "origin-has-userinfo", Some("https://example.com")),
    ("https://example.com@evil.example", "origin-has-userinfo", None),
    ("https://example.com:443@evil.example", "origin-has-userinfo", None),

    ("HTTPS://example.com", "origin-has-upper-case", Some("https://example.com")),
    ("https://Example.COM", "origin-has-upper-case", Some("https://example.com")),
    ("Capacitor://LocalHost", "origin-has-upper-case", Some("capacitor://LocalHost")),

    ("https://example.com:443", "origin-has-default-port", Some("https://example.com")),
    ("http://example.com:80", "origin-has-default-port", Some("http://example.com")),
    ("http://[::1]:80", "origin-has-default-port", Some("http://[::1]")),
    ("https://example.com:", "origin-has-bad-port", Some("https://example.com")),
    ("https://example.com:0", "origin-has-bad-port", None),
    ("https://example.com:00", "origin-has-bad-port", None),
    ("https://example.com:65536", "origin-has-bad-port", None),
    ("https://example.com:99999999999999999999", "origin-has-bad-port", None),
    ("https://example.com:08080", "origin-has-bad-port", Some("https://example.com:8080")),
    ("https://example.com:0443", "origin-has-bad-port", Some("https://example.com")),
    ("http://example.com:080", "origin-has-bad-port", Some("http://example.com")),
    ("https://example.com:+443", "origin-has-bad-port", None),
    ("https://example.com:-1", "origin-has-bad-port", None),
    ("https://example.com:8o8o", "origin-has-bad-port", None),
    ("https://example.com:3000-3010", "origin-has-bad-port", None),
    ("https://example.com:80:80", "origin-has-bad-port", None),
    ("https://example.com:٣٠", "origin-has-bad-port", None),
    ("capacitor://localhost:", "origin-has-bad-port", Some("capacitor://localhost")),

    ("https://", "origin-has-no-host", None),
    ("https://:443", "origin-has-no-host", None),
    ("capacitor://", "origin-has-no-host", None),
    ("https://.", "origin-has-empty-label", None),
    ("https://..", "origin-has-empty-label", None),
    ("https://.example.com", "origin-has-empty-label", None),
    ("https://a..example.com", "origin-has-empty-label", None),
    ("https://example.com..", "origin-has-empty-label", None),
    ("https://exa!mple.com", "origin-has-bad-character", None),
    ("https://example.com`.evil.example", "origin-has-bad-character", None),
    ("https://a&b.example", "origin-has-bad-character", None),
    ("https://a'b.example", "origin-has-bad-character", None),
    ("https://a=b.example", "origin-has-bad-character", None),
    ("https://a~b.example", "origin-has-bad-character", None),
    ("https://%65xample.com", "origin-has-percent-encoding", Some("https://example.com")),
    ("https://example%2Ecom", "origin-has-percent-encoding", Some("https://example.com")),
    ("https://example.com%2F.evil.example", "origin-has-percent-encoding", None),
    ("https://a%40b.example", "origin-has-percent-encoding", None),
    ("https://a%2ab.example", "origin-has-percent-encoding", None),
    ("https://a%zz.example", "origin-has-percent-encoding", None),
    ("https://a%ff.example", "origin-has-percent-encoding", None),
    ("https://a%", "origin-has-percent-encoding", None),

    ("http://1", "origin-has-bad-ipv4", Some("http://0.0.0.1")),
    ("http://127.1", "origin-has-bad-ipv4", Some("http://127.0.0.1")),
    ("http://10.1.2", "origin-has-bad-ipv4", Some("http://10.1.0.2")),
    ("http://127.0.0.1.", "origin-has-bad-ipv4", Some("http://127.0.0.1")),
    ("http://2130706433", "origin-has-bad-ipv4", Some("http://127.0.0.1")),
    ("http://0x7f.1", "origin-has-bad-ipv4", Some("http://127.0.0.1")),
    ("http://0x", "origin-has-bad-ipv4", Some("http://0.0.0.0")),
    ("http://0X7F.0.0.1", "origin-has-upper-case", Some("http://127.0.0.1")),
    ("http://127.0.0.01", "origin-has-bad-ipv4", Some("http://127.0.0.1")),
    ("http://0177.0.0.1", "origin-has-bad-ipv4", None),
    ("http://127.0.0.010", "origin-has-bad-ipv4", None),
    ("http://127.0.0.09", "origin-has-bad-ipv4", None),
    ("http://256.0.0.1", "origin-has-bad-ipv4", None),
    ("http://1.2.3.256", "origin-has-bad-ipv4", None),
    ("http://1.2.65536", "origin-has-bad-ipv4", None),
    ("http://1.2.65535", "origin-has-bad-ipv4", Some("http://1.2.255.255")),
    ("http://4294967296", "origin-has-bad-ipv4", None),
    ("http://1.2.3.4.5", "origin-has-bad-ipv4", None),
    ("http://example.1", "origin-has-bad-ipv4", None),
    ("http://example.0x1f", "origin-has-bad-ipv4", None),
    ("http://example.0x", "origin-has-bad-ipv4", None),

    ("http://[]", "origin-has-bad-ipv6", None),
    ("http://[1]", "origin-has-bad-ipv6", None),
    ("http://[:]", "origin-has-bad-ipv6", None),
    ("http://[:::]", "origin-has-bad-ipv6", None),
    ("http://[1:2:3:4:5:6:7]", "origin-has-bad-ipv6", None),
    ("http://[1:2:3:4:5:6:7:8:9]", "origin-has-bad-ipv6", None),
    ("http://[1:2:3:4:5:6:7:]", "origin-has-bad-ipv6", None),
    ("http://[::12345]", "origin-has-bad-ipv6", None),
    ("http://[1::2::3]", "origin-has-bad-ipv6", None),
    ("http://[::g]", "origin-has-bad-ipv6", None),
    ("http://[::1]x", "origin-has-bad-ipv6", None),
    ("http://[0:0:0:0:0:0:0:1]", "origin-has-bad-ipv6", Some("http://[::1]")),
    ("http://[::0001]:3000/", "origin-has-trailing-slash", Some("http://[::1]:3000")),
    ("http://[0:0:0:0:0:0:0:0]", "origin-has-bad-ipv6", Some("http://[::]")),
    ("http://[1::3:4:5:6:7:8]", "origin-has-bad-ipv6", Some("http://[1:0:3:4:5:6:7:8]")),
    ("http://[1:0:0:4:0:0:0:8]", "origin-has-bad-ipv6", Some("http://[1:0:0:4::8]")),
    ("http://[1::4:0:0:0:8]", "origin-has-bad-ipv6", Some("http://[1:0:0:4::8]")),
    ("http://[1:0:0:4:5::8]", "origin-has-bad-ipv6", Some("http://[1::4:5:0:0:8]")),
    ("http://[2001:DB8::1]", "origin-has-bad-ipv6", Some("http://[2001:db8::1]")),
    ("http://[::ffff:127.0.0.1]", "origin-has-bad-ipv6", Some("http://[::ffff:7f00:1]")),
    ("http://[::127.0.0.1]", "origin-has-bad-ipv6", Some("http://[::7f00:1]")),
    ("http://[fe80::1%25eth0]", "origin-has-bad-ipv6", Some("http://[fe80::1]")),
    ("http://[::1", "origin-has-bad-ipv6", Some("http://[::1]")),
    ("http://::1", "origin-has-bad-ipv6", Some("http://[::1]")),
    ("http://::1:3000", "origin-has-bad-ipv6", None),
    ("http://1:2:3:4:5:6:7:8", "origin-has-bad-ipv6", Some("http://[1:2:3:4:5:6:7:8]")),

    ("capacitor://local%20host", "origin-has-bad-application-host", None),
    ("capacitor://münchen", "origin-has-bad-application-host", None),
    ("capacitor://[::1]", "origin-has-bad-application-host", None),
    ("moz-extension://<uuid>", "origin-is-a-placeholder", None),
    ("https://${HOST}:8080", "origin-is-a-placeholder", None),
    ("{{ origin }}", "origin-is-a-placeholder", None),
    ("$ORIGIN", "origin-is-a-placeholder", None),

    ("https://a.example,https://b.example", "origin-is-a-list", None),
    ("https://a.example https://b.example", "origin-is-a-list", None),
    ("https://a.example\nhttps://b.example\n", "origin-is-a-list", None),
    ("a.example;b.example", "origin-is-a-list", None),
    ("*,https://a.example", "origin-is-a-list", None),
    ("https://a.example,null", "origin-is-a-list", None),
    ("[\"https://a.example\",\"https://b.example\"]", "origin-is-a-list", None),
    ("https://a.example, https://a.example/", "origin-is-a-list", Some("https://a.example")),
    ("https://a.example,", "origin-is-quoted", Some("https://a.example")),
    ("[\"https://a.example/\"]", "origin-is-quoted", Some("https://a.example")),
    ("'https://a.example'", "origin-is-quoted", Some("https://a.example")),
    ("`https://a.example`", "origin-is-quoted", Some("https://a.example")),
    ("<https://a.example/>", "origin-is-quoted", Some("https://a.example")),
    ("[https://[::1]:3000]", "origin-is-quoted", Some("https://[::1]:3000")),
    ("\"\"", "origin-is-quoted", None),
    ("[]", "origin-has-no-scheme", None),

    ("^https://example\\.com$", "origin-is-a-regex", Some("https://example.com")),
    ("/^https:\\/\\/example\\.com$/", "origin-is-a-regex", Some("https://example.com")),
    ("https://example\\.com:8443", "origin-is-a-regex", Some("https://example.com:8443")),
    ("https?://example.com", "origin-is-a-regex", None),
    ("^http(s)?://example\\.com", "origin-is-a-regex", None),
    ("https://(a|b)\\.example\\.com", "origin-is-a-regex", None),
    ("https://[a-z0-9-]+\\.example\\.com", "origin-is-a-regex", None),
    ("https://.+\\.example\\.com", "origin-is-a-regex", None),
    ("/.*/", "origin-is-a-regex", None),
    (".*", "origin-is-a-regex", None),
    ("^.*$", "origin-is-a-regex", None),
    ("^null$", "origin-is-a-regex", None),
];

/// Text, code and suggestion of a pattern; an exact origin has no such suggestion.
#[rustfmt::skip]
const NO_PATTERNS: &[(&str, &str, Option<&str>)] = &[
    ("https://*", "origin-wildcard-has-no-base", None),
    ("https://*.", "origin-wildcard-has-no-base", None),
    ("https://*:8080", "origin-wildcard-has-no-base", None),
    ("https://*:*", "origin-wildcard-has-no-base", None),
    ("http://pr-*", "origin-wildcard-has-no-base", None),
    ("https://**", "origin-has-several-wildcards", None),
    ("https://*example.com", "origin-wildcard-before-public-suffix", Some("https://*.example.com")),
    ("https://*example.com.:*", "origin-wildcard-before-public-suffix", Some("https://*.example.com.:*")),
    ("https://pr-*.com", "origin-wildcard-before-public-suffix", None),
    ("https://*-pr.com", "origin-wildcard-before-public-suffix", None),
    ("https://pr-*.internal", "origin-wildcard-before-public-suffix", None),
    ("https://a.*.example.com", "origin-has-misplaced-wildcard", None),
    ("https://example.*", "origin-has-misplaced-wildcard", None),
    ("https://example.com*", "origin-has-misplaced-wildcard", None),
    ("https://*.*.example.com", "origin-has-several-wildcards", None),
    ("https://*.example.*", "origin-has-several-wildcards", None),
    ("https://a*b*.example.com", "origin-has-several-wildcards", None),
    ("https://**.example.com", "origin-has-several-wildcards", Some("https://*.example.com")),
    ("http://*.127.0.0.1", "origin-has-wildcard-address", None),
    ("http://*.0.0.1", "origin-has-wildcard-address", None),
    ("http://192.168.0.*", "origin-has-wildcard-address", None),
    ("http://10.*", "origin-has-wildcard-address", None),
    ("http://1*.0.0.1", "origin-has-wildcard-address", None),
    ("http://*.[::1]", "origin-has-wildcard-address", None),
    ("http://[::*]", "origin-has-wildcard-address", None),
    ("http://*.example.0x1", "origin-has-wildcard-address", None),
    ("chrome-extension://a*", "origin-has-bad-application-host", None),
    ("app://*.example.com", "origin-has-bad-application-host", None),
    ("https://*..example.com", "origin-has-empty-label", None),
    ("https://*.Example.com", "origin-has-upper-case", Some("https://*.example.com")),
    ("https://*.example.com:443", "origin-has-default-port", Some("https://*.example.com")),
    ("https://*.example.com/", "origin-has-trailing-slash", Some("https://*.example.com")),
    ("https://*.example.com/*", "origin-has-path", Some("https://*.example.com")),
    ("https://example.com:80*", "origin-has-bad-port", None),
    ("https://example.com:*80", "origin-has-bad-port", None),
    ("https://example.com:**", "origin-has-bad-port", None),
    ("*.example.com", "origin-has-no-scheme", Some("https://*.example.com")),
    ("*.localhost:3000", "origin-has-no-scheme", Some("http://*.localhost:3000")),
    ("*example.com", "origin-has-no-scheme", Some("https://*.example.com")),
    ("localhost:*", "origin-has-no-scheme", Some("http://localhost:*")),
    ("example.com:*", "origin-has-no-scheme", Some("https://example.com:*")),
    ("*:8080", "origin-has-no-scheme", None),
    ("**", "origin-has-no-scheme", None),
    ("\"*\"", "origin-is-quoted", Some("*")),
    ("[\"*\"]", "origin-is-quoted", Some("*")),
    (" *", "origin-has-white-space", Some("*")),
    ("*://*.example.com/*", "origin-has-wildcard-scheme", Some("https://*.example.com")),
    ("*://*/*", "origin-has-wildcard-scheme", None),
    ("wss://*.example.com", "origin-has-scheme-of-no-page", Some("https://*.example.com")),
    ("^https://.*\\.example\\.com$", "origin-is-a-regex", Some("https://*.example.com")),
    ("https://.*.example.com", "origin-is-a-regex", Some("https://*.example.com")),
];

/// With the lists of Unicode and of public suffixes.
#[cfg(all(feature = "idna", feature = "public-suffix"))]
#[rustfmt::skip]
const WITH_LISTS: &[(&str, &str, Option<&str>)] = &[
    ("https://münchen.example", "origin-has-unicode-host", Some("https://xn--mnchen-3ya.example")),
    ("https://MÜNCHEN.example:443/", "origin-has-trailing-slash", Some("https://xn--mnchen-3ya.example")),
    ("https://日本語。jp", "origin-has-unicode-host", Some("https://xn--wgv71a119e.jp")),
    ("https://ｅｘａｍｐｌｅ.com", "origin-has-unicode-host", Some("https://example.com")),
    ("https://exam\u{200b}ple.com", "origin-has-unicode-host", Some("https://example.com")),
    ("https://example.com\u{feff}", "origin-has-unicode-host", Some("https://example.com")),
    ("https://faß.example", "origin-has-unicode-host", Some("https://xn--fa-hia.example")),
    ("http://１２７.1", "origin-has-unicode-host", Some("http://127.0.0.1")),
    ("https://＊.example.com", "origin-has-unicode-host", None),
    ("https://example.com／evil.example", "origin-has-unicode-host", None),
    ("https://caf%C3%A9.example", "origin-has-percent-encoding", Some("https://xn--caf-dma.example")),
    ("https://*.münchen.example", "origin-has-unicode-host", Some("https://*.xn--mnchen-3ya.example")),
    ("https://pr-*.münchen.example", "origin-has-unicode-host", Some("https://pr-*.xn--mnchen-3ya.example")),
    ("https://ü-*.example.com", "origin-has-unicode-host", None),
    ("https://pr-*.co.uk", "origin-wildcard-before-public-suffix", None),
    ("https://pr-*.co.uk.", "origin-wildcard-before-public-suffix", None),
    ("https://*example.co.uk", "origin-wildcard-before-public-suffix", Some("https://*.example.co.uk")),
    ("https://pr-*.foo.kawasaki.jp", "origin-wildcard-before-public-suffix", None),
    ("https://pr-*.foo.ck", "origin-wildcard-before-public-suffix", None),
    ("https://PR-*.Example.com/", "origin-has-trailing-slash", Some("https://pr-*.example.com")),
];

#[cfg(not(all(feature = "idna", feature = "public-suffix")))]
const WITH_LISTS: &[(&str, &str, Option<&str>)] = &[];

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.is_empty())
}

#[test]
fn exact_origins_are_origins_and_patterns() {
    for text in lines(EXACT) {
        let origin: Origin = text.parse().unwrap_or_else(|error| panic!("{error}"));
        let pattern: OriginPattern = text.parse().unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(origin.as_str(), text);
        assert_eq!(OriginPattern::from(&origin), pattern);
        assert_eq!(OriginPattern::from(origin), pattern);
    }
}

#[test]
fn patterns_with_a_wildcard_are_no_origins() {
    for text in lines(PATTERNS).chain(lines(CHECKED_BY_LIST).filter(|_| cfg!(feature = "public-suffix"))) {
        let pattern: OriginPattern = text.parse().unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(pattern.to_string(), text);
        let error = text.parse::<Origin>().expect_err(text);
        assert_eq!((error.kind(), error.suggestion()), (InvalidOriginKind::NotExact, None), "{text}");
    }
}

#[cfg(not(feature = "public-suffix"))]
#[test]
fn without_the_list_a_wildcard_inside_a_label_is_refused() {
    for text in lines(CHECKED_BY_LIST) {
        assert_eq!(
            text.parse::<OriginPattern>().expect_err(text).kind(),
            InvalidOriginKind::WildcardUnchecked,
            "{text}"
        );
    }
}

#[test]
fn what_is_neither_is_told_why_and_what_to_write() {
    let mut wrong = Vec::new();
    let mut compare =
        |told: Result<InvalidOrigin, String>, (text, code, suggestion): &(&str, &str, Option<&str>)| match told {
            Ok(told) if (told.code(), told.suggestion(), told.value()) == (*code, *suggestion, *text) => {}
            told => wrong.push(format!("{text:?}: {told:?}, should be {code} {suggestion:?}")),
        };
    for case in NEITHER {
        compare(case.0.parse::<Origin>().map_or_else(Ok, |origin| Err(origin.to_string())), case);
    }
    for case in NEITHER.iter().chain(NO_PATTERNS).chain(WITH_LISTS) {
        compare(case.0.parse::<OriginPattern>().map_or_else(Ok, |pattern| Err(pattern.to_string())), case);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for (text, ..) in NO_PATTERNS {
        let error = text.parse::<Origin>().expect_err(text);
        assert!(!error.suggestion().is_some_and(|suggestion| suggestion.contains('*')), "{text}");
    }
}

#[test]
fn lengths_are_bounded() {
    let label = "a".repeat(63);
    let host = [&*label, &label, &label, &label[..61]].join(".");
    assert_eq!(host.len(), 253);
    for good in [
        format!("https://{label}.example"),
        format!("https://{host}"),
        format!("https://{host}.:65535"),
        format!("https://*{}", &host[1..]).replacen("*a", "*.", 1),
        format!("{}://{}:65535", "s".repeat(64), "h".repeat(253)),
    ] {
        assert!(good.parse::<OriginPattern>().is_ok(), "{good}");
    }
    for (bad, kind) in [
        (format!("https://{label}a.example"), InvalidOriginKind::LabelTooLong),
        (format!("https://{host}a"), InvalidOriginKind::HostTooLong),
        (format!("https://*.{}", &host[1..]), InvalidOriginKind::HostTooLong),
        (format!("{}://h", "s".repeat(65)), InvalidOriginKind::Scheme),
        (format!("app://{}", "h".repeat(254)), InvalidOriginKind::ApplicationHost),
        (format!("https://example.com/{}", "x".repeat(5000)), InvalidOriginKind::TooLong),
    ] {
        assert_eq!(bad.parse::<OriginPattern>().unwrap_err().kind(), kind, "{bad}");
    }
}

#[test]
fn every_way_in_and_out_agrees() {
    let text = "https://app.example.com:8443";
    let origin = Origin::from_static(text);
    let value = HeaderValue::from_static(text);
    for same in [
        Origin::try_from(text).unwrap(),
        Origin::try_from(text.to_owned()).unwrap(),
        Origin::try_from(&text.to_owned()).unwrap(),
        Origin::try_from(&value).unwrap(),
        Origin::try_from(value.clone()).unwrap(),
        origin.clone(),
    ] {
        assert_eq!(same, origin);
        assert_eq!(AsRef::<str>::as_ref(&same), text);
        assert_eq!(AsRef::<[u8]>::as_ref(&same), text.as_bytes());
    }
    let pattern = OriginPattern::from_static(text);
    for same in [
        OriginPattern::try_from(text).unwrap(),
        OriginPattern::try_from(text.to_owned()).unwrap(),
        OriginPattern::try_from(&text.to_owned()).unwrap(),
        OriginPattern::try_from(&value).unwrap(),
        OriginPattern::try_from(value).unwrap(),
        origin.clone().into(),
    ] {
        assert_eq!(same, pattern);
        assert_eq!(AsRef::<str>::as_ref(&same), text);
        assert_eq!(AsRef::<[u8]>::as_ref(&same), text.as_bytes());
    }
    assert_eq!(format!("{origin:?} {pattern:?}"), format!("Origin({text:?}) OriginPattern({text:?})"));
    assert_eq!(format!("{origin:>30}|"), format!("  {text}|"));
    assert!(Origin::from_static("https://a.example") < Origin::from_static("https://b.example"));
    let error = Origin::try_from(HeaderValue::from_bytes(b"https://\xff.example").unwrap()).unwrap_err();
    assert_eq!(error.value(), "https://\u{fffd}.example");
    assert_eq!(error.code(), "origin-has-unicode-host");
}

#[test]
fn constants_are_checked_by_the_compiler() {
    const APP: Origin = Origin::from_static("https://app.example.com");
    const PATTERNS: [OriginPattern; 3] = [
        OriginPattern::from_static("*"),
        OriginPattern::from_static("https://*.example.com"),
        OriginPattern::from_static("capacitor://localhost"),
    ];
    assert_eq!(APP.as_str(), "https://app.example.com");
    assert_eq!(PATTERNS.map(|pattern| pattern.to_string()), ["*", "https://*.example.com", "capacitor://localhost"]);
}

#[test]
fn from_static_says_what_is_wrong() {
    for (text, part) in [
        ("", "not empty"),
        ("null", "dangerously_allow_null_origin"),
        ("https://example.com/", "slash"),
        ("https://*.example.com", "OriginPattern"),
        ("example.com", "scheme"),
        ("https://Example.com", "lower case"),
        ("https://a b.example", "`parse` tells"),
    ] {
        let message =
            *std::panic::catch_unwind(|| Origin::from_static(text)).unwrap_err().downcast::<String>().unwrap();
        assert!(message.contains(part), "{text:?}: {message}");
    }
    let message = std::panic::catch_unwind(|| OriginPattern::from_static("https://pr-*.example.com")).unwrap_err();
    assert!(message.downcast_ref::<&str>().unwrap().contains("parse::<OriginPattern>"));
}
