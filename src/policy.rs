//! [`CorsPolicy`]: the compiled rules, as a value.

use std::fmt;

use http::request::Parts;

use crate::compile;
use crate::compiled::{Compiled, Handle, Origins};
use crate::decision::Decision;
use crate::head::Head;
use crate::own_origin;
use crate::problem::PolicyError;
use crate::quote::Quoted;
use crate::reason::{self, Refused};
use crate::refusal::{Refusal, RefusalReason};
use crate::trace;
use crate::verdict::{self, Verdict};
use crate::warning::{self, Warning};

/// Rules that were checked: immutable, cheap to clone, ready to answer.
///
/// Built by [`CorsLayer::build`](crate::CorsLayer::build). It is a [`Layer`](tower_layer::Layer) too. Equal when the
/// rules are equal; `Display` prints the rules.
///
/// ```
/// use tower_cors::CorsLayer;
///
/// let policy = CorsLayer::new().allow_origins(["https://*.example.com"]).build()?;
/// assert!(policy.allows_origin("https://app.example.com"));
/// assert!(!policy.allows_origin("https://example.com"));
/// # Ok::<(), tower_cors::PolicyError>(())
/// ```
#[derive(Clone)]
pub struct CorsPolicy {
    handle: Handle,
}

impl CorsPolicy {
    pub(crate) fn new(compiled: Compiled) -> Self {
        Self { handle: Handle::new(compiled) }
    }

    /// Which answer a request gets. It never fails, and reads nothing but the head of the request.
    ///
    /// A preflight is a request with the method `OPTIONS`, an `Origin` and an `Access-Control-Request-Method`
    /// (<https://fetch.spec.whatwg.org/#cors-preflight-request>); every other request goes to the service.
    ///
    /// ```
    /// use tower_cors::{CorsLayer, Decision};
    ///
    /// let policy = CorsLayer::new().allow_origins(["https://app.example.com"]).build()?;
    /// let (preflight, ()) = http::Request::options("/")
    ///     .header("origin", "https://app.example.com")
    ///     .header("access-control-request-method", "GET")
    ///     .body(())?
    ///     .into_parts();
    /// let Decision::Respond(answer) = policy.decide(&preflight) else { unreachable!() };
    /// assert_eq!(answer.into_response::<()>().status(), 204);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn decide(&self, head: &Parts) -> Decision {
        let (verdict, reason) = self.judge(Head::from(head));
        Decision::new(&self.handle, verdict, reason)
    }

    /// The decision, of which nobody is told: for explanations.
    pub(crate) fn decide_quietly(&self, head: Head<'_>) -> Decision {
        Decision::new(&self.handle, verdict::of(&self.handle, &head), None)
    }

    /// The verdict, of which whoever listens is told if nothing was permitted, and then the reason.
    #[inline]
    pub(crate) fn judge<'a>(&self, head: Head<'a>) -> (Verdict<'a>, Option<RefusalReason>) {
        let verdict = verdict::of(&self.handle, &head);
        let reason = match verdict.refused() {
            Some(refused) if self.handle.settings.on_refusal.is_some() || trace::enabled!(DEBUG) => {
                self.tell(refused, head)
            }
            _ => None,
        };
        (verdict, reason)
    }

    #[cold]
    fn tell(&self, refused: Refused, head: Head<'_>) -> Option<RefusalReason> {
        let reason = reason::of_refused(&self.handle, refused, head)?;
        let refusal = Refusal::new(refused.kind(), reason, head);
        trace::event!(
            DEBUG,
            "no permission",
            refused = refusal.kind(),
            reason = reason,
            origin = refusal.origin(),
            authority = refusal.authority(),
            sec_fetch_site = refusal.sec_fetch_site(),
            method = Quoted(head.method.as_str()),
        );
        if let Some(observer) = &self.handle.settings.on_refusal {
            observer.tell(&refusal);
        }
        Some(reason)
    }

    /// May a page at this origin read what the policy gives? True for all where any origin is allowed, false where a
    /// predicate decides, which needs the request.
    ///
    /// This is no guard: other requests than a page's reach a service too. Ask [`guard`](Self::guard).
    ///
    /// ```
    /// let policy = tower_cors::CorsLayer::permissive().build()?;
    /// assert!(policy.allows_origin("https://any.example"));
    /// # Ok::<(), tower_cors::PolicyError>(())
    /// ```
    #[must_use]
    pub fn allows_origin(&self, origin: impl AsRef<[u8]>) -> bool {
        let origin = origin.as_ref();
        match &self.handle.origins {
            Origins::Any => true,
            Origins::Listed { set, null } => set.contains(origin) || (*null && origin == b"null"),
            Origins::Predicate(_) => false,
        }
    }

    /// The same trusted origins, for handlers of your own: WebSocket handshakes, forms.
    ///
    /// # Errors
    /// If the policy allows any origin, `null`, or an entry that a policy with
    /// [`reject_disallowed_origins`](crate::CorsLayer::reject_disallowed_origins) could not have: requests of those
    /// origins may be anybody's.
    ///
    /// ```
    /// let policy = tower_cors::CorsLayer::new().allow_origins(["https://app.example.com"]).build()?;
    /// let guard = policy.guard()?;
    /// let handshake = |origin| http::Request::get("/ws").header("origin", origin).body(()).unwrap().into_parts().0;
    /// assert!(guard.admits(&handshake("https://app.example.com")));
    /// assert!(!guard.admits(&handshake("https://evil.example")));
    /// # Ok::<(), tower_cors::PolicyError>(())
    /// ```
    pub fn guard(&self) -> Result<OriginGuard, PolicyError> {
        compile::check_enforceable(&self.handle)?;
        Ok(OriginGuard { policy: self.clone() })
    }

    /// What is legal in these rules and probably not what was meant. Nothing here stops a policy.
    ///
    /// With the feature `tracing`, a build logs them at the level `warn`, five of a kind at most. But a build asks no
    /// predicate. This method asks it, about a made-up origin: call it where you use one.
    ///
    /// ```
    /// let policy = tower_cors::CorsLayer::new().build()?;
    /// assert!(policy.warnings().iter().any(|warning| warning.id() == "no-origin"));
    /// # Ok::<(), tower_cors::PolicyError>(())
    /// ```
    #[must_use]
    pub fn warnings(&self) -> Vec<Warning> {
        warning::find(&self.handle, true)
    }

    /// Leaks the policy's memory, for a policy that lives as long as the program: then no request touches a counter
    /// that other threads touch.
    ///
    /// ```
    /// let policy = tower_cors::CorsLayer::permissive().build()?.leak();
    /// assert!(policy.allows_origin("https://any.example"));
    /// # Ok::<(), tower_cors::PolicyError>(())
    /// ```
    #[must_use]
    pub fn leak(self) -> Self {
        Self { handle: self.handle.leak() }
    }

    #[inline]
    pub(crate) fn handle(&self) -> &Handle {
        &self.handle
    }

    #[inline]
    pub(crate) fn compiled(&self) -> &Compiled {
        &self.handle
    }
}

impl PartialEq for CorsPolicy {
    fn eq(&self, other: &Self) -> bool {
        self.handle.origins == other.handle.origins && self.handle.settings == other.handle.settings
    }
}

impl fmt::Debug for CorsPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CorsPolicy")
            .field("origins", &self.handle.origins)
            .field("settings", &self.handle.settings)
            .finish()
    }
}

/// Lets in the requests that a policy with
/// [`reject_disallowed_origins`](crate::CorsLayer::reject_disallowed_origins) would let in.
///
/// Made by [`CorsPolicy::guard`].
#[derive(Clone, Debug, PartialEq)]
pub struct OriginGuard {
    policy: CorsPolicy,
}

impl OriginGuard {
    /// Does this request come from a trusted origin, from the service's own, or from no web page?
    ///
    /// Admitted is a request whose `Origin` the policy allows; one from the service's own origin (a single
    /// `Sec-Fetch-Site` that says `same-origin` or `none` or, where there is none, an `Origin` that equals `https://`
    /// and the authority asked for, or `http://` and one that is `localhost` or an IP address); and one without
    /// `Origin`, unless its method is unsafe and `Sec-Fetch-Site` says that another site sent it.
    ///
    /// ```
    /// let guard = tower_cors::CorsLayer::new().allow_origins(["https://app.example.com"]).build()?.guard()?;
    /// let admits = |name, value| {
    ///     let request = http::Request::post("/").header("host", "api.example.com").header(name, value);
    ///     guard.admits(&request.body(()).unwrap().into_parts().0)
    /// };
    /// assert!(admits("origin", "https://app.example.com"));
    /// assert!(admits("origin", "https://api.example.com"));
    /// assert!(admits("user-agent", "a program"));
    /// assert!(!admits("origin", "https://evil.example"));
    /// assert!(!admits("sec-fetch-site", "cross-site"));
    /// # Ok::<(), tower_cors::PolicyError>(())
    /// ```
    #[must_use]
    pub fn admits(&self, head: &Parts) -> bool {
        own_origin::is_admitted(&self.policy.handle, Head::from(head))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tower_layer::Layer as _;

    use crate::compiled::Handle;
    use crate::layer::CorsLayer;

    #[test]
    fn a_clone_is_one_reference_and_none_to_a_leaked_policy() {
        let origins = (0..100).map(|n| format!("https://a{n}.example"));
        let policy = CorsLayer::new().allow_origins(origins).build().unwrap();
        let Handle::Shared(shared) = policy.handle() else { panic!("a policy is shared unless it is leaked") };
        assert_eq!(Arc::strong_count(shared), 1);
        let clones = (policy.clone(), policy.layer(()), policy.layer(()).clone());
        assert_eq!(Arc::strong_count(shared), 4);
        drop(clones);
        assert_eq!(Arc::strong_count(shared), 1);
        assert!(matches!(policy.clone().leak().clone().handle(), Handle::Leaked(_)));
    }
}
