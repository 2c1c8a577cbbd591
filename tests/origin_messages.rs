//! Every message about a text that is not an origin, word for word.

use tower_cors::{InvalidOrigin, Origin, OriginPattern};

fn refused(text: &str) -> InvalidOrigin {
    text.parse::<OriginPattern>().expect_err(text)
}

/// Text and message. Each reason once with a suggestion and once without, where it knows both.
#[rustfmt::skip]
const MESSAGES: &[(&str, &str)] = &[
    ("",
     r#""" is empty, as a comma at the end or a variable that is not set leaves it: an origin is scheme://host or scheme://host:port; leave the entry out, or write an origin such as "https://app.example.com""#),
    (" \t",
     r#"" \t" is empty, as a comma at the end or a variable that is not set leaves it: an origin is scheme://host or scheme://host:port; leave the entry out, or write an origin such as "https://app.example.com""#),
    ("https://a\0.example.com",
     r#""https://a\0.example.com" has a control character: an origin has none; look at the bytes of this text, and write scheme, host and port alone"#),
    (" https://app.example.com\n",
     r#"" https://app.example.com\n" has white space: an origin has none, nor any around it; write "https://app.example.com""#),
    ("https://app.exa mple.com",
     r#""https://app.exa mple.com" has white space: an origin has none, nor any around it; write one origin without it"#),
    ("\"https://app.example.com\"",
     r#""\"https://app.example.com\"" has quotes, brackets or commas around it: an origin has none; write "https://app.example.com""#),
    ("'self'",
     r#""'self'" has quotes, brackets or commas around it: an origin has none; write the origin alone"#),
    ("https://a.example.com, b.example.com/",
     r#""https://a.example.com, b.example.com/" is a list in one text: every entry is one origin; write each as an entry of its own: "https://a.example.com", "https://b.example.com""#),
    ("https://a.example.com,https://a.example.com/",
     r#""https://a.example.com,https://a.example.com/" is a list in one text: every entry is one origin; write "https://a.example.com""#),
    ("https://a.example.com,*",
     r#""https://a.example.com,*" is a list in one text: every entry is one origin; write each origin as an entry of its own"#),
    (r"^https://.*\.example\.com$",
     r#""^https://.*\\.example\\.com$" is a regular expression: there are none here, only wildcards such as "https://*.example.com"; write "https://*.example.com""#),
    (r"https://(.+\.)?example\.com",
     r#""https://(.+\\.)?example\\.com" is a regular expression: there are none here, only wildcards such as "https://*.example.com"; list each origin, or the wildcard below which they are"#),
    ("${ORIGIN}",
     r#""${ORIGIN}" has a variable that was not filled in; write what it stands for"#),
    ("null",
     r#""null" is no page's own origin: every website can send it, from a sandboxed frame; if all of them may read the answers, call `dangerously_allow_null_origin()` and list "null" in `allow_origins`"#),
    ("localhost:3000",
     r#""localhost:3000" has no scheme: the pages of one host under http and https have different origins; write "http://localhost:3000""#),
    ("app.example.com",
     r#""app.example.com" has no scheme: the pages of one host under http and https have different origins; write "https://app.example.com""#),
    ("all",
     r#""all" has no scheme: the pages of one host under http and https have different origins; write "https://" and the host"#),
    ("ht_tp://app.example.com",
     r#""ht_tp://app.example.com" has no valid scheme: that is http, https or an application's, of a-z, 0-9, `+`, `.` and `-`, with a letter first and 64 characters at most; write "https://" and the host"#),
    ("*://app.example.com",
     r#""*://app.example.com" has a wildcard for its scheme: every entry has one scheme; write "https://app.example.com""#),
    ("*://*",
     r#""*://*" has a wildcard for its scheme: every entry has one scheme; list an entry for each scheme"#),
    ("wss://app.example.com/socket",
     r#""wss://app.example.com/socket" has a scheme that no page's origin has: the Origin header names the page, not what the page connects to; write "https://app.example.com""#),
    ("ftp://app.example.com",
     r#""ftp://app.example.com" has a scheme that no page's origin has: the Origin header names the page, not what the page connects to; write the https origin of the page"#),
    ("file:///index.html",
     r#""file:///index.html" has a scheme whose pages send the origin "null", as any website can; serve the page over http, for example from "http://localhost:8080", and list that"#),
    ("https://https://app.example.com",
     r#""https://https://app.example.com" has two schemes; write "https://app.example.com""#),
    ("http://https://*",
     r#""http://https://*" has two schemes; write one scheme, "://" and the host"#),
    (r"https:\\app.example.com",
     r#""https:\\\\app.example.com" does not have exactly "://" between scheme and host; write "https://app.example.com""#),
    ("https:///",
     r#""https:///" does not have exactly "://" between scheme and host; write the scheme, "://" and the host"#),
    ("https://user:secret@app.example.com",
     r#""https://user:secret@app.example.com" has a user name before its host: browsers never send one; write "https://app.example.com""#),
    ("https://app.example.com@evil.example",
     r#""https://app.example.com@evil.example" has a user name before its host: browsers never send one; write the origin without all that stands before the host you mean"#),
    ("https://app.example.com/shop",
     r#""https://app.example.com/shop" has a path: browsers send only scheme, host and port of a page; write "https://app.example.com""#),
    ("https://*/shop",
     r#""https://*/shop" has a path: browsers send only scheme, host and port of a page; write scheme, host and port alone"#),
    ("https://app.example.com/",
     r#""https://app.example.com/" ends with a slash: browsers send an origin without it, and compare byte for byte; write "https://app.example.com""#),
    ("https://*/",
     r#""https://*/" ends with a slash: browsers send an origin without it, and compare byte for byte; write scheme, host and port alone"#),
    ("https://app.example.com?a=b",
     r#""https://app.example.com?a=b" has a query: browsers send only scheme, host and port of a page; write "https://app.example.com""#),
    ("https://*?",
     r#""https://*?" has a query: browsers send only scheme, host and port of a page; write scheme, host and port alone"#),
    ("https://app.example.com#top",
     r#""https://app.example.com#top" has a fragment: browsers send only scheme, host and port of a page; write "https://app.example.com""#),
    ("https://*#",
     r#""https://*#" has a fragment: browsers send only scheme, host and port of a page; write scheme, host and port alone"#),
    ("https://",
     r#""https://" has no host; write the scheme, "://" and the host"#),
    ("HTTPS://APP.example.com",
     r#""HTTPS://APP.example.com" has upper-case letters: browsers send scheme and host in lower case, and compare byte for byte; write "https://app.example.com""#),
    ("https://APP!.example.com",
     r#""https://APP!.example.com" has upper-case letters: browsers send scheme and host in lower case, and compare byte for byte; write scheme and host in lower case"#),
    ("https://a%6Dple.example",
     r#""https://a%6Dple.example" has a percent-encoded host: browsers send it decoded; write "https://ample.example""#),
    ("https://a%2Ab.example",
     r#""https://a%2Ab.example" has a percent-encoded host: browsers send it decoded; write the host as browsers send it: in ASCII, with nothing encoded"#),
    ("https://app!.example.com",
     r#""https://app!.example.com" has a character that no host has: labels consist of a-z, 0-9, `-` and `_`; write the host as the browser's address bar shows it"#),
    ("https://.example.com",
     r#""https://.example.com" has a dot too many: there is nothing between two dots, or before the first; write the host in full ("https://*.example.com" is every host below example.com)"#),
    ("https://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example",
     r#""https://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example" has a label of more than 63 characters: no name has one; write the host as the browser's address bar shows it"#),
    ("http://127.1",
     r#""http://127.1" has a host that ends in a number, so browsers take it for an IPv4 address; write "http://127.0.0.1""#),
    ("http://192.168.010.1",
     r#""http://192.168.010.1" has a host that ends in a number, so browsers take it for an IPv4 address; write four decimal numbers up to 255, without leading zeros (browsers read those as octal)"#),
    ("http://[::ffff:127.0.0.1]:3000",
     r#""http://[::ffff:127.0.0.1]:3000" has no IPv6 address as browsers write it: in brackets, in lower case, shortened, and without zone or dotted end; write "http://[::ffff:7f00:1]:3000""#),
    ("http://::1:3000",
     r#""http://::1:3000" has no IPv6 address as browsers write it: in brackets, in lower case, shortened, and without zone or dotted end; write it as the browser's address bar shows it"#),
    ("capacitor://*.example",
     r#""capacitor://*.example" has no valid host for an application's scheme: that is 1 to 253 of A-Z, a-z, 0-9, `.`, `_` and `-`, or `*` alone for any; write the host as the application sends it"#),
    ("https://a.*.example.com",
     r#""https://a.*.example.com" has a wildcard where none can stand: it is the left-most label or a part of it, or the port; list each origin, or write a wildcard such as "https://*.example.com""#),
    ("https://**.example.com",
     r#""https://**.example.com" has more than one wildcard in its host: one `*.` stands for any number of labels; write "https://*.example.com""#),
    ("https://*.*.example.com",
     r#""https://*.*.example.com" has more than one wildcard in its host: one `*.` stands for any number of labels; list each origin, or write a wildcard such as "https://*.example.com""#),
    ("https://*",
     r#""https://*" has a wildcard that every website fits: it stands for names below a host of yours; write a wildcard such as "https://*.example.com" ("*" as the only entry is any origin)"#),
    ("http://*.0.0.1",
     r#""http://*.0.0.1" has a wildcard in an IP address: browsers know no parts of those; list each address"#),
    ("https://*example.com",
     r#""https://*example.com" has a wildcard inside the label that people register: strangers can register names that fit; write "https://*.example.com""#),
    ("https://app-*.com",
     r#""https://app-*.com" has a wildcard inside the label that people register: strangers can register names that fit; put the wildcard further to the left, as in "https://*.example.com""#),
    ("https://app.example.com:08443",
     r#""https://app.example.com:08443" has no valid port: that is a number from 1 to 65535 without leading zeros, or `*` in a pattern; write "https://app.example.com:8443""#),
    ("https://app.example.com:80*",
     r#""https://app.example.com:80*" has no valid port: that is a number from 1 to 65535 without leading zeros, or `*` in a pattern; write that number, or no port for the default one"#),
    ("https://app.example.com:443",
     r#""https://app.example.com:443" names the default port of its scheme: browsers leave it out; write "https://app.example.com""#),
];

#[cfg(feature = "idna")]
const UNICODE: &[(&str, &str)] = &[
    (
        "https://münchen.example",
        r#""https://münchen.example" has a host that is not ASCII: browsers send it as Punycode; write "https://xn--mnchen-3ya.example""#,
    ),
    (
        "https://prä-*.example.com",
        r#""https://prä-*.example.com" has a host that is not ASCII: browsers send it as Punycode; write the host as browsers send it: in ASCII, with labels that begin with "xn--""#,
    ),
];

#[cfg(not(feature = "idna"))]
const UNICODE: &[(&str, &str)] = &[(
    "https://münchen.example",
    r#""https://münchen.example" has a host that is not ASCII: browsers send it as Punycode; write the host as browsers send it, with labels that begin with "xn--" (the feature `idna` of tower-cors, which is off, would name them)"#,
)];

const LIST_ASKED: &[(&str, &str)] = if cfg!(feature = "public-suffix") {
    &[(
        "https://app-*.co.uk",
        r#""https://app-*.co.uk" has a wildcard inside the label that people register: strangers can register names that fit; put the wildcard further to the left, as in "https://*.example.com""#,
    )]
} else {
    &[(
        "https://app-*.co.uk",
        r#""https://app-*.co.uk" has a wildcard inside a label that strangers might register: the feature `public-suffix` of tower-cors, which is off, would tell; turn the feature on, or make the wildcard a label of its own, as in "https://*.example.com""#,
    )]
};

/// Too long to write out.
fn long_ones() -> [(String, String); 3] {
    let host = ["a".repeat(63), "b".repeat(63), "c".repeat(63), "d".repeat(60), "com".to_owned()].join(".");
    let scheme = "s".repeat(65);
    let text = "https://example.com/".to_owned() + &"x".repeat(4096);
    let (shown_host, _) = host.split_at(100 - "https://".len());
    [
        (
            format!("https://{host}"),
            format!(
                r#""https://{shown_host}…" has a host of more than 253 characters: no name is so long; write the host as the browser's address bar shows it"#
            ),
        ),
        (
            format!("{scheme}://example.com"),
            format!(
                r#""{scheme}://example.com" has no valid scheme: that is http, https or an application's, of a-z, 0-9, `+`, `.` and `-`, with a letter first and 64 characters at most; write "https://" and the host"#
            ),
        ),
        (
            text,
            format!(
                r#""https://example.com/{}…" is longer than any origin: that is 327 bytes at most; write scheme, host and port alone"#,
                "x".repeat(80)
            ),
        ),
    ]
}

#[test]
fn every_message_word_for_word() {
    for (text, message) in MESSAGES.iter().chain(UNICODE).chain(LIST_ASKED) {
        assert_eq!(refused(text).to_string(), *message);
    }
    for (text, message) in long_ones() {
        assert_eq!(refused(&text).to_string(), message);
    }
    assert_eq!(
        "https://*.example.com".parse::<Origin>().unwrap_err().to_string(),
        r#""https://*.example.com" has a wildcard: one exact origin has none; write the origin in full, or use an `OriginPattern`"#
    );
}

#[test]
fn of_a_longer_list_no_entries_are_written_out() {
    let list = |count: usize| (0..count).map(|n| format!("https://{n}.example.com/")).collect::<Vec<_>>().join(", ");
    let written = (0..8).map(|n| format!("\"https://{n}.example.com\"")).collect::<Vec<_>>().join(", ");
    let eight = refused(&list(8)).to_string();
    assert!(eight.ends_with(&format!("; write each as an entry of its own: {written}")), "{eight}");
    let nine = refused(&list(9)).to_string();
    assert!(nine.ends_with("; write each origin as an entry of its own"), "{nine}");
    // The same twice is one.
    let repeated = refused(&format!("{0}, {0}", list(8))).to_string();
    assert!(repeated.ends_with(&format!("; write each as an entry of its own: {written}")), "{repeated}");
}

#[test]
fn no_reason_is_left_out() {
    let mut seen: Vec<&str> =
        MESSAGES.iter().chain(UNICODE).chain(LIST_ASKED).map(|(text, _)| refused(text).code()).collect();
    seen.extend(long_ones().map(|(text, _)| refused(&text).code()));
    seen.push("*".parse::<Origin>().unwrap_err().code());
    // Of this pair one is not told, whichever features are on.
    seen.push("origin-wildcard-is-unchecked");
    let source = include_str!("../src/origin/invalid.rs");
    let (_, texts) = source.split_once("const fn texts").unwrap();
    let codes: Vec<&str> = texts.split('"').filter(|literal| literal.starts_with("origin-")).collect();
    assert!(codes.len() > 30, "{codes:?}");
    for code in codes {
        assert!(seen.contains(&code), "{code} has no message here");
    }
}

#[test]
fn messages_are_one_line_without_full_stop_and_hold_nothing_raw() {
    for text in
        ["a\nb", "https://\u{202e}evil.example", "\u{1b}[31mred", "https://example.com/\r\nX: y", &"é".repeat(5000)]
    {
        let message = refused(text).to_string();
        assert!(!message.chars().any(|c| c.is_control() || c == '\u{202e}'), "{message:?}");
        assert!(!message.ends_with('.') && message.len() < 1000, "{message}");
    }
}

#[test]
fn the_debug_text_is_the_message_too() {
    assert_eq!(
        format!("{:?}", refused("https://")),
        r#"InvalidOrigin(origin-has-no-host: "https://" has no host; write the scheme, "://" and the host)"#
    );
}
