//! [`ReloadHandle`]: a policy that can be replaced while services answer with it.

use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};

use arc_swap::ArcSwap;
use http::{Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use crate::policy::{CorsPolicy, OriginGuard};
use crate::problem::PolicyError;
use crate::service::{self, ResponseFuture};

/// A policy that can be replaced while services answer with it, and the [`Layer`] that answers with whichever is in
/// force. Clones share it.
///
/// Each request is decided and answered by one policy, the one that is in force when it arrives. Requests never wait for
/// a replacement, nor a replacement for them.
///
/// ```
/// use http::{Request, Response};
/// use tower::{Layer, ServiceExt, service_fn};
/// use tower_cors::{CorsLayer, ReloadHandle};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let handle = ReloadHandle::new(CorsLayer::new().allow_origins(["https://a.example"]).build()?);
/// let service = handle.layer(service_fn(async |_: Request<()>| Ok::<_, std::convert::Infallible>(Response::new(""))));
/// let allowed = async |origin| {
///     let request = Request::get("/").header("origin", origin).body(()).unwrap();
///     service.clone().oneshot(request).await.unwrap().headers().contains_key("access-control-allow-origin")
/// };
/// assert!(allowed("https://a.example").await);
///
/// handle.replace(CorsLayer::new().allow_origins(["https://b.example"]))?;
/// assert!(!allowed("https://a.example").await);
/// assert!(allowed("https://b.example").await);
///
/// // What is wrong comes back, and the old policy stays.
/// assert!(handle.replace(CorsLayer::new().allow_origins(["https://c.example/"])).is_err());
/// assert!(allowed("https://b.example").await);
/// # Ok(()) }
/// ```
///
/// Browsers keep what an old policy granted to a preflight for as long as its max age says:
/// [`PolicyDiff`](crate::PolicyDiff) says what a change opens and closes, and how long such grants last. The closure of
/// [`on_refusal`](crate::CorsLayer::on_refusal) belongs to the policy and is replaced with it.
#[derive(Clone)]
#[must_use]
pub struct ReloadHandle {
    current: Arc<ArcSwap<Current>>,
}

/// What is replaced as one.
struct Current {
    policy: CorsPolicy,
    /// Made once, for a long list takes long to check.
    guard: Result<OriginGuard, PolicyError>,
}

impl Current {
    fn new(policy: CorsPolicy) -> Self {
        Self { guard: policy.guard(), policy }
    }
}

impl ReloadHandle {
    /// A handle with this policy in force.
    pub fn new(policy: CorsPolicy) -> Self {
        Self { current: Arc::new(ArcSwap::from_pointee(Current::new(policy))) }
    }

    /// Puts another policy in force, for all clones of this handle and all services that they made, and returns the one
    /// that was.
    ///
    /// Takes a [`CorsPolicy`], or the rules for one: a [`CorsLayer`](crate::CorsLayer) or, with the feature `serde`, a
    /// `CorsConfig`.
    ///
    /// # Errors
    /// If the rules are invalid: every problem. The policy that is in force stays so.
    ///
    /// ```
    /// # use tower_cors::{CorsLayer, PolicyDiff, ReloadHandle};
    /// # let handle = ReloadHandle::new(CorsLayer::new().allow_origins(["https://a.example"]).build()?);
    /// let new = CorsLayer::new().allow_origins(["https://a.example", "https://b.example"]).build()?;
    /// println!("{}", PolicyDiff::between(&handle.policy(), &new));
    /// handle.replace(new)?;
    /// assert!(handle.policy().allows_origin("https://b.example"));
    /// # Ok::<(), tower_cors::PolicyError>(())
    /// ```
    pub fn replace<P>(&self, policy: P) -> Result<CorsPolicy, PolicyError>
    where
        P: TryInto<CorsPolicy>,
        PolicyError: From<P::Error>,
    {
        let new = Arc::new(Current::new(policy.try_into()?));
        Ok(self.current.swap(new).policy.clone())
    }

    /// The policy that is in force now. It does not change when another one is put in force.
    #[must_use]
    pub fn policy(&self) -> CorsPolicy {
        self.current.load().policy.clone()
    }

    /// The guard of the policy that is in force now, as by [`CorsPolicy::guard`]. Take it anew for each request: it was
    /// made when the policy was put in force, so this is cheap.
    ///
    /// # Errors
    /// As [`CorsPolicy::guard`]. A handler that gets no guard must refuse. To keep such a policy from being put in force,
    /// ask it for its guard before you [`replace`](Self::replace) the old one with it.
    ///
    /// ```
    /// # use tower_cors::{CorsLayer, ReloadHandle};
    /// let handle = ReloadHandle::new(CorsLayer::new().allow_origins(["https://a.example"]).build()?);
    /// let admits = |handshake: &http::request::Parts| handle.guard().is_ok_and(|guard| guard.admits(handshake));
    ///
    /// let (handshake, ()) = http::Request::get("/ws").header("origin", "https://a.example").body(())?.into_parts();
    /// assert!(admits(&handshake));
    /// handle.replace(CorsLayer::new().allow_origins(["https://b.example"]))?;
    /// assert!(!admits(&handshake));
    /// handle.replace(CorsLayer::permissive())?;
    /// assert!(!admits(&handshake));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn guard(&self) -> Result<OriginGuard, PolicyError> {
        self.current.load().guard.clone()
    }
}

impl fmt::Debug for ReloadHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReloadHandle").field("policy", &self.current.load().policy).finish()
    }
}

impl<S> Layer<S> for ReloadHandle {
    type Service = ReloadService<S>;

    fn layer(&self, inner: S) -> ReloadService<S> {
        ReloadService { inner, handle: self.clone() }
    }
}

/// A service that answers with the policy that is in force.
///
/// Made by [`ReloadHandle`]; in everything else it is a [`CorsService`](crate::CorsService).
#[derive(Clone, Debug)]
#[must_use]
pub struct ReloadService<S> {
    inner: S,
    handle: ReloadHandle,
}

impl<S> ReloadService<S> {
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

impl<S, ReqBody, ResBody> Service<Request<ReqBody>> for ReloadService<S>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>>,
    ResBody: Default,
{
    type Response = Response<ResBody>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    /// As [`CorsService`](crate::CorsService): a preflight waits for the inner service too.
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<ReqBody>) -> Self::Future {
        // Loaded once: what is decided takes its policy along to the response.
        let current = self.handle.current.load();
        service::answer(&current.policy, &mut self.inner, request)
    }
}
