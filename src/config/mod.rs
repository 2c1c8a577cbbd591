//! [`CorsConfig`]: the rules of a policy as data, from files, environment variables and databases.
//!
//! Stages: `keys` names the settings, `value` takes in whatever a format has, `data` keeps it by its key, `rules` reads the
//! values as what they mean and tells every fault.

mod data;
mod keys;
mod rules;
mod value;

use std::collections::BTreeMap;

use http::{HeaderName, Method};

use self::rules::Rules;
use self::value::Value;
use crate::canonical::ANY_EXCEPT_AUTHORIZATION;
use crate::compiled::Origins;
use crate::layer::CorsLayer;
use crate::policy::CorsPolicy;
use crate::problem::{PolicyError, Problem, ProblemKind, Setting};
use crate::values::{ExposedRule, HeadersRule, MethodsRule};

pub use self::data::CorsConfig;

impl CorsConfig {
    /// Checks everything and compiles the policy.
    ///
    /// # Errors
    /// If anything is wrong; every problem is reported at once, with the key that it is about.
    ///
    /// ```
    /// # use tower_cors::CorsConfig;
    /// let config: CorsConfig = toml::from_str(r#"origins = ["https://app.example.com/"]"#)?;
    /// let error = config.build().unwrap_err();
    /// assert!(error.to_string().starts_with("origins[0]: "));
    /// # Ok::<(), toml::de::Error>(())
    /// ```
    pub fn build(&self) -> Result<CorsPolicy, PolicyError> {
        let mut rules = Rules::read(self, CorsLayer::new());
        match rules.layer.clone().build() {
            Ok(policy) => rules.check().map(|()| policy),
            Err(error) => {
                rules.add(error.clone());
                rules.check().and(Err(error))
            }
        }
    }

    /// The same rules as a [`CorsLayer`], for further calls in code.
    ///
    /// What is wrong with the keys and values by themselves is reported here. Whether `"null"` is permitted, and which of the
    /// origins may be trusted, as those of policies with credentials must, is seen when the layer's policy is built, for
    /// code may change that; its problems know no keys.
    ///
    /// # Errors
    /// If anything but that is wrong.
    ///
    /// ```
    /// # use tower_cors::CorsConfig;
    /// let config: CorsConfig = toml::from_str(r#"origins = ["https://app.example.com"]"#)?;
    /// let policy = config.layer()?.grpc_web().allow_credentials(true).build()?;
    /// assert!(policy.to_string().contains("grpc-status"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[track_caller]
    pub fn layer(&self) -> Result<CorsLayer, PolicyError> {
        let mut rules = Rules::read(self, CorsLayer::new());
        rules.check_origins();
        let layer = rules.layer.clone();
        rules.check().map(|()| layer)
    }
}

impl TryFrom<&CorsConfig> for CorsPolicy {
    type Error = PolicyError;

    fn try_from(config: &CorsConfig) -> Result<Self, PolicyError> {
        config.build()
    }
}

impl TryFrom<CorsConfig> for CorsPolicy {
    type Error = PolicyError;

    fn try_from(config: CorsConfig) -> Result<Self, PolicyError> {
        config.build()
    }
}

/// The rules of a policy as data.
///
/// Its dangerous keys are trusted: they were set in code, or trusted before. Read back from a file they are not.
///
/// # Errors
/// If the policy has a predicate, or allows no origin at all.
impl TryFrom<&CorsPolicy> for CorsConfig {
    type Error = PolicyError;

    fn try_from(policy: &CorsPolicy) -> Result<Self, PolicyError> {
        let compiled = policy.compiled();
        let settings = &compiled.settings;
        let refused = |kind| PolicyError::from(Problem::new(Setting::AllowOrigins, kind));
        let origins = match &compiled.origins {
            Origins::Any => Value::from_iter(["*"]),
            Origins::Predicate(_) => return Err(refused(ProblemKind::PredicateAsData)),
            Origins::Listed { set, null: false } if set.is_empty() => return Err(refused(ProblemKind::NoOrigins)),
            Origins::Listed { set, null } => set.iter().chain(null.then_some("null")).collect(),
        };
        let methods = match &settings.methods {
            MethodsRule::Any => Value::from_iter(["*"]),
            MethodsRule::List(methods) => methods.iter().map(Method::as_str).collect(),
        };
        let headers = match &settings.headers {
            HeadersRule::Any => Value::from_iter(["*"]),
            HeadersRule::AnyExceptAuthorization => Value::from_iter([ANY_EXCEPT_AUTHORIZATION]),
            HeadersRule::List(names) => names.iter().map(HeaderName::as_str).collect(),
        };
        let exposed = match &settings.exposed {
            ExposedRule::Any => Value::from_iter(["*"]),
            ExposedRule::List(names) => names.iter().map(HeaderName::as_str).collect(),
        };
        let mut values = BTreeMap::from([
            (Setting::AllowOrigins, origins),
            (Setting::AllowMethods, methods),
            (Setting::AllowHeaders, headers),
            (Setting::ExposeHeaders, exposed),
            (Setting::AllowCredentials, Value::Bool(settings.credentials)),
            (Setting::PreflightStatus, Value::Integer(settings.preflight_status.as_u16().into())),
            (Setting::RejectDisallowedOrigins, Value::Bool(settings.reject_disallowed_origins)),
        ]);
        if let Some(max_age) = settings.max_age {
            values.insert(Setting::MaxAge, Value::Integer(max_age.as_secs()));
        }
        if !settings.vary.is_empty() {
            values.insert(Setting::Vary, settings.vary.iter().map(HeaderName::as_str).collect());
        }
        if settings.allow_null_origin {
            values.insert(Setting::DangerouslyAllowNullOrigin, Value::Bool(true));
        }
        if settings.allow_insecure_origins {
            values.insert(Setting::DangerouslyAllowInsecureOrigins, Value::Bool(true));
        }
        if !settings.allow_public_suffixes.is_empty() {
            let bases = settings.allow_public_suffixes.iter().map(String::as_str).collect();
            values.insert(Setting::DangerouslyAllowPublicSuffix, bases);
        }
        Ok(Self { values, trusted: true, ..Self::default() })
    }
}
