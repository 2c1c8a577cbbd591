//! [`CorsService`] and [`ResponseFuture`]: Tower glue, nothing about CORS.

use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::{HeaderMap, Request, Response, StatusCode};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use crate::compiled::Compiled;
use crate::decision::{Answer, Decision, Forward};
use crate::head::Head;
use crate::layer::CorsLayer;
use crate::policy::CorsPolicy;
use crate::refusal::RefusalReason;
use crate::removed::{Removed, RemovedWrapping};
use crate::verdict::Verdict;

/// A service that answers with a CORS policy.
///
/// Made by [`CorsLayer`] and [`CorsPolicy`]. The body of the responses stays what it is; it must have a `Default`,
/// the empty body of the answers to preflights. Where the compiler says that `Default` is not implemented, for
/// `Incoming` or `Either` for example, box the body: `.map_response(|response| response.map(BoxBody::new))`.
///
/// ```
/// use http::{Request, Response};
/// use tower::{Service, ServiceBuilder, ServiceExt, service_fn};
/// use tower_cors::CorsLayer;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut service = ServiceBuilder::new()
///     .layer(CorsLayer::new().allow_origins(["https://app.example.com"]))
///     .service(service_fn(async |_: Request<()>| Ok::<_, std::convert::Infallible>(Response::new("hello"))));
/// let request = Request::get("/").header("origin", "https://app.example.com").body(())?;
/// let response = service.ready().await?.call(request).await?;
/// assert_eq!(response.headers()["access-control-allow-origin"], "https://app.example.com");
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct CorsService<S> {
    inner: S,
    policy: CorsPolicy,
}

/// The name of [`CorsService`] in tower-http.
pub type Cors<S> = CorsService<S>;

impl<S> CorsService<S> {
    pub(crate) fn with_policy(inner: S, policy: CorsPolicy) -> Self {
        Self { inner, policy }
    }

    /// A layer that allows nothing yet, as [`CorsLayer::new`].
    #[track_caller]
    pub fn layer() -> CorsLayer {
        CorsLayer::new()
    }

    /// Not carried over from tower-http.
    #[doc(hidden)]
    pub fn new(inner: S) -> Self
    where
        for<'a> Removed: RemovedWrapping<'a>,
    {
        CorsLayer::new().layer(inner)
    }

    /// Not carried over from tower-http.
    #[doc(hidden)]
    pub fn permissive(inner: S) -> Self
    where
        for<'a> Removed: RemovedWrapping<'a>,
    {
        CorsLayer::new().layer(inner)
    }

    /// Not carried over from tower-http.
    #[doc(hidden)]
    pub fn very_permissive(inner: S) -> Self
    where
        for<'a> Removed: RemovedWrapping<'a>,
    {
        CorsLayer::new().layer(inner)
    }

    /// The inner service.
    pub fn get_ref(&self) -> &S {
        &self.inner
    }

    /// The inner service.
    pub fn get_mut(&mut self) -> &mut S {
        &mut self.inner
    }

    /// The inner service.
    pub fn into_inner(self) -> S {
        self.inner
    }
}

impl<S, ReqBody, ResBody> Service<Request<ReqBody>> for CorsService<S>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>>,
    ResBody: Default,
{
    type Response = Response<ResBody>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    /// A preflight waits for the inner service too, although it never gets there: here no request is known yet.
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<ReqBody>) -> Self::Future {
        answer(&self.policy, &mut self.inner, request)
    }
}

/// Decides and answers a request by this policy: with the inner service, or without it.
#[inline(always)]
#[allow(clippy::inline_always, reason = "it is the body of two services: a call would cost five instructions")]
pub(crate) fn answer<S, B>(policy: &CorsPolicy, inner: &mut S, request: Request<B>) -> ResponseFuture<S::Future>
where
    S: Service<Request<B>>,
{
    if policy.compiled().reads_parts() {
        // Taking a request apart and putting it together costs 52 to 84 instructions: for predicates only.
        let (parts, body) = request.into_parts();
        match policy.decide(&parts) {
            Decision::Forward(cors) => {
                let inner = inner.call(Request::from_parts(parts, body));
                ResponseFuture { state: State::Forward { inner, cors } }
            }
            Decision::Respond(answer) => {
                let (answer, reason) = answer.into_answer();
                ResponseFuture::respond(policy.compiled(), answer, reason, parts.headers)
            }
        }
    } else {
        match policy.judge(Head::from(&request)) {
            (Verdict::Forward { origin, options, .. }, _) => {
                let origin = origin.cloned();
                // Before the decorations are made, so that these are made where they stay: 50 instructions.
                let inner = inner.call(request);
                ResponseFuture { state: State::Forward { inner, cors: Forward::new(policy.handle(), origin, options) } }
            }
            (verdict, reason) => {
                let answer = Answer::new(verdict);
                ResponseFuture::respond(policy.compiled(), answer, reason, request.into_parts().0.headers)
            }
        }
    }
}

impl<F> ResponseFuture<F> {
    /// Whether the policy refuses: neither the service's answer nor permission for a preflight.
    #[cfg(feature = "resolver")]
    pub(crate) fn refuses(&self) -> bool {
        matches!(self.state, State::Respond { status: StatusCode::FORBIDDEN, .. })
    }

    /// The map of the request is free now; to reuse it spares the answer its two allocations.
    fn respond(policy: &Compiled, answer: Answer, reason: Option<RefusalReason>, of_request: HeaderMap) -> Self {
        let (status, headers) = answer.into_head(policy, of_request);
        Self { state: State::Respond { status, headers, reason } }
    }
}

pin_project! {
    /// The response future of [`CorsService`].
    #[derive(Debug)]
    pub struct ResponseFuture<F> {
        #[pin]
        state: State<F>,
    }
}

pin_project! {
    #[project = StateProjection]
    #[derive(Debug)]
    enum State<F> {
        Forward {
            #[pin]
            inner: F,
            cors: Forward,
        },
        Respond {
            status: StatusCode,
            headers: HeaderMap,
            reason: Option<RefusalReason>,
        },
    }
}

impl<F, B, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: Default,
{
    type Output = Result<Response<B>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().state.project() {
            StateProjection::Forward { inner, cors } => {
                // In place: to take the response out and put it back costs 45 instructions.
                let mut result = ready!(inner.poll(cx));
                if let Ok(response) = &mut result {
                    cors.decorate_once(response);
                }
                Poll::Ready(result)
            }
            StateProjection::Respond { status, headers, reason } => {
                let mut response = Response::new(B::default());
                *response.status_mut() = *status;
                *response.headers_mut() = mem::take(headers);
                if let Some(reason) = reason.take() {
                    response.extensions_mut().insert(reason);
                }
                Poll::Ready(Ok(response))
            }
        }
    }
}

impl<S> Layer<S> for CorsLayer {
    type Service = CorsService<S>;

    /// # Panics
    /// If the rules are invalid. The message names every problem, and the place of the rules in your code. Where rules
    /// come from outside of it, call [`build`](CorsLayer::build) instead, which never panics.
    fn layer(&self, inner: S) -> CorsService<S> {
        CorsService::with_policy(inner, self.compiled().clone())
    }
}

impl<S> Layer<S> for CorsPolicy {
    type Service = CorsService<S>;

    fn layer(&self, inner: S) -> CorsService<S> {
        CorsService::with_policy(inner, self.clone())
    }
}
