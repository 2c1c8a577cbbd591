//! The [HTTP-redirect fetch](https://fetch.spec.whatwg.org/#http-redirect-fetch): where a redirect leads, what it does to
//! the request, and when it taints the origin.

use super::headers::{ResponseHead, shown};
use super::prepare::Prepared;
use super::request::Mode;
use super::site::{PageOrigin, is_same_origin};
use url::Url;

/// More redirects than this end a request.
pub(super) const MOST_REDIRECTS: usize = 20;

/// Why a redirect is not followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum RedirectFault {
    /// `Location` is no URL, or there are several.
    Location(String),
    /// The new URL is not http(s).
    Scheme(String),
    /// This would be the twenty-first.
    TooMany,
    /// The new URL has a user name or password, and the request takes part in CORS.
    Credentials,
    /// The body was a stream and is gone.
    Stream,
}

/// A [redirect status](https://fetch.spec.whatwg.org/#redirect-status).
pub(super) fn is_redirect_status(status: u16) -> bool {
    matches!(status, 301 | 302 | 303 | 307 | 308)
}

/// The [location URL](https://fetch.spec.whatwg.org/#concept-response-location-url); nothing without a `Location`.
pub(super) fn location(current: &Url, response: &ResponseHead) -> Result<Option<Url>, RedirectFault> {
    let mut lines = response.headers().lines("location");
    let Some(value) = lines.next() else { return Ok(None) };
    let several = lines.next().is_some();
    let text = String::from_utf8_lossy(value);
    match current.join(&text) {
        Ok(mut url) if !several => {
            if url.fragment().is_none() {
                url.set_fragment(current.fragment());
            }
            Ok(Some(url))
        }
        _ => Err(RedirectFault::Location(shown(value))),
    }
}

/// Changes the request so that it goes to the new URL.
pub(super) fn follow(
    request: &mut Prepared,
    page: &PageOrigin,
    takes_part_in_cors: bool,
    redirects: usize,
    status: u16,
    to: Url,
) -> Result<(), RedirectFault> {
    if !matches!(to.scheme(), "http" | "https") {
        return Err(RedirectFault::Scheme(shown(to.scheme().as_bytes())));
    }
    if redirects >= MOST_REDIRECTS {
        return Err(RedirectFault::TooMany);
    }
    let has_credentials = !to.username().is_empty() || to.password().is_some();
    if has_credentials && (takes_part_in_cors || request.mode == Mode::Cors && !page.is_same_origin(&to)) {
        return Err(RedirectFault::Credentials);
    }
    if status != 303 && request.is_stream {
        return Err(RedirectFault::Stream);
    }
    let becomes_get = matches!(status, 301 | 302) && request.method == "POST"
        || status == 303 && !matches!(request.method.as_str(), "GET" | "HEAD");
    if becomes_get {
        "GET".clone_into(&mut request.method);
        request.body = None;
        request.is_stream = false;
        for name in ["content-encoding", "content-language", "content-location", "content-type"] {
            request.headers.remove(name);
        }
    }
    if !is_same_origin(&request.url, &to) && request.headers.contains("authorization") {
        request.headers.remove("authorization");
        request.lost_authorization = true;
    }
    request.url = to;
    Ok(())
}

/// Whether the [redirect-taint](https://fetch.spec.whatwg.org/#concept-request-tainted-origin) makes the origin `null`:
/// a server that is not of the page's origin has sent the request on to a third one.
pub(super) fn is_tainted(page: &PageOrigin, urls: &[Url]) -> bool {
    urls.windows(2).any(|pair| match pair {
        [from, to] => !is_same_origin(from, to) && !page.is_same_origin(from),
        _ => false,
    })
}
