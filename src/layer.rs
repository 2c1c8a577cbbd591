//! [`CorsLayer`]: collects the rules and compiles them once.

use std::fmt;
use std::panic::Location;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use http::header::{CONTENT_TYPE, HeaderName};
use http::{Method, StatusCode};

use crate::compile;
use crate::policy::CorsPolicy;
use crate::problem::{PolicyError, Setting};
use crate::refusal::{Observer, Refusal};
use crate::removed::{Removed, RemovedPrivateNetwork, RemovedVeryPermissive};
use crate::settings::Settings;
use crate::trace;
use crate::values::{
    AllowCredentials, AllowHeaders, AllowMethods, AllowOrigin, ExposeHeaders, ExposedRule, HeadersRule, MaxAge,
    MethodsRule, OriginEntry, OriginsRule, Vary,
};
use crate::warning;

/// The rules of a CORS policy, and the [`Layer`](tower_layer::Layer) that answers with them.
///
/// Nothing is allowed until a setter allows it. The last call of a setter is in force. As a layer it compiles its rules once,
/// for all its clones.
///
/// ```
/// use std::time::Duration;
/// use http::{Method, header::{AUTHORIZATION, CONTENT_TYPE, ETAG}};
/// use tower_cors::CorsLayer;
///
/// let layer = CorsLayer::new()
///     .allow_origins(["https://app.example.com", "https://*.preview.example.com"])
///     .allow_methods([Method::PUT, Method::DELETE])
///     .allow_headers([AUTHORIZATION, CONTENT_TYPE])
///     .expose_headers([ETAG])
///     .allow_credentials(true)
///     .max_age(Duration::from_secs(600));
/// assert!(layer.build()?.allows_origin("https://pr-7.preview.example.com"));
/// # Ok::<(), tower_cors::PolicyError>(())
/// ```
#[derive(Clone)]
#[must_use]
pub struct CorsLayer {
    rules: Arc<Rules>,
}

struct Rules {
    /// Empty when they are compiled: a router keeps the layer beside the services that it made, and a thousand origins
    /// would be kept twice.
    uncompiled: Mutex<OriginsRule>,
    settings: Settings,
    /// List setters that were called.
    called: Vec<Setting>,
    /// Lists that hold what `grpc_web()` added.
    grpc_web: Vec<Setting>,
    /// Where the rules begin in the user's code.
    created: &'static Location<'static>,
    /// Filled by the first use as a layer; a changed clone starts with an empty one.
    compiled: OnceLock<Result<CorsPolicy, PolicyError>>,
}

impl Rules {
    fn origins(&self) -> OriginsRule {
        // Locked before it is looked whether they are compiled: they are emptied afterwards, under the same lock.
        let uncompiled = self.lock();
        match self.compiled.get() {
            Some(Ok(policy)) => policy.compiled().origins.rule(),
            Some(Err(_)) | None => uncompiled.clone(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, OriginsRule> {
        self.uncompiled.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The policy of these rules, compiled by the first call.
    fn compiled(&self) -> &Result<CorsPolicy, PolicyError> {
        if let Some(compiled) = self.compiled.get() {
            return compiled;
        }
        let compiled = self.compiled.get_or_init(|| {
            let origins = self.lock().clone();
            compile(origins, self.settings.clone())
        });
        if compiled.is_ok() {
            *self.lock() = OriginsRule::default();
        }
        compiled
    }
}

impl Clone for Rules {
    fn clone(&self) -> Self {
        Self {
            uncompiled: Mutex::new(self.origins()),
            settings: self.settings.clone(),
            called: self.called.clone(),
            grpc_web: self.grpc_web.clone(),
            created: self.created,
            compiled: OnceLock::new(),
        }
    }
}

impl CorsLayer {
    /// Rules that allow nothing yet: browsers keep every answer from scripts of other origins.
    ///
    /// ```
    /// let policy = tower_cors::CorsLayer::new().build()?;
    /// assert!(!policy.allows_origin("https://any.example"));
    /// # Ok::<(), tower_cors::PolicyError>(())
    /// ```
    #[track_caller]
    pub fn new() -> Self {
        Self {
            rules: Arc::new(Rules {
                uncompiled: Mutex::default(),
                settings: Settings::new(),
                called: Vec::new(),
                grpc_web: Vec::new(),
                created: Location::caller(),
                compiled: OnceLock::new(),
            }),
        }
    }

    /// Rules for a public API: any origin, method, request header and exposed header; never credentials.
    ///
    /// Every website can read what the service answers to somebody without cookies. That is right for what anybody may
    /// read, and wrong for a service that is protected by nothing but its network.
    ///
    /// ```
    /// let policy = tower_cors::CorsLayer::permissive().build()?;
    /// assert!(policy.allows_origin("https://any.example"));
    /// # Ok::<(), tower_cors::PolicyError>(())
    /// ```
    #[track_caller]
    pub fn permissive() -> Self {
        let mut layer = Self::new();
        let rules = layer.change();
        rules.uncompiled = Mutex::new(OriginsRule::Any);
        rules.settings.methods = MethodsRule::Any;
        rules.settings.headers = HeadersRule::Any;
        rules.settings.exposed = ExposedRule::Any;
        layer
    }

    /// Which origins may read the answers. The default is none. Several texts are passed to
    /// [`allow_origins`](Self::allow_origins).
    ///
    /// A browser lets a page read an answer if `Access-Control-Allow-Origin` names the page's origin, or is `*`:
    /// <https://fetch.spec.whatwg.org/#cors-check>
    ///
    /// ```
    /// use tower_cors::{Any, CorsLayer};
    ///
    /// let policy = CorsLayer::new().allow_origin(Any).build()?;
    /// assert!(policy.allows_origin("https://any.example"));
    /// # Ok::<(), tower_cors::PolicyError>(())
    /// ```
    pub fn allow_origin<T>(mut self, origin: T) -> Self
    where
        T: Into<AllowOrigin>,
    {
        self.change_list(Setting::AllowOrigins).uncompiled = Mutex::new(origin.into().0);
        self
    }

    /// Which origins may read the answers, as texts, [`Origin`](crate::Origin)s or
    /// [`OriginPattern`](crate::OriginPattern)s. The default is none; an empty list allows none.
    ///
    /// `["*"]` alone means any origin.
    ///
    /// ```
    /// use tower_cors::CorsLayer;
    ///
    /// let policy = CorsLayer::new().allow_origins(["https://app.example.com", "http://localhost:*"]).build()?;
    /// assert!(policy.allows_origin("http://localhost:5173"));
    /// assert!(!policy.allows_origin("https://localhost:5173"));
    /// # Ok::<(), tower_cors::PolicyError>(())
    /// ```
    pub fn allow_origins<I>(mut self, origins: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<OriginEntry>,
    {
        let entries = origins.into_iter().map(Into::into).collect();
        self.change_list(Setting::AllowOrigins).uncompiled = Mutex::new(OriginsRule::List(entries));
        self
    }

    /// Which methods a preflight permits, beside `GET`, `HEAD` and `POST`, which browsers send without asking. The
    /// default is none.
    ///
    /// Sent as `Access-Control-Allow-Methods`: <https://fetch.spec.whatwg.org/#http-access-control-allow-methods>
    ///
    /// ```
    /// use http::Method;
    /// use tower_cors::CorsLayer;
    ///
    /// let policy = CorsLayer::new().allow_origins(["https://a.example"]).allow_methods([Method::PUT]).build()?;
    /// assert!(policy.to_string().contains(r#"methods = ["PUT"]"#));
    /// # Ok::<(), tower_cors::PolicyError>(())
    /// ```
    pub fn allow_methods<T>(mut self, methods: T) -> Self
    where
        T: Into<AllowMethods>,
    {
        self.change_list(Setting::AllowMethods).settings.methods = methods.into().0;
        self
    }

    /// Which request headers a preflight permits. The default is none; `content-type` is needed for JSON.
    ///
    /// Sent as `Access-Control-Allow-Headers`: <https://fetch.spec.whatwg.org/#http-access-control-allow-headers>
    ///
    /// ```
    /// use http::header::{CONTENT_TYPE, HeaderName};
    /// use tower_cors::CorsLayer;
    ///
    /// let policy = CorsLayer::new()
    ///     .allow_origins(["https://a.example"])
    ///     .allow_headers([CONTENT_TYPE, HeaderName::from_static("x-api-key")])
    ///     .build()?;
    /// assert!(policy.to_string().contains(r#"headers = ["content-type", "x-api-key"]"#));
    /// # Ok::<(), tower_cors::PolicyError>(())
    /// ```
    pub fn allow_headers<T>(mut self, headers: T) -> Self
    where
        T: Into<AllowHeaders>,
    {
        self.change_list(Setting::AllowHeaders).settings.headers = headers.into().0;
        self
    }

    /// Which response headers a script may read, beside the seven that it may always read. The default is none; then
    /// those that the service itself names in `Access-Control-Expose-Headers` stay readable.
    ///
    /// <https://fetch.spec.whatwg.org/#http-access-control-expose-headers>
    ///
    /// ```
    /// use http::header::ETAG;
    /// use tower_cors::CorsLayer;
    ///
    /// let policy = CorsLayer::new().allow_origins(["https://a.example"]).expose_headers([ETAG]).build()?;
    /// assert!(policy.to_string().contains(r#"expose_headers = ["etag"]"#));
    /// # Ok::<(), tower_cors::PolicyError>(())
    /// ```
    pub fn expose_headers<T>(mut self, headers: T) -> Self
    where
        T: Into<ExposeHeaders>,
    {
        self.change_list(Setting::ExposeHeaders).settings.exposed = headers.into().0;
        self
    }

    /// Whether a page may send cookies along and still read the answer. The default is no.
    ///
    /// With credentials the scripts of every allowed origin act as your users, so the origins must be ones that you
    /// trust: any origin is a problem, and so are `http` origins of other machines, and wildcards over names that
    /// strangers can register.
    ///
    /// Sent as `Access-Control-Allow-Credentials`: <https://fetch.spec.whatwg.org/#http-access-control-allow-credentials>
    ///
    /// ```
    /// use tower_cors::CorsLayer;
    ///
    /// let layer = CorsLayer::new().allow_credentials(true);
    /// assert!(layer.clone().allow_origins(["https://app.example.com"]).build().is_ok());
    /// assert!(layer.clone().allow_origins(["https://*.github.io"]).build().is_err());
    /// assert!(layer.allow_origins(["*"]).build().is_err());
    /// ```
    pub fn allow_credentials<T>(mut self, credentials: T) -> Self
    where
        T: Into<AllowCredentials>,
    {
        self.change().settings.credentials = credentials.into().0;
        self
    }

    /// How long browsers may reuse the answer to a preflight, in whole seconds. Unset they reuse it for 5 s; zero
    /// turns the reuse off.
    ///
    /// Chromium reuses it for at most 7200 s, Firefox for 86 400 s, WebKit for 600 s. What is longer is sent as 86 400 s,
    /// with a warning. <https://fetch.spec.whatwg.org/#http-access-control-max-age>
    ///
    /// ```
    /// use std::time::Duration;
    /// use tower_cors::CorsLayer;
    ///
    /// assert!(CorsLayer::new().max_age(Duration::from_secs(600)).build().is_ok());
    /// assert!(CorsLayer::new().max_age(Duration::from_millis(1500)).build().is_err());
    /// ```
    pub fn max_age<T>(mut self, max_age: T) -> Self
    where
        T: Into<MaxAge>,
    {
        self.change().settings.max_age = max_age.into().0;
        self
    }

    /// Request headers that a predicate of yours reads, so that caches keep its answers apart. The default is none;
    /// what the policy reads itself is always named in `Vary`.
    ///
    /// ```
    /// use http::HeaderName;
    /// use tower_cors::{AllowOrigin, CorsLayer, Decision};
    ///
    /// let policy = CorsLayer::new()
    ///     .allow_origin(AllowOrigin::predicate(|_, parts| parts.headers.contains_key("x-tenant")))
    ///     .vary([HeaderName::from_static("x-tenant")])
    ///     .build()?;
    /// let (parts, ()) = http::Request::get("/").body(())?.into_parts();
    /// let mut response = http::Response::new(());
    /// if let Decision::Forward(cors) = policy.decide(&parts) {
    ///     cors.decorate(&mut response);
    /// }
    /// assert_eq!(response.headers()["vary"], "origin, x-tenant");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn vary<T>(mut self, names: T) -> Self
    where
        T: Into<Vary>,
    {
        self.change_list(Setting::Vary).settings.vary = names.into().0;
        self
    }

    /// The status of the answer to a permitted preflight: 204, the default, or 200 for very old clients.
    ///
    /// ```
    /// use http::StatusCode;
    /// use tower_cors::CorsLayer;
    ///
    /// assert!(CorsLayer::new().preflight_status(StatusCode::OK).build().is_ok());
    /// assert!(CorsLayer::new().preflight_status(StatusCode::ACCEPTED).build().is_err());
    /// ```
    pub fn preflight_status(mut self, status: StatusCode) -> Self {
        self.change().settings.preflight_status = status;
        self
    }

    /// Whether requests of origins that are not allowed are answered with 403 instead of reaching the service. The
    /// default is no: CORS keeps answers from scripts, it does not keep requests from services.
    ///
    /// WebSocket handshakes and simple `POST`s reach a service from every website, with cookies. With this on they are
    /// refused, unless they come from the service's own origin or from no web page at all; see
    /// [`OriginGuard::admits`](crate::OriginGuard::admits) for the rule. The origins must be ones that you trust, as
    /// with [`allow_credentials`](Self::allow_credentials).
    ///
    /// ```
    /// use tower_cors::{CorsLayer, Decision};
    ///
    /// let policy = CorsLayer::new().allow_origins(["https://app.example.com"]).reject_disallowed_origins(true).build()?;
    /// let (parts, ()) = http::Request::post("/").header("origin", "https://evil.example").body(())?.into_parts();
    /// let Decision::Respond(refusal) = policy.decide(&parts) else { unreachable!() };
    /// assert_eq!(refusal.into_response::<()>().status(), 403);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn reject_disallowed_origins(mut self, reject: bool) -> Self {
        self.change().settings.reject_disallowed_origins = reject;
        self
    }

    /// Adds what gRPC-Web clients need to what stands: the method `POST`, their request headers, and the response
    /// headers that carry the status of a call. What is "any" already stays so.
    ///
    /// Call it after the lists, which it adds to. Where `grpc-status` is not exposed, a stream that failed ends in clients
    /// as if it had succeeded, without any error.
    ///
    /// ```
    /// let policy = tower_cors::CorsLayer::new().allow_origins(["https://app.example.com"]).grpc_web().build()?;
    /// assert!(policy.to_string().contains("grpc-status"));
    /// # Ok::<(), tower_cors::PolicyError>(())
    /// ```
    pub fn grpc_web(mut self) -> Self {
        const REQUEST: [HeaderName; 4] = [
            CONTENT_TYPE,
            HeaderName::from_static("x-grpc-web"),
            HeaderName::from_static("x-user-agent"),
            HeaderName::from_static("grpc-timeout"),
        ];
        const EXPOSED: [HeaderName; 3] = [
            HeaderName::from_static("grpc-status"),
            HeaderName::from_static("grpc-message"),
            HeaderName::from_static("grpc-status-details-bin"),
        ];
        let rules = self.change();
        if let MethodsRule::List(methods) = &mut rules.settings.methods {
            methods.push(Method::POST);
        }
        if let HeadersRule::List(names) = &mut rules.settings.headers {
            names.extend(REQUEST);
        }
        if let ExposedRule::List(names) = &mut rules.settings.exposed {
            names.extend(EXPOSED);
        }
        rules.grpc_web = vec![Setting::AllowMethods, Setting::AllowHeaders, Setting::ExposeHeaders];
        rules.settings.grpc_web_replaced.clear();
        self
    }

    /// Permits the entry `"null"`, which must still be listed.
    ///
    /// Every website can send `Origin: null`, from a sandboxed frame for example: what the policy gives to `null` it
    /// gives to everybody.
    ///
    /// ```
    /// use tower_cors::CorsLayer;
    ///
    /// let layer = CorsLayer::new().allow_origins(["null"]);
    /// assert!(layer.clone().build().is_err());
    /// assert!(layer.dangerously_allow_null_origin().build()?.allows_origin("null"));
    /// # Ok::<(), tower_cors::PolicyError>(())
    /// ```
    pub fn dangerously_allow_null_origin(mut self) -> Self {
        self.change().settings.allow_null_origin = true;
        self
    }

    /// Lets a policy with credentials or enforcement trust `http` origins that are not on this machine.
    ///
    /// Whoever is on the network path of a user can put a script into a page that is not encrypted.
    ///
    /// ```
    /// use tower_cors::CorsLayer;
    ///
    /// let layer = CorsLayer::new().allow_origins(["http://intranet.example"]).allow_credentials(true);
    /// assert!(layer.clone().build().is_err());
    /// assert!(layer.dangerously_allow_insecure_origins().build().is_ok());
    /// ```
    pub fn dangerously_allow_insecure_origins(mut self) -> Self {
        self.change().settings.allow_insecure_origins = true;
        self
    }

    /// Lets a policy with credentials or enforcement trust a wildcard below this base, under which strangers can
    /// register names. May be called for several bases.
    ///
    /// ```
    /// use tower_cors::CorsLayer;
    ///
    /// let layer = CorsLayer::new().allow_origins(["https://*.netlify.app"]).allow_credentials(true);
    /// assert!(layer.clone().build().is_err());
    /// assert!(layer.dangerously_allow_public_suffix("netlify.app").build().is_ok());
    /// ```
    pub fn dangerously_allow_public_suffix(mut self, base: impl Into<String>) -> Self {
        self.change().settings.allow_public_suffixes.push(base.into());
        self
    }

    /// Calls the closure for every request that gets no permission, with the reason: for metrics.
    ///
    /// It is called for preflights that are denied, for requests that
    /// [`reject_disallowed_origins`](Self::reject_disallowed_origins) refuses, and for requests of another origin whose
    /// response goes out without permission; not for requests of the service's own pages. It is called while the request
    /// waits, so it should be quick; allowed requests never meet it. The last call is in force; two policies that differ
    /// in nothing else are equal.
    ///
    /// The 403 that this layer answers carries the [`RefusalReason`](crate::RefusalReason) as an extension then.
    ///
    /// ```
    /// use std::sync::{Arc, atomic::{AtomicUsize, Ordering}};
    /// use tower_cors::{CorsLayer, RefusalReason};
    ///
    /// let count = Arc::new(AtomicUsize::new(0));
    /// let counter = count.clone();
    /// let policy = CorsLayer::new()
    ///     .allow_origins(["https://app.example.com"])
    ///     .on_refusal(move |refusal| {
    ///         assert_eq!(refusal.reason(), RefusalReason::OriginNotListed);
    ///         counter.fetch_add(1, Ordering::Relaxed);
    ///     })
    ///     .build()?;
    /// let from = |origin| http::Request::get("/").header("origin", origin).body(()).unwrap().into_parts().0;
    /// let _ = policy.decide(&from("https://app.example.com"));
    /// let _ = policy.decide(&from("https://evil.example"));
    /// assert_eq!(count.load(Ordering::Relaxed), 1);
    /// # Ok::<(), tower_cors::PolicyError>(())
    /// ```
    pub fn on_refusal<F>(mut self, observer: F) -> Self
    where
        F: Fn(&Refusal<'_>) + Send + Sync + 'static,
    {
        self.change().settings.on_refusal = Some(Observer::new(observer));
        self
    }

    /// Checks the rules and compiles them.
    ///
    /// # Errors
    /// If anything in the rules is wrong; every problem is reported at once.
    ///
    /// ```
    /// use tower_cors::CorsLayer;
    ///
    /// let error = CorsLayer::new().allow_origins(["app.example.com"]).build().unwrap_err();
    /// assert!(error.to_string().contains(r#"write "https://app.example.com""#));
    /// ```
    pub fn build(self) -> Result<CorsPolicy, PolicyError> {
        if let Some(compiled) = self.rules.compiled.get() {
            return compiled.clone();
        }
        let Rules { uncompiled, settings, .. } = Arc::unwrap_or_clone(self.rules);
        compile(uncompiled.into_inner().unwrap_or_else(PoisonError::into_inner), settings)
    }

    /// Not carried over from tower-http.
    #[doc(hidden)]
    #[track_caller]
    pub fn very_permissive() -> Self
    where
        for<'a> Removed: RemovedVeryPermissive<'a>,
    {
        Self::new()
    }

    /// Not carried over from tower-http.
    #[doc(hidden)]
    pub fn allow_private_network<T>(self, _: T) -> Self
    where
        for<'a> Removed: RemovedPrivateNetwork<'a>,
    {
        self
    }

    #[cfg(feature = "serde")]
    pub(crate) fn settings(&self) -> &Settings {
        &self.rules.settings
    }

    /// The policy of these rules and of all clones that were not changed since.
    ///
    /// # Panics
    /// If the rules are invalid.
    pub(crate) fn compiled(&self) -> &CorsPolicy {
        match self.rules.compiled() {
            Ok(policy) => policy,
            #[allow(clippy::panic, reason = "a mistake in the program itself, found when it starts")]
            Err(error) => panic!("invalid CORS rules of the CorsLayer made at {}: {error}", self.rules.created),
        }
    }

    fn change(&mut self) -> &mut Rules {
        let rules = Arc::make_mut(&mut self.rules);
        // What was compiled belongs to the rules as they were.
        if let Some(Ok(policy)) = rules.compiled.take() {
            rules.uncompiled = Mutex::new(policy.compiled().origins.rule());
        }
        rules
    }

    fn change_list(&mut self, setting: Setting) -> &mut Rules {
        let rules = self.change();
        if rules.called.contains(&setting) {
            rules.settings.replaced.push(setting);
        } else {
            rules.called.push(setting);
        }
        if let Some(place) = rules.grpc_web.iter().position(|added| *added == setting) {
            rules.grpc_web.remove(place);
            rules.settings.grpc_web_replaced.push(setting);
        }
        rules
    }
}

fn compile(origins: OriginsRule, settings: Settings) -> Result<CorsPolicy, PolicyError> {
    let policy = compile::compile(origins, settings).map(CorsPolicy::new)?;
    if trace::enabled!(WARN) {
        warning::tell(policy.compiled());
    }
    Ok(policy)
}

/// As [`CorsLayer::build`].
impl TryFrom<CorsLayer> for CorsPolicy {
    type Error = PolicyError;

    fn try_from(layer: CorsLayer) -> Result<Self, PolicyError> {
        layer.build()
    }
}

impl Default for CorsLayer {
    #[track_caller]
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for CorsLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CorsLayer")
            .field("origins", &self.rules.origins())
            .field("settings", &self.rules.settings)
            .finish()
    }
}
