//! [`CorsConfig`] as it was written: read from any format, and written again.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::ffi::OsString;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::keys::{self, Spelling};
use super::value::Value;
use crate::problem::Setting;

/// The rules of a policy as data: from TOML, JSON, YAML, environment variables, or any other format of
/// [serde](https://serde.rs).
///
/// | key | value | not there |
/// |---|---|---|
/// | `origins` | list of [patterns](crate::OriginPattern), and `"null"`; `["*"]` alone: any origin | a problem, as is an empty list |
/// | `methods` | list of methods; `["*"]` alone: any | none beside `GET`, `HEAD` and `POST` |
/// | `headers` | list of request headers; `["*"]` alone: any; `["* except authorization"]` alone: any but that | only the CORS-safelisted ones |
/// | `expose_headers` | list of response headers; `["*"]` alone: any | those that the service itself names |
/// | `credentials` | `true` or `false` | `false` |
/// | `max_age` | whole seconds, 0 turns the reuse off | browsers reuse an answer for 5 s |
/// | `vary` | list of request headers that code of yours reads | none |
/// | `preflight_status` | 204 or 200 | 204 |
/// | `reject_disallowed_origins` | `true` or `false` | `false` |
/// | `dangerously_allow_null_origin` | `true` or `false` | `false` |
/// | `dangerously_allow_insecure_origins` | `true` or `false` | `false` |
/// | `dangerously_allow_public_suffixes` | list of bases such as `"netlify.app"` | none |
///
/// What each does is said at the setter of [`CorsLayer`](crate::CorsLayer) of that name. A list may be written as one text
/// with commas, a number or a truth value as a text: environment variables know nothing else. Inside of a list a text is
/// one element, commas and all. What a format calls null is not there.
///
/// Reading takes whatever is written; [`build`](Self::build) reports everything that is wrong with it, together: keys
/// that are unknown (with the one that was probably meant) or stand there twice, values of the wrong type, texts that
/// mean nothing, rules that may not be combined. Each [`Problem`](crate::Problem) names its place, `origins[2]`.
///
/// ```
/// use tower_cors::CorsConfig;
///
/// let config: CorsConfig = toml::from_str(r#"
///     origins = ["https://app.example.com", "https://*.preview.example.com"]
///     methods = ["PUT", "DELETE"]
///     headers = ["content-type"]
///     max_age = 600
/// "#)?;
/// assert!(config.build()?.allows_origin("https://pr-7.preview.example.com"));
///
/// let config: CorsConfig = toml::from_str(r#"
///     origins = ["https://app.example.com", "https://app.example.com/"]
///     header = ["content-type"]
///     max_age = "10m"
/// "#)?;
/// let error = config.build().unwrap_err();
/// let places: Vec<_> = error.problems().map(|problem| problem.key().unwrap()).collect();
/// assert_eq!(places, ["header", "origins[1]", "max_age"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// It is a field of your own settings like any other. A section that is missing (`#[serde(default)]`) is one without
/// origins, hence a problem:
///
/// ```
/// use tower_cors::CorsConfig;
///
/// #[derive(serde::Deserialize)]
/// struct Settings {
///     listen: std::net::SocketAddr,
///     #[serde(default)]
///     cors: CorsConfig,
/// }
///
/// let settings: Settings = toml::from_str(r#"
///     listen = "127.0.0.1:3000"
///
///     [cors]
///     origins = ["https://app.example.com"]
/// "#)?;
/// let policy = settings.cors.build()?;
/// assert!(policy.allows_origin("https://app.example.com"));
///
/// let settings: Settings = toml::from_str(r#"listen = "127.0.0.1:3000""#)?;
/// let error = settings.cors.build().unwrap_err();
/// assert_eq!(error.problems().next().unwrap().code(), "no-origins");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// A policy turns back into data, and that data into an equal policy; `Display` of [`CorsPolicy`](crate::CorsPolicy) prints
/// it as TOML. Only a predicate, which is code, and a policy that allows no origin have no data: an error, never "any".
/// What [`on_refusal`](crate::CorsLayer::on_refusal) calls is not part of the rules, and is left out.
///
/// ```
/// # use tower_cors::{CorsConfig, CorsLayer};
/// let policy = CorsLayer::new().allow_origins(["https://app.example.com"]).grpc_web().build()?;
/// let json = serde_json::to_string(&CorsConfig::try_from(&policy)?)?;
/// assert!(serde_json::from_str::<CorsConfig>(&json)?.build()? == policy);
/// assert!(toml::from_str::<CorsConfig>(&policy.to_string())?.build()? == policy);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// If the settings should be a type of your own, [`Origin`](crate::Origin) and [`OriginPattern`](crate::OriginPattern)
/// are read and written as texts too, and checked when they are read:
///
/// ```
/// use tower_cors::{CorsLayer, OriginPattern};
///
/// #[derive(serde::Deserialize)]
/// struct Settings {
///     frontends: Vec<OriginPattern>,
/// }
///
/// let settings: Settings = toml::from_str(r#"frontends = ["https://app.example.com"]"#)?;
/// let policy = CorsLayer::new().allow_origins(&settings.frontends).build()?;
/// assert!(policy.allows_origin("https://app.example.com"));
///
/// let error = toml::from_str::<Settings>(r#"frontends = ["https://app.example.com/"]"#).err().unwrap();
/// assert!(error.to_string().contains(r#"https://app.example.com/"#));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct CorsConfig {
    pub(super) values: BTreeMap<Setting, Value>,
    pub(super) unknown: Vec<String>,
    pub(super) repeated: Vec<Setting>,
    pub(super) spelling: Spelling,
    /// The program answers for the dangerous keys.
    pub(super) trusted: bool,
}

impl CorsConfig {
    /// Reads the environment variables whose names begin with `prefix`: `APP_CORS_ORIGINS`, `APP_CORS_MAX_AGE` and so on
    /// for `APP_CORS_`, the key in upper case. Lists have commas. Problems name the variables. After a letter or a digit
    /// the underscore may be left out: the prefix `APP_CORS` is `APP_CORS_`.
    ///
    /// Every variable with the prefix must be a key: one that is not is a problem, as in a file. An empty variable is an
    /// empty list, so `APP_CORS_ORIGINS=` is a problem as well.
    ///
    /// ```
    /// // Nothing is set here: that is a problem, not a policy.
    /// let error = tower_cors::CorsConfig::from_env("EXAMPLE_CORS_").build().unwrap_err();
    /// assert_eq!(error.problems().next().unwrap().key(), Some("EXAMPLE_CORS_ORIGINS"));
    /// ```
    pub fn from_env(prefix: &str) -> Self {
        Self::from_vars(prefix, std::env::vars_os())
    }

    /// As [`from_env`](Self::from_env), for variables from elsewhere.
    ///
    /// ```
    /// use tower_cors::CorsConfig;
    ///
    /// let policy = CorsConfig::from_vars(
    ///     "APP_CORS_",
    ///     [
    ///         ("PATH", "/bin"),
    ///         ("APP_CORS_ORIGINS", "https://app.example.com, https://admin.example.com"),
    ///         ("APP_CORS_CREDENTIALS", "true"),
    ///     ],
    /// )
    /// .build()?;
    /// assert!(policy.allows_origin("https://admin.example.com"));
    /// # Ok::<(), tower_cors::PolicyError>(())
    /// ```
    pub fn from_vars<K, V>(prefix: &str, vars: impl IntoIterator<Item = (K, V)>) -> Self
    where
        K: Into<OsString>,
        V: Into<OsString>,
    {
        let separator = if prefix.ends_with(|last: char| last.is_ascii_alphanumeric()) { "_" } else { "" };
        let prefix = &*format!("{prefix}{separator}");
        let mut config = Self { spelling: Spelling::Variables(prefix.into()), ..Self::default() };
        for (name, value) in vars {
            // A name that is no text cannot be one of ours.
            let Ok(name) = name.into().into_string() else { continue };
            let Some(rest) = name.strip_prefix(prefix) else { continue };
            match Spelling::setting_of_variable(rest) {
                Some(setting) => {
                    let value = value.into().into_string();
                    config.insert(setting, value.map_or(Value::Odd("a text that is not UTF-8", None), Value::Text));
                }
                None => config.unknown.push(name),
            }
        }
        config
    }

    /// Lets this configuration use the keys that begin with `dangerously_`. Without it each of them is a problem,
    /// whatever its value: who can write a configuration should not be able to open a policy further than its program
    /// foresees.
    ///
    /// ```
    /// # use tower_cors::CorsConfig;
    /// let config: CorsConfig = toml::from_str(r#"
    ///     origins = ["http://intranet.example"]
    ///     credentials = true
    ///     dangerously_allow_insecure_origins = true
    /// "#)?;
    /// assert!(config.build().is_err());
    /// assert!(config.trust_dangerous_keys().build().is_ok());
    /// # Ok::<(), toml::de::Error>(())
    /// ```
    pub fn trust_dangerous_keys(mut self) -> Self {
        self.trusted = true;
        self
    }

    /// Keeps the first of two values: both are a problem.
    fn insert(&mut self, setting: Setting, value: Value) {
        match self.values.entry(setting) {
            Entry::Vacant(place) => {
                place.insert(value.for_setting(setting));
            }
            Entry::Occupied(_) if self.repeated.contains(&setting) => {}
            Entry::Occupied(_) => self.repeated.push(setting),
        }
    }
}

/// The same keys with the same values; how they were spelled and whether they are trusted does not matter.
impl PartialEq for CorsConfig {
    fn eq(&self, other: &Self) -> bool {
        (&self.values, &self.unknown, &self.repeated) == (&other.values, &other.unknown, &other.repeated)
    }
}

/// The keys that are there, in the order of the table of [`CorsConfig`].
///
/// # Errors
/// If there are keys that are unknown or stand there more than once, or values that no key takes: what was written
/// cannot be written again.
impl Serialize for CorsConfig {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !(self.unknown.is_empty() && self.repeated.is_empty()) {
            return Err(serde::ser::Error::custom(
                "a CORS configuration cannot hold keys that are unknown or repeated",
            ));
        }
        let mut map = serializer.serialize_map(Some(self.values.len()))?;
        for (setting, value) in &self.values {
            map.serialize_entry(keys::key(*setting), value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for CorsConfig {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Asked for a struct, `#[serde(flatten)]` would keep unknown keys from us.
        deserializer.deserialize_map(ConfigVisitor)
    }
}

struct ConfigVisitor;

impl<'de> Visitor<'de> for ConfigVisitor {
    type Value = CorsConfig;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a CORS configuration: a table with the key `origins`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<CorsConfig, A::Error> {
        let mut config = CorsConfig::default();
        while let Some(key) = map.next_key::<String>()? {
            if let Some(setting) = keys::setting(&key) {
                config.insert(setting, map.next_value::<Value>()?);
            } else {
                map.next_value::<IgnoredAny>()?;
                config.unknown.push(key);
            }
        }
        // Only now: a key that stands there twice does so beside null too.
        config.values.retain(|_, value| *value != Value::Null);
        Ok(config)
    }
}
