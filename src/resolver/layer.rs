//! [`ResolverLayer`]: finds the policy, then answers with it.

use std::fmt;
use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use http::header::{CACHE_CONTROL, HOST};
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

#[cfg(feature = "resolver-cache")]
use super::cache::PolicyCache;
use super::lookup::{Answer, Boxed, Lookup, Outcome};
use super::target::Target;
use crate::compile;
use crate::decision;
use crate::head::Head;
use crate::policy::CorsPolicy;
use crate::service::{self, ResponseFuture};
use crate::settings::Settings;
use crate::values::OriginsRule;
use crate::vary::VaryNames;
use crate::verdict::{self, Verdict};

/// Answers each request with the policy that is looked up for it. See the [module](super) for what is answered when.
///
/// It is a layer of its own: services whose policy is known need none of this.
#[must_use]
pub struct ResolverLayer<K> {
    resolver: Arc<Resolver<K>>,
}

struct Resolver<K> {
    key: Arc<Key<K>>,
    source: Source<K>,
    fallbacks: Arc<Fallbacks>,
}

type Key<K> = dyn Fn(&Target<'_>) -> Option<K> + Send + Sync;

enum Source<K> {
    Lookup(Lookup<K>),
    /// With its function, so that only `cached` asks of a key what a cache needs.
    #[cfg(feature = "resolver-cache")]
    Cache(PolicyCache<K>, fn(&PolicyCache<K>, K) -> Answer),
}

/// What is answered with where there is no policy.
#[derive(Clone)]
struct Fallbacks {
    /// Allows nobody: nobody has that key.
    unknown: CorsPolicy,
    /// Allows nobody; what it answers itself is a 503.
    failed: CorsPolicy,
    /// `host`
    read: VaryNames,
}

impl<K: Send + 'static> ResolverLayer<K> {
    /// Looks every request up by the key that `key` makes of its target.
    ///
    /// ```
    /// use http::{Request, Response};
    /// use tower::{Layer, ServiceExt, service_fn};
    /// use tower_cors::resolver::{Lookup, ResolverLayer};
    /// use tower_cors::{CorsLayer, CorsPolicy, PolicyError};
    ///
    /// async fn policy_of(tenant: String) -> Result<Option<CorsPolicy>, PolicyError> {
    ///     match tenant.as_str() {
    ///         "acme" => CorsLayer::new().allow_origins(["https://acme.example"]).build().map(Some),
    ///         _ => Ok(None),
    ///     }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// // The tenant of `/t/acme/…`
    /// let layer = ResolverLayer::new(|target| target.path_segment(1).map(str::to_owned), Lookup::new(policy_of));
    /// let service = layer.layer(service_fn(async |_: Request<()>| Ok::<_, PolicyError>(Response::new(""))));
    /// let allowed = async |path: &str| {
    ///     let request = Request::get(path).header("origin", "https://acme.example").body(()).unwrap();
    ///     service.clone().oneshot(request).await.unwrap().headers().contains_key("access-control-allow-origin")
    /// };
    /// assert!(allowed("/t/acme/items").await);
    /// assert!(!allowed("/t/globex/items").await);
    /// // Some programs read that as `acme`, others do not: no key is made of it.
    /// assert!(!allowed("/t/%61cme/items").await);
    /// # }
    /// ```
    pub fn new(key: impl Fn(&Target<'_>) -> Option<K> + Send + Sync + 'static, lookup: Lookup<K>) -> Self {
        Self::from_source(Arc::new(key), Source::Lookup(lookup))
    }

    fn from_source(key: Arc<Key<K>>, source: Source<K>) -> Self {
        let fallbacks = Fallbacks {
            unknown: nobody(false),
            // As if it rejected: the policy that could not be found may do so.
            failed: nobody(true),
            read: VaryNames::new([HOST]),
        };
        Self { resolver: Arc::new(Resolver { key, source, fallbacks: Arc::new(fallbacks) }) }
    }

    /// Whether requests of foreign origins are forwarded, without any `Access-Control-*` header, when a look-up fails.
    /// The default is no: they are answered with 503, as preflights are in any case.
    ///
    /// Right where no policy uses [`reject_disallowed_origins`](crate::CorsLayer::reject_disallowed_origins) and the service
    /// checks the origin of WebSocket handshakes itself: then pages cannot read the answers, which is all that CORS
    /// promises, and the requests of programs that send `Origin` without need get through.
    ///
    /// ```
    /// use http::{Request, Response};
    /// use tower::{Layer, ServiceExt, service_fn};
    /// use tower_cors::resolver::{HostKey, Lookup, ResolverLayer};
    /// # use tower_cors::{CorsPolicy, PolicyError};
    /// # async fn policy_of(_: HostKey) -> Result<Option<CorsPolicy>, PolicyError> { Ok(None) }
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// let status = async |forward| {
    ///     // With no place for a look-up each of them fails.
    ///     let layer = ResolverLayer::new(|target| target.host(), Lookup::new(policy_of).max_in_flight(0));
    ///     let service = layer
    ///         .forward_on_failure(forward)
    ///         .layer(service_fn(async |_: Request<()>| Ok::<_, PolicyError>(Response::new(""))));
    ///     let request = Request::get("https://acme.example.com/").header("origin", "https://acme.example");
    ///     service.oneshot(request.body(()).unwrap()).await.unwrap().status()
    /// };
    /// assert_eq!(status(false).await, 503);
    /// assert_eq!(status(true).await, 200);
    /// # }
    /// ```
    pub fn forward_on_failure(mut self, forward: bool) -> Self {
        self.fallbacks().failed = nobody(!forward);
        self
    }

    /// Whether requests for which there is no key or no such tenant are held to the rule of
    /// [`CorsLayer::reject_disallowed_origins`](crate::CorsLayer::reject_disallowed_origins): 403 if they come from a
    /// foreign origin. The default is no: they are forwarded without any `Access-Control-*` header.
    ///
    /// Say yes if any of the policies rejects. Otherwise a page could write the name of a tenant in a way that the key
    /// does not recognise and the service does (`/t/%61cme` for `/t/acme`), and no policy would stop it.
    pub fn reject_disallowed_origins(mut self, reject: bool) -> Self {
        self.fallbacks().unknown = nobody(reject);
        self
    }

    fn fallbacks(&mut self) -> &mut Fallbacks {
        Arc::make_mut(&mut Arc::make_mut(&mut self.resolver).fallbacks)
    }
}

#[cfg(feature = "resolver-cache")]
impl<K> ResolverLayer<K>
where
    K: Clone + Eq + std::hash::Hash + Send + Sync + 'static,
{
    /// As [`new`](Self::new), with the look-ups of this cache. To find a policy that is cached costs no allocation
    /// beside the one of a key that has one, as [`HostKey`](super::HostKey) does; now and then the cache tidies up.
    pub fn cached(key: impl Fn(&Target<'_>) -> Option<K> + Send + Sync + 'static, cache: PolicyCache<K>) -> Self {
        Self::from_source(Arc::new(key), Source::Cache(cache, PolicyCache::answer))
    }
}

/// The policy that allows nobody.
fn nobody(reject: bool) -> CorsPolicy {
    let settings = Settings { reject_disallowed_origins: reject, ..Settings::new() };
    match compile::compile(OriginsRule::default(), settings) {
        Ok(compiled) => CorsPolicy::new(compiled),
        #[allow(clippy::panic, reason = "an empty list of origins can always be compiled")]
        Err(error) => panic!("{error}"),
    }
}

impl<K: Send + 'static> Source<K> {
    fn answer(&self, key: K) -> Answer {
        match self {
            Self::Lookup(lookup) => lookup.answer(key),
            #[cfg(feature = "resolver-cache")]
            Self::Cache(cache, answer) => answer(cache, key),
        }
    }
}

impl<K> Clone for Source<K> {
    fn clone(&self) -> Self {
        match self {
            Self::Lookup(lookup) => Self::Lookup(lookup.clone()),
            #[cfg(feature = "resolver-cache")]
            Self::Cache(cache, answer) => Self::Cache(cache.clone(), *answer),
        }
    }
}

impl<K> Clone for Resolver<K> {
    fn clone(&self) -> Self {
        Self { key: self.key.clone(), source: self.source.clone(), fallbacks: self.fallbacks.clone() }
    }
}

impl<K> Clone for ResolverLayer<K> {
    fn clone(&self) -> Self {
        Self { resolver: self.resolver.clone() }
    }
}

impl<K> fmt::Debug for ResolverLayer<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResolverLayer").finish_non_exhaustive()
    }
}

impl<S, K> Layer<S> for ResolverLayer<K> {
    type Service = ResolverService<S, K>;

    fn layer(&self, inner: S) -> ResolverService<S, K> {
        ResolverService { inner, resolver: self.resolver.clone() }
    }
}

/// A service that answers each request with the policy that is looked up for it.
///
/// Made by [`ResolverLayer`]. The inner service is cloned for each request that has to wait for its policy, and the one
/// that was ready is the one that is called: what it has reserved by being ready (of a concurrency limit, for example)
/// stays reserved while the look-up runs. Put such limits outside.
#[must_use]
pub struct ResolverService<S, K> {
    inner: S,
    resolver: Arc<Resolver<K>>,
}

impl<S, K> ResolverService<S, K> {
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

impl<S: Clone, K> Clone for ResolverService<S, K> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), resolver: self.resolver.clone() }
    }
}

impl<S: fmt::Debug, K> fmt::Debug for ResolverService<S, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResolverService").field("inner", &self.inner).finish_non_exhaustive()
    }
}

impl<S, K, ReqBody, ResBody> Service<Request<ReqBody>> for ResolverService<S, K>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>> + Clone,
    K: Send + 'static,
    ResBody: Default,
{
    type Response = Response<ResBody>;
    type Error = S::Error;
    type Future = ResolverFuture<S, ReqBody>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<ReqBody>) -> Self::Future {
        let Resolver { key, source, fallbacks } = &*self.resolver;
        let target = Target::new(Head::from(&request));
        let answer = key(&target).map_or(Answer::Now(Ok(None)), |key| source.answer(key));
        let host_was_read = target.host_was_read();
        let state = match answer {
            Answer::Now(found) => fallbacks.follow(found, &mut self.inner, request),
            Answer::Later(look_up) => {
                let next = self.inner.clone();
                let ready = mem::replace(&mut self.inner, next);
                State::LookUp { look_up, pending: Some((ready, request)) }
            }
        };
        ResolverFuture { state, fallbacks: fallbacks.clone(), host_was_read }
    }
}

impl Fallbacks {
    /// Decides, and calls the service if it is to be called.
    fn follow<S, ReqBody, ResBody>(&self, found: Outcome, inner: &mut S, request: Request<ReqBody>) -> State<S, ReqBody>
    where
        S: Service<Request<ReqBody>, Response = Response<ResBody>>,
    {
        let (policy, is_fallback) = match found {
            Ok(Some(policy)) => (policy, false),
            Ok(None) => (self.unknown.clone(), true),
            // The failure has been told of; that nobody is allowed is not the reason, so of that nobody is told.
            Err(_) => match verdict::of(self.failed.compiled(), &Head::from(&request)) {
                Verdict::Forward { .. } => (self.failed.clone(), true),
                refusal => {
                    let (_, headers) =
                        decision::Answer::new(refusal).into_head(self.failed.compiled(), HeaderMap::new());
                    return State::Unavailable { headers };
                }
            },
        };
        State::Answer { answer: service::answer(&policy, inner, request), is_fallback }
    }
}

pin_project! {
    /// The response future of [`ResolverService`].
    #[must_use = "a future does nothing unless it is polled"]
    pub struct ResolverFuture<S, B>
    where
        S: Service<Request<B>>,
    {
        #[pin]
        state: State<S, B>,
        fallbacks: Arc<Fallbacks>,
        host_was_read: bool,
    }
}

pin_project! {
    #[project = StateProjection]
    enum State<S, B>
    where
        S: Service<Request<B>>,
    {
        LookUp {
            look_up: Boxed<Outcome>,
            // Taken when the look-up is done.
            pending: Option<(S, Request<B>)>,
        },
        Answer {
            #[pin]
            answer: ResponseFuture<S::Future>,
            is_fallback: bool,
        },
        Unavailable {
            headers: HeaderMap,
        },
    }
}

impl<S, ReqBody, ResBody> Future for ResolverFuture<S, ReqBody>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>>,
    ResBody: Default,
{
    type Output = Result<Response<ResBody>, S::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let (mut response, is_own) = loop {
            match this.state.as_mut().project() {
                StateProjection::LookUp { look_up, pending } => {
                    let found = ready!(look_up.as_mut().poll(cx));
                    // Always there: the state is another one as soon as it is taken.
                    let Some((mut inner, request)) = pending.take() else { return Poll::Pending };
                    let next = this.fallbacks.follow(found, &mut inner, request);
                    this.state.set(next);
                }
                StateProjection::Answer { answer, is_fallback } => {
                    let is_own = *is_fallback && answer.refuses();
                    break (ready!(answer.poll(cx))?, is_own);
                }
                StateProjection::Unavailable { headers } => {
                    let mut response = Response::new(ResBody::default());
                    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
                    *response.headers_mut() = mem::take(headers);
                    break (response, true);
                }
            }
        };
        if is_own {
            // The next look-up may find a policy that allows it.
            let _full = response.headers_mut().try_insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        }
        if *this.host_was_read {
            this.fallbacks.read.add(response.headers_mut());
        }
        Poll::Ready(Ok(response))
    }
}

impl<S, B> fmt::Debug for ResolverFuture<S, B>
where
    S: Service<Request<B>>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResolverFuture").finish_non_exhaustive()
    }
}
