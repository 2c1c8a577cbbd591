//! Drives a Tower service with the requests of a page.

use super::exchange::SentRequest;
use super::headers::ResponseHead;
use super::outcome::Outcome;
use super::page::Page;
use super::request::PageRequest;
use super::turn::Turn;
use bytes::{Buf as _, Bytes};
use http::{HeaderName, HeaderValue, Method, Request, Response, Uri, Version};
use http_body::Body;
use http_body_util::BodyExt as _;
use std::fmt::Display;
use std::future::poll_fn;
use std::pin::pin;
use tower_service::Service;
use url::Url;

impl<B: From<Bytes>> Page<B> {
    /// Makes a request of this page to a service, which answers for every URL, whatever its host.
    ///
    /// The service may be lent (`&mut app`) or given (`app.clone()`). Preflights, redirects, cookies and the preflight
    /// cache are the browser's affair; the [`Outcome`] says what a script gets, and what was exchanged.
    ///
    /// Of the body, [`Browser::body_limit`](super::Browser::body_limit) bytes are read at most, and nothing of bodies that
    /// no script can read. `WebKitGTK` waits for the end of a preflight's body: with [`Engine::WebKit`](super::Engine) this
    /// does so too, and does not return if the body has none.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// use axum::{Router, routing::get};
    /// use tower_cors::browser::{Browser, Fetch};
    ///
    /// let mut app: Router = Router::new().route("/items", get(|| async { "hello" }));
    /// let mut page = Browser::new().page("https://app.example.com");
    ///
    /// page.fetch(&mut app, Fetch::get("https://api.example.com/items")).await.assert_blocked(); // there is no CORS layer
    /// # }
    /// ```
    pub async fn fetch<S, R>(&mut self, mut service: S, request: impl Into<PageRequest>) -> Outcome
    where
        S: Service<Request<B>, Response = Response<R>>,
        S::Error: Display,
        R: Body,
        R::Error: Display,
    {
        let limit = self.state.settings.body_limit;
        let mut body = None;
        let mut turn = self.begin(request);
        loop {
            turn = match turn {
                Turn::Send(sending) => match exchange(&mut service, sending.request()).await {
                    Ok(response) => {
                        let head = ResponseHead::from(&response);
                        let response_body = response.into_body();
                        let read = if sending.waits_for_body() {
                            read_body(response_body, limit).await.map(|_| None)
                        } else {
                            Ok(Some(response_body))
                        };
                        match read {
                            Ok(read) => {
                                body = read;
                                sending.answered(head)
                            }
                            Err(why) => sending.failed(why),
                        }
                    }
                    Err(why) => sending.failed(why),
                },
                Turn::Read(reading) => {
                    let Some(body) = body else { return reading.finish(Vec::new()) };
                    return match read_body(body, limit).await {
                        Ok(bytes) => reading.finish(bytes),
                        Err(why) => reading.failed(why),
                    };
                }
                Turn::Done(outcome) => return outcome,
            };
        }
    }
}

async fn exchange<S, B, R>(service: &mut S, sent: &SentRequest) -> Result<Response<R>, String>
where
    S: Service<Request<B>, Response = Response<R>>,
    S::Error: Display,
    B: From<Bytes>,
{
    let request = to_request(sent)?;
    let failed = |error: S::Error| format!("the service failed: {error}");
    poll_fn(|context| service.poll_ready(context)).await.map_err(failed)?;
    service.call(request).await.map_err(failed)
}

/// The request as a server hands it to a service.
fn to_request<B: From<Bytes>>(sent: &SentRequest) -> Result<Request<B>, String> {
    // Every request over HTTP/1.1 has one, and no other.
    let is_http2 = !sent.headers().contains("host");
    let cannot = |what: &str| format!("this model cannot send {what}, for the `http` crate does not hold it");
    let url = Url::parse(sent.url()).map_err(|_| cannot("the URL"))?;
    let target = if is_http2 {
        let mut url = url;
        // An http(s) URL always takes these; it would be sent with its user name otherwise.
        url.set_username("").and_then(|()| url.set_password(None)).map_err(|()| cannot("the URL"))?;
        url.to_string()
    } else {
        match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        }
    };
    let mut request = Request::new(B::from(Bytes::copy_from_slice(sent.body())));
    *request.uri_mut() = Uri::try_from(target).map_err(|_| cannot("the URL"))?;
    *request.method_mut() = Method::from_bytes(sent.method().as_bytes()).map_err(|_| cannot("the method"))?;
    *request.version_mut() = if is_http2 { Version::HTTP_2 } else { Version::HTTP_11 };
    for (name, value) in sent.headers().iter() {
        let what = || format!("the header `{name}`");
        let header_name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| cannot(&what()))?;
        let value = HeaderValue::from_bytes(value).map_err(|_| cannot(&what()))?;
        request.headers_mut().try_append(header_name, value).map_err(|_| cannot("so many headers"))?;
    }
    Ok(request)
}

async fn read_body<R>(body: R, limit: usize) -> Result<Vec<u8>, String>
where
    R: Body,
    R::Error: Display,
{
    let mut body = pin!(body);
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| format!("it broke off: {error}"))?;
        if let Ok(mut data) = frame.into_data() {
            if data.remaining() > limit.saturating_sub(bytes.len()) {
                return Err(format!("it has more than {limit} bytes, see `Browser::body_limit`"));
            }
            while data.has_remaining() {
                let chunk = data.chunk();
                bytes.extend_from_slice(chunk);
                let read = chunk.len();
                data.advance(read);
            }
        }
    }
    Ok(bytes)
}
