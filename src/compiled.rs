//! A policy as the answers need it: checked, immutable, every constant value ready.

use std::sync::Arc;

use http::HeaderValue;

use crate::head::Head;
use crate::origin::{OriginSet, is_insecure_http_origin, is_origin};
use crate::settings::Settings;
use crate::trace::{Often, Once};
use crate::values::{OriginEntry, OriginPredicate, OriginsRule};
use crate::vary::VaryNames;

/// Everything behind a [`CorsPolicy`](crate::CorsPolicy).
#[derive(Clone, Debug)]
pub(crate) struct Compiled {
    pub(crate) origins: Origins,
    /// Whether `Access-Control-Allow-Credentials: true` stands beside an allowed origin.
    pub(crate) credentials: bool,
    pub(crate) reject_disallowed_origins: bool,
    pub(crate) exposed: Exposed,
    pub(crate) preflight: Preflight,
    pub(crate) vary: Vary,
    /// What was asked for, for everything but the answers.
    pub(crate) settings: Settings,
    /// Whether the log has said that the inner service sets `Access-Control-*` headers, or has a policy.
    pub(crate) inner_headers: Once,
    /// Which responses are marked for a layer around this one to see: not all, for a mark is allocated, and not the first
    /// alone, for there the policy may be in use without a layer around it.
    pub(crate) marks: Often,
}

#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "there is one for each policy")]
pub(crate) enum Origins {
    Any,
    Listed { set: OriginSet, null: bool },
    Predicate(OriginPredicate),
}

impl Origins {
    /// The rule that this was compiled from, without what it said twice.
    pub(crate) fn rule(&self) -> OriginsRule {
        match self {
            Self::Any => OriginsRule::Any,
            Self::Listed { set, null } => {
                OriginsRule::List(set.iter().chain(null.then_some("null")).map(OriginEntry::from).collect())
            }
            Self::Predicate(predicate) => OriginsRule::Predicate(predicate.clone()),
        }
    }
}

/// `Access-Control-Expose-Headers`.
#[derive(Clone, Debug)]
pub(crate) enum Exposed {
    /// None named: the inner service may.
    Nothing,
    /// Names that no script can read: nothing is sent, and the inner service may not either.
    Void,
    Constant(HeaderValue),
    /// The names that the response has: with credentials `*` would be taken for a name.
    Present,
}

/// What the answer to a preflight of an allowed origin says.
#[derive(Clone, Debug)]
pub(crate) struct Preflight {
    /// 200 instead of 204.
    pub(crate) ok: bool,
    pub(crate) methods: Permission,
    pub(crate) headers: Permission,
    pub(crate) max_age: Option<HeaderValue>,
}

/// `Access-Control-Allow-Methods` or `Access-Control-Allow-Headers`.
#[derive(Clone, Debug)]
pub(crate) enum Permission {
    Nothing,
    Constant(HeaderValue),
    /// What the preflight asks for: with credentials `*` would be taken for a name.
    Echo,
    /// As `Echo`, for headers, without `authorization`.
    EchoExceptAuthorization,
}

/// The names that each kind of response varies on.
#[derive(Clone, Debug)]
pub(crate) struct Vary {
    pub(crate) preflight: VaryNames,
    pub(crate) forwarded_options: VaryNames,
    pub(crate) actual: VaryNames,
}

impl Compiled {
    /// Every value that answers clone.
    pub(crate) fn values_mut(&mut self) -> impl Iterator<Item = &mut HeaderValue> {
        let Self { exposed, preflight, vary, .. } = self;
        let exposed = match exposed {
            Exposed::Constant(value) => Some(value),
            Exposed::Nothing | Exposed::Void | Exposed::Present => None,
        };
        let permissions =
            [&mut preflight.methods, &mut preflight.headers].into_iter().filter_map(|permission| match permission {
                Permission::Constant(value) => Some(value),
                Permission::Nothing | Permission::Echo | Permission::EchoExceptAuthorization => None,
            });
        exposed
            .into_iter()
            .chain(permissions)
            .chain(&mut preflight.max_age)
            .chain(vary.preflight.values_mut())
            .chain(vary.forwarded_options.values_mut())
            .chain(vary.actual.values_mut())
    }

    /// May a page at this origin read? The one line `value` is what the request's `Origin` header says.
    ///
    /// `guarded` holds predicates to the rules of enforcement, whatever the policy does itself.
    #[inline]
    pub(crate) fn allows(&self, value: &HeaderValue, head: &Head<'_>, guarded: bool) -> bool {
        match &self.origins {
            Origins::Any => true,
            Origins::Listed { set, null } => {
                let origin = value.as_bytes();
                set.contains(origin) || (*null && origin == b"null")
            }
            Origins::Predicate(predicate) => self.ask(predicate, value, head, guarded),
        }
    }

    /// Apart, so that a list does not pay for its registers: 20 instructions.
    #[inline(never)]
    fn ask(&self, predicate: &OriginPredicate, value: &HeaderValue, head: &Head<'_>, guarded: bool) -> bool {
        let origin = value.as_bytes();
        let enforced = guarded || self.reject_disallowed_origins;
        let trusting = enforced || self.credentials;
        let askable = if origin == b"null" {
            // Where disallowed origins are rejected every website could be let in by it: no switch helps.
            self.settings.allow_null_origin && !enforced
        } else {
            let insecure_counts = !trusting || self.settings.allow_insecure_origins;
            is_origin(origin) && (insecure_counts || !is_insecure_http_origin(origin))
        };
        askable && head.parts.is_some_and(|parts| predicate.says_yes(value, parts))
    }

    /// Only predicates see more of a request than its method, its target and its headers.
    #[inline]
    pub(crate) fn reads_parts(&self) -> bool {
        matches!(self.origins, Origins::Predicate(_))
    }
}

/// Shares one [`Compiled`]: cloning it is one reference count, or none for a policy that lives as long as the program.
#[derive(Clone, Debug)]
pub(crate) enum Handle {
    Shared(Arc<Compiled>),
    Leaked(&'static Compiled),
}

impl std::ops::Deref for Handle {
    type Target = Compiled;

    #[inline]
    fn deref(&self) -> &Compiled {
        match self {
            Self::Shared(compiled) => compiled,
            Self::Leaked(compiled) => compiled,
        }
    }
}

impl Handle {
    pub(crate) fn new(compiled: Compiled) -> Self {
        Self::Shared(Arc::new(compiled))
    }

    /// Leaks the policy and all that its answers clone, so that no request touches a shared counter.
    pub(crate) fn leak(self) -> Self {
        let mut compiled = match self {
            Self::Shared(shared) => Arc::unwrap_or_clone(shared),
            Self::Leaked(_) => return self,
        };
        for value in compiled.values_mut() {
            // Our own values are visible ASCII: the conversion always succeeds.
            if let Ok(text) = value.to_str() {
                *value = HeaderValue::from_static(Box::leak(Box::from(text)));
            }
        }
        Self::Leaked(Box::leak(Box::new(compiled)))
    }
}
