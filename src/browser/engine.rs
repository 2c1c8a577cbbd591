//! Where the engines leave the Fetch standard, or fill what it leaves open. Every difference stands here and nowhere else.

use super::headers::HeaderList;
use std::time::Duration;

/// Whose behaviour is modelled. The differences were measured in Chromium 156, Firefox ESR 153 and `WebKitGTK`
/// 2.50.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Engine {
    /// The Fetch standard to the letter. The default.
    #[default]
    Standard,
    /// Chrome, Edge, Android's `WebView` and others.
    Chromium,
    /// Firefox.
    Firefox,
    /// `WebKitGTK`, as a stand-in for Safari, which was not measured itself.
    WebKit,
}

/// Does `Access-Control-Allow-Headers: *` cover an `Authorization` header that a script has set?
///
/// The [standard](https://fetch.spec.whatwg.org/#cors-non-wildcard-request-header-name) says no, today's browsers say
/// yes. A right answer names `authorization` and so passes under both rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AuthorizationRule {
    /// The standard's: `authorization` must be listed by name. The default of [`Engine::Standard`].
    Strict,
    /// What browsers ship: `*` covers it in requests without credentials. The default of the other engines.
    Shipping,
}

/// How an engine keeps what preflights have granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CacheShape {
    /// Each method and header name for itself; new answers add to what is there.
    Merged,
    /// The newest answer for an origin and URL, whole.
    Replaced,
}

/// The cache mode of a request, see [`Fetch::cache`](super::Fetch::cache).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CacheMode {
    /// `default`.
    #[default]
    Default,
    /// `no-store`: sends `Pragma` and `Cache-Control: no-cache`.
    NoStore,
    /// `reload`: sends `Pragma` and `Cache-Control: no-cache`.
    Reload,
    /// `no-cache`: sends `Cache-Control: max-age=0`.
    NoCache,
    /// `force-cache`. There is no HTTP cache here, so it equals the default.
    ForceCache,
}

impl Engine {
    pub(super) fn authorization_rule(self) -> AuthorizationRule {
        match self {
            Self::Standard => AuthorizationRule::Strict,
            Self::Chromium | Self::Firefox | Self::WebKit => AuthorizationRule::Shipping,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Standard => "Fetch",
            Self::Chromium => "Chromium",
            Self::Firefox => "Firefox",
            Self::WebKit => "WebKit",
        }
    }

    /// Firefox counts bytes above ASCII among the unsafe ones.
    pub(super) fn unsafe_above_ascii(self) -> bool {
        self == Self::Firefox
    }

    /// `WebKit` takes `Bytes=1-2` for a simple range.
    pub(super) fn range_ignores_case(self) -> bool {
        self == Self::WebKit
    }

    /// Chromium safelists some client hints, with values of the right form.
    pub(super) fn safelists_hint(self, name: &str, value: &[u8]) -> bool {
        if self != Self::Chromium {
            return false;
        }
        let is_integer = || !value.is_empty() && value.iter().all(u8::is_ascii_digit);
        let is_number = || {
            let mut parts = value.splitn(2, |byte| *byte == b'.');
            parts.all(|digits| !digits.is_empty() && digits.iter().all(u8::is_ascii_digit))
        };
        match name {
            "dpr" | "device-memory" | "downlink" => is_number(),
            "width" | "viewport-width" | "rtt" => is_integer(),
            "save-data" => value.eq_ignore_ascii_case(b"on"),
            "ect" => matches!(value, b"slow-2g" | b"2g" | b"3g" | b"4g"),
            "intervention" => true,
            _ => false,
        }
    }

    /// Chromium drops a `User-Agent` that a script sets, silently.
    pub(super) fn drops_user_agent(self) -> bool {
        self == Self::Chromium
    }

    /// In the standard a preflight that only an upload listener or a stream asks for permits its own method by saying
    /// nothing of methods. No engine has that: a `PUT` is blocked in each.
    pub(super) fn takes_no_methods_for_yes(self) -> bool {
        self == Self::Standard
    }

    /// Firefox lets an exposed `*` stand that comes before the first element that is not a token.
    pub(super) fn exposes_before_bad_element(self) -> bool {
        self == Self::Firefox
    }

    /// Chromium takes a 407 that does not come from a proxy for a broken connection.
    pub(super) fn refuses_407(self) -> bool {
        self == Self::Chromium
    }

    /// `WebKitGTK` 2.50 waits for the end of a preflight's body.
    pub(super) fn reads_preflight_body(self) -> bool {
        self == Self::WebKit
    }

    /// Firefox sends the page's own origin on the preflight after a redirect that makes it `null`.
    pub(super) fn preflights_with_own_origin(self) -> bool {
        self == Self::Firefox
    }

    /// `WebKit` goes on to ask for `authorization` in preflights after a redirect has removed the header.
    pub(super) fn preflights_removed_authorization(self) -> bool {
        self == Self::WebKit
    }

    /// A stream over HTTP/1.1 is a [network error](https://fetch.spec.whatwg.org/#concept-http-network-fetch) in the
    /// standard, and in Chromium. The others were not measured with streams, which they do not send.
    pub(super) fn streams_over_http2_only(self) -> bool {
        matches!(self, Self::Standard | Self::Chromium)
    }

    /// Chromium keeps the real origin on `no-cors` posts whose referrer policy would hide it.
    pub(super) fn keeps_origin_without_referrer(self) -> bool {
        self == Self::Chromium
    }

    /// Chromium and `WebKit` send `Origin` with elements that take part in CORS even within one origin.
    pub(super) fn sends_origin_with_own_elements(self) -> bool {
        matches!(self, Self::Chromium | Self::WebKit)
    }

    /// `WebKitGTK` 2.50 loads fonts in mode `no-cors`.
    pub(super) fn loads_fonts_without_cors(self) -> bool {
        self == Self::WebKit
    }

    /// Chromium sends no `Sec-Fetch-*` with a WebSocket handshake, `WebKitGTK` none after a redirect.
    pub(super) fn sends_metadata(self, websocket: bool, redirected: bool) -> bool {
        !(self == Self::Chromium && websocket || self == Self::WebKit && redirected)
    }

    /// `WebKitGTK` blocks plain http to loopback addresses from https pages; the others trust loopback.
    pub(super) fn blocks_mixed_loopback(self) -> bool {
        self == Self::WebKit
    }

    /// Firefox still sends cookies without a `SameSite` attribute across sites.
    pub(super) fn defaults_cookies_to_lax(self) -> bool {
        self != Self::Firefox
    }

    /// The three engines repeat the request's cache headers on its preflight; the standard makes it a new request.
    pub(super) fn preflights_with_cache_headers(self) -> bool {
        self != Self::Standard
    }

    pub(super) fn cache_shape(self) -> CacheShape {
        match self {
            Self::Standard | Self::Firefox => CacheShape::Merged,
            Self::Chromium | Self::WebKit => CacheShape::Replaced,
        }
    }

    /// How many answers are kept. Chromium's and Firefox's numbers are their own; the others have none, and get a bound
    /// so that a test cannot fill the memory.
    pub(super) fn cache_size(self) -> usize {
        match self {
            Self::Chromium => 1024,
            Self::Firefox => 100,
            Self::Standard | Self::WebKit => 4096,
        }
    }

    /// Chromium does not cache for URLs of 1024 characters and more.
    pub(super) fn caches_url(self, url: &str) -> bool {
        self != Self::Chromium || url.len() < 1024
    }

    /// Firefox reuses a grant that was given to a request with credentials only for such requests.
    pub(super) fn shares_credentialed_grants(self) -> bool {
        self != Self::Firefox
    }

    /// Firefox keeps `*` as a name like any other.
    pub(super) fn caches_wildcards(self) -> bool {
        self != Self::Firefox
    }

    /// Firefox wants HEAD listed before it takes it from the cache.
    pub(super) fn caches_unlisted_head(self) -> bool {
        self != Self::Firefox
    }

    /// Chromium and `WebKit` take an answer out of the cache only by its age; Firefox also when the CORS check of the
    /// actual response fails, the standard after every network error.
    pub(super) fn clears_cache(self, cors_check_failed: bool) -> bool {
        match self {
            Self::Standard => true,
            Self::Firefox => cors_check_failed,
            Self::Chromium | Self::WebKit => false,
        }
    }

    /// Which cache modes of the page also keep the preflight from being taken from its cache.
    pub(super) fn bypasses_cache(self, mode: CacheMode) -> bool {
        match self {
            Self::Chromium => matches!(mode, CacheMode::NoStore | CacheMode::Reload | CacheMode::NoCache),
            Self::Firefox => matches!(mode, CacheMode::NoStore | CacheMode::Reload),
            Self::Standard | Self::WebKit => false,
        }
    }

    /// The longest time that a grant is kept; the standard names none.
    pub(super) fn max_age_cap(self) -> Duration {
        match self {
            Self::Standard => Duration::MAX,
            Self::Chromium => Duration::from_secs(7200),
            Self::Firefox => Duration::from_secs(86_400),
            Self::WebKit => Duration::from_secs(600),
        }
    }

    /// How long the answer to a preflight is kept, before the cap.
    pub(super) fn max_age(self, headers: &HeaderList) -> Duration {
        const DEFAULT: Duration = Duration::from_secs(5);
        let Some(value) = headers.get("access-control-max-age").filter(|value| !value.is_empty()) else {
            return DEFAULT;
        };
        match self {
            Self::Standard => digits(&value).map_or(DEFAULT, Duration::from_secs),
            Self::Firefox => digits(&value).map_or(Duration::ZERO, Duration::from_secs),
            Self::Chromium | Self::WebKit => match signed(&value) {
                Some(seconds) => Duration::from_secs(u64::try_from(seconds).unwrap_or(0)),
                None => DEFAULT,
            },
        }
    }
}

/// `1*DIGIT`, as large as it may be.
fn digits(value: &[u8]) -> Option<u64> {
    if value.is_empty() || !value.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(value.iter().fold(0, |sum: u64, digit| sum.saturating_mul(10).saturating_add(u64::from(digit - b'0'))))
}

/// A signed 64-bit number as Chromium and `WebKit` read it; too large is no number.
fn signed(value: &[u8]) -> Option<i64> {
    std::str::from_utf8(value).ok()?.parse().ok()
}
