//! What is an origin and what is a pattern, by example; the ways in and out of both types.

use http::HeaderValue;
use tower_cors::{InvalidOriginKind, Origin, OriginPattern};

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
https://pr-*.preview.example.com
https://pr-*.example.com
https://*-pr.example.com
https://*pr.example.com
https://a*b.example.com
https://_*.example.com
https://pr-*.example.com:*
https://pr-*.example.com.
https://my-*.vercel.app
https://pr-*.example.unknowntld
https://pr-*.example.de
";

/// Patterns that only the public suffix list tells from others.
const CHECKED_BY_LIST: &str = "
https://pr-*.example.co.uk
https://pr-*.example.io
https://pr-*.github.io
https://*pr.www.ck
https://pr-*.city.kawasaki.jp:*
";

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
    const PATTERNS: [OriginPattern; 4] = [
        OriginPattern::from_static("*"),
        OriginPattern::from_static("https://*.example.com"),
        OriginPattern::from_static("https://pr-*.preview.example.com"),
        OriginPattern::from_static("capacitor://localhost"),
    ];
    assert_eq!(APP.as_str(), "https://app.example.com");
    assert_eq!(
        PATTERNS.map(|pattern| pattern.to_string()),
        ["*", "https://*.example.com", "https://pr-*.preview.example.com", "capacitor://localhost"]
    );
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
    let message = std::panic::catch_unwind(|| OriginPattern::from_static("https://pr-*.example.co.uk")).unwrap_err();
    assert!(message.downcast_ref::<&str>().unwrap().contains("parse::<OriginPattern>"));
}
