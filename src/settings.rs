//! The rules of a policy beside its origins: plain data, as they were set.

use std::time::Duration;

use http::{HeaderName, StatusCode};

use crate::problem::{Setting, Trust};
use crate::refusal::Observer;
use crate::values::{ExposedRule, HeadersRule, MethodsRule};

#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub(crate) struct Settings {
    pub(crate) methods: MethodsRule,
    pub(crate) headers: HeadersRule,
    pub(crate) exposed: ExposedRule,
    pub(crate) credentials: bool,
    pub(crate) max_age: Option<Duration>,
    pub(crate) vary: Vec<HeaderName>,
    pub(crate) preflight_status: StatusCode,
    pub(crate) reject_disallowed_origins: bool,
    pub(crate) allow_null_origin: bool,
    pub(crate) allow_insecure_origins: bool,
    /// Bases, as `dangerously_allow_public_suffix` was given them.
    pub(crate) allow_public_suffixes: Vec<String>,
    /// List setters whose value was replaced by a later call.
    pub(crate) replaced: Vec<Setting>,
    /// List setters whose last call took away what `grpc_web()` had added.
    pub(crate) grpc_web_replaced: Vec<Setting>,
    pub(crate) on_refusal: Option<Observer>,
}

impl Settings {
    pub(crate) fn new() -> Self {
        Self {
            methods: MethodsRule::default(),
            headers: HeadersRule::default(),
            exposed: ExposedRule::default(),
            credentials: false,
            max_age: None,
            vary: Vec::new(),
            preflight_status: StatusCode::NO_CONTENT,
            reject_disallowed_origins: false,
            allow_null_origin: false,
            allow_insecure_origins: false,
            allow_public_suffixes: Vec::new(),
            replaced: Vec::new(),
            grpc_web_replaced: Vec::new(),
            on_refusal: None,
        }
    }

    /// Why the origins must be trusted ones, if they must.
    pub(crate) fn trust(&self) -> Option<Trust> {
        if self.credentials {
            Some(Trust::Credentials)
        } else if self.reject_disallowed_origins {
            Some(Trust::Enforcement)
        } else {
            None
        }
    }

    /// Whether a predicate is asked about `null`: no switch helps where every website could be let in by its yes.
    pub(crate) fn asks_about_null(&self) -> bool {
        self.allow_null_origin && !self.reject_disallowed_origins
    }

    /// Whether a predicate is asked about `http` origins of other machines.
    pub(crate) fn asks_about_insecure_origins(&self) -> bool {
        self.trust().is_none() || self.allow_insecure_origins
    }
}

/// What was set is compared, not how, nor who is told: a value that was replaced, and an observer, leave no trace in the
/// answers.
impl PartialEq for Settings {
    fn eq(&self, other: &Self) -> bool {
        let Self {
            methods,
            headers,
            exposed,
            credentials,
            max_age,
            vary,
            preflight_status,
            reject_disallowed_origins,
            allow_null_origin,
            allow_insecure_origins,
            allow_public_suffixes,
            replaced: _,
            grpc_web_replaced: _,
            on_refusal: _,
        } = self;
        (methods, headers, exposed, credentials, max_age, vary, preflight_status)
            == (
                &other.methods,
                &other.headers,
                &other.exposed,
                &other.credentials,
                &other.max_age,
                &other.vary,
                &other.preflight_status,
            )
            && (reject_disallowed_origins, allow_null_origin, allow_insecure_origins, allow_public_suffixes)
                == (
                    &other.reject_disallowed_origins,
                    &other.allow_null_origin,
                    &other.allow_insecure_origins,
                    &other.allow_public_suffixes,
                )
    }
}
