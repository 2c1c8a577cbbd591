//! What stops a policy from being built: [`PolicyError`], the non-empty list of every [`Problem`], with their texts.

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::origin::InvalidOrigin;
use crate::quote::Quoted;

/// At most this many problems are printed; the rest is counted.
const PRINTED: usize = 50;

/// Every problem of a policy that could not be built.
///
/// Printed with `{}` or `{:?}` it is a text for people: one line for one problem, one line each for several.
///
/// ```
/// use tower_cors::CorsLayer;
///
/// let error = CorsLayer::new().allow_origins(["https://example.com/", "https://example.org"]).build().unwrap_err();
/// assert_eq!(error.problems().count(), 1);
/// assert!(error.to_string().contains(r#"write "https://example.com""#));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct PolicyError {
    /// Never empty. Shared, for a guard that cannot be had is asked for once a request.
    problems: Arc<Vec<Problem>>,
}

impl PolicyError {
    /// `Ok` if there are no problems.
    pub(crate) fn check(problems: Vec<Problem>) -> Result<(), Self> {
        if problems.is_empty() { Ok(()) } else { Err(Self { problems: Arc::new(problems) }) }
    }

    /// The problems, at least one, in the order of the settings.
    #[must_use]
    pub fn problems(&self) -> impl ExactSizeIterator<Item = &Problem> {
        self.problems.iter()
    }

    /// The problems by value.
    #[must_use]
    pub fn into_problems(self) -> Vec<Problem> {
        Arc::unwrap_or_clone(self.problems)
    }
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let [problem] = self.problems.as_slice() {
            return problem.fmt(f);
        }
        write!(f, "{} problems:", self.problems.len())?;
        for problem in self.problems.iter().take(PRINTED) {
            write!(f, "\n  - {problem}")?;
        }
        match self.problems.len().saturating_sub(PRINTED) {
            0 => Ok(()),
            more => write!(f, "\n  and {more} more"),
        }
    }
}

impl fmt::Debug for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if f.alternate() {
            f.debug_struct("PolicyError").field("problems", &self.problems).finish()
        } else {
            // `.unwrap()` prints this: the text that helps.
            fmt::Display::fmt(self, f)
        }
    }
}

impl std::error::Error for PolicyError {}

impl From<Problem> for PolicyError {
    fn from(problem: Problem) -> Self {
        Self { problems: Arc::new(vec![problem]) }
    }
}

/// What never fails fits where a policy that may fail is taken.
impl From<Infallible> for PolicyError {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

/// One reason why a policy cannot be built.
///
/// Its text (`Display`) says what is wrong, quoting the value, why, and what to write instead.
///
/// ```
/// use tower_cors::{CorsLayer, Setting};
///
/// let error = CorsLayer::new().allow_origins(["https://a.example", "https://b.example/"]).build().unwrap_err();
/// let problem = error.problems().next().unwrap();
/// assert_eq!(problem.code(), "origin-has-trailing-slash");
/// assert_eq!((problem.setting(), problem.index()), (Setting::AllowOrigins, Some(1)));
/// assert_eq!(problem.value(), Some("https://b.example/"));
/// assert_eq!(problem.suggestion(), Some("https://b.example"));
/// assert_eq!(problem.key(), None); // set in code
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Problem {
    kind: ProblemKind,
    setting: Setting,
    index: Option<usize>,
    key: Option<String>,
}

impl Problem {
    pub(crate) fn new(setting: Setting, kind: ProblemKind) -> Self {
        Self { kind, setting, index: None, key: None }
    }

    pub(crate) fn at(setting: Setting, index: usize, kind: ProblemKind) -> Self {
        Self { kind, setting, index: Some(index), key: None }
    }

    /// What the problem is.
    #[must_use]
    pub fn kind(&self) -> &ProblemKind {
        &self.kind
    }

    /// A name for the kind of problem that stays the same from version to version.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match &self.kind {
            ProblemKind::InvalidOrigin(invalid) => invalid.code(),
            ProblemKind::AnyOriginBesideOthers(_) => "any-origin-beside-others",
            ProblemKind::AnyOriginTrusted(_) => "any-origin-trusted",
            ProblemKind::NullOrigin => "null-origin",
            ProblemKind::NullOriginTrusted => "null-origin-trusted",
            ProblemKind::InsecureOrigin { .. } => "insecure-origin",
            ProblemKind::OriginOpenToStrangers { .. } => "origin-open-to-strangers",
            ProblemKind::WildcardInList => "wildcard-in-list",
            ProblemKind::InvalidMethod { .. } => "invalid-method",
            ProblemKind::InvalidHeaderName { .. } => "invalid-header-name",
            ProblemKind::MaxAgeNotWholeSeconds { .. } => "max-age-not-whole-seconds",
            ProblemKind::PreflightStatus { .. } => "preflight-status",
            ProblemKind::NoOrigins => "no-origins",
            ProblemKind::UnknownKey { .. } => "unknown-key",
            ProblemKind::RepeatedKey => "repeated-key",
            ProblemKind::DangerousKey => "dangerous-key",
            ProblemKind::UnexpectedValue { .. } => "unexpected-value",
            ProblemKind::PredicateAsData => "predicate-as-data",
        }
    }

    /// The setting that it is about.
    #[must_use]
    pub fn setting(&self) -> Setting {
        self.setting
    }

    /// The place of the offending value in its list, counted from 0.
    #[must_use]
    pub fn index(&self) -> Option<usize> {
        self.index
    }

    /// The offending value, as it was written.
    #[must_use]
    pub fn value(&self) -> Option<&str> {
        match &self.kind {
            ProblemKind::InvalidOrigin(invalid) => Some(invalid.value()),
            ProblemKind::NullOrigin | ProblemKind::NullOriginTrusted => Some("null"),
            ProblemKind::InsecureOrigin { origin, .. } => Some(origin),
            ProblemKind::OriginOpenToStrangers { pattern, .. } => Some(pattern),
            ProblemKind::AnyOriginBesideOthers(_) | ProblemKind::WildcardInList => Some("*"),
            ProblemKind::InvalidMethod { value } | ProblemKind::InvalidHeaderName { value } => Some(value),
            ProblemKind::UnexpectedValue { value, .. } => value.as_deref(),
            ProblemKind::AnyOriginTrusted(_)
            | ProblemKind::MaxAgeNotWholeSeconds { .. }
            | ProblemKind::PreflightStatus { .. }
            | ProblemKind::NoOrigins
            | ProblemKind::UnknownKey { .. }
            | ProblemKind::RepeatedKey
            | ProblemKind::DangerousKey
            | ProblemKind::PredicateAsData => None,
        }
    }

    /// What to write instead, if one value is certain to be what is meant.
    #[must_use]
    pub fn suggestion(&self) -> Option<&str> {
        match &self.kind {
            ProblemKind::InvalidOrigin(invalid) => invalid.suggestion(),
            ProblemKind::InsecureOrigin { suggestion, .. } | ProblemKind::UnknownKey { suggestion, .. } => {
                suggestion.as_deref()
            }
            _ => None,
        }
    }

    /// Where in a configuration the offending value stands: `origins[2]`. `None` for rules that were set in code.
    #[must_use]
    pub fn key(&self) -> Option<&str> {
        match &self.kind {
            ProblemKind::UnknownKey { key, .. } => Some(key),
            _ => self.key.as_deref(),
        }
    }

    /// Says where in a configuration the value stands. From then on the text says what to write there, not in code.
    #[must_use]
    #[cfg_attr(not(feature = "serde"), expect(dead_code, reason = "only configuration as data has keys"))]
    pub(crate) fn with_key(mut self, key: String, index: Option<usize>) -> Self {
        self.key = Some(key);
        self.index = index;
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = if let Some(key) = &self.key {
            write!(f, "{key}: ")?;
            Words::Data
        } else {
            Words::Code
        };
        self.kind.write(f, self.setting, words)
    }
}

/// Where what is to be written instead is written.
#[derive(Clone, Copy)]
enum Words {
    Code,
    Data,
}

impl fmt::Debug for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if f.alternate() {
            f.debug_struct("Problem")
                .field("code", &self.code())
                .field("setting", &self.setting)
                .field("index", &self.index)
                .field("key", &self.key)
                .field("kind", &self.kind)
                .finish()
        } else {
            fmt::Display::fmt(self, f)
        }
    }
}

impl std::error::Error for Problem {}

/// The setter of [`CorsLayer`](crate::CorsLayer) that a finding is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Setting {
    /// `allow_origin` or `allow_origins`
    AllowOrigins,
    /// `allow_methods`
    AllowMethods,
    /// `allow_headers`
    AllowHeaders,
    /// `expose_headers`
    ExposeHeaders,
    /// `allow_credentials`
    AllowCredentials,
    /// `max_age`
    MaxAge,
    /// `vary`
    Vary,
    /// `preflight_status`
    PreflightStatus,
    /// `reject_disallowed_origins`
    RejectDisallowedOrigins,
    /// `dangerously_allow_null_origin`
    DangerouslyAllowNullOrigin,
    /// `dangerously_allow_insecure_origins`
    DangerouslyAllowInsecureOrigins,
    /// `dangerously_allow_public_suffix`
    DangerouslyAllowPublicSuffix,
    /// None: a key of a configuration that is not known
    UnknownKey,
}

impl Setting {
    /// How the setter spells "any", where it has such a thing.
    fn any_spelling(self, words: Words) -> &'static str {
        match (self, words) {
            (Self::AllowMethods, Words::Code) => "; for every method write allow_methods(Any)",
            (Self::AllowHeaders, Words::Code) => {
                "; for every request header, authorization included, write allow_headers(Any)"
            }
            (Self::ExposeHeaders, Words::Code) => "; for every response header write expose_headers(Any)",
            (Self::AllowMethods, Words::Data) => r#"; for every method write ["*"] alone"#,
            (Self::AllowHeaders, Words::Data) => {
                r#"; for every request header, authorization included, write ["*"] alone"#
            }
            (Self::ExposeHeaders, Words::Data) => r#"; for every response header write ["*"] alone"#,
            (_, Words::Code) => "; name the request headers that the predicate reads",
            (_, Words::Data) => "; name the request headers",
        }
    }
}

/// What a [`Problem`] is, with what belongs to it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProblemKind {
    /// A text is no origin pattern.
    InvalidOrigin(InvalidOrigin),
    /// `*` stands beside other entries; with credentials or enforcement it could not stand alone either.
    AnyOriginBesideOthers(Option<Trust>),
    /// Any origin, with credentials or enforcement.
    AnyOriginTrusted(Trust),
    /// `null` without its switch.
    NullOrigin,
    /// `null` where disallowed origins are to be rejected.
    NullOriginTrusted,
    /// An origin that anybody on the network path can forge.
    #[non_exhaustive]
    InsecureOrigin {
        /// The entry, as written.
        origin: String,
        /// The same origin under `https`, if it has no port of its own; at `localhost`, if it is `0.0.0.0` or `[::]`.
        suggestion: Option<String>,
    },
    /// A wildcard under which strangers can register names.
    #[non_exhaustive]
    OriginOpenToStrangers {
        /// The entry, as written.
        pattern: String,
        /// What `dangerously_allow_public_suffix` takes.
        base: String,
    },
    /// `*` as an element of a list.
    WildcardInList,
    /// A text is no method.
    #[non_exhaustive]
    InvalidMethod {
        /// The text.
        value: String,
    },
    /// A text is no header name.
    #[non_exhaustive]
    InvalidHeaderName {
        /// The text.
        value: String,
    },
    /// The max age has a part of a second.
    #[non_exhaustive]
    MaxAgeNotWholeSeconds {
        /// The max age.
        max_age: Duration,
    },
    /// A preflight status other than 200 and 204.
    #[non_exhaustive]
    PreflightStatus {
        /// The status.
        status: u16,
    },
    /// A configuration without an origin.
    NoOrigins,
    /// A key of a configuration that is not known.
    #[non_exhaustive]
    UnknownKey {
        /// The key, as it was written.
        key: String,
        /// The known key that looks most like it.
        suggestion: Option<String>,
    },
    /// A key of a configuration that stands there more than once.
    RepeatedKey,
    /// A key of a configuration that the program must trust first.
    DangerousKey,
    /// A value of a configuration that is of another type than its key takes.
    #[non_exhaustive]
    UnexpectedValue {
        /// What the key takes.
        expected: &'static str,
        /// What stands there.
        found: &'static str,
        /// The value, as it was written, if it is one word.
        value: Option<String>,
    },
    /// A predicate where data is wanted.
    PredicateAsData,
}

/// Why the origins of a policy must be ones that its owner trusts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Trust {
    /// `allow_credentials(true)`: their scripts act as your users and read the answers.
    Credentials,
    /// `reject_disallowed_origins(true)` or an [`OriginGuard`](crate::OriginGuard): their requests are let in.
    Enforcement,
}

impl ProblemKind {
    fn write(&self, f: &mut fmt::Formatter<'_>, setting: Setting, words: Words) -> fmt::Result {
        let either = |code, data| match words {
            Words::Code => code,
            Words::Data => data,
        };
        match self {
            Self::InvalidOrigin(invalid) => fmt::Display::fmt(invalid, f),
            Self::AnyOriginBesideOthers(trust) => {
                f.write_str(
                    r#"origin "*" stands beside other origins: it says both any origin and only these; remove "*""#,
                )?;
                match trust {
                    Some(_) => Ok(()),
                    None => write!(f, ", or write {} alone for a public API", either("allow_origin(Any)", r#"["*"]"#)),
                }
            }
            Self::AnyOriginTrusted(Trust::Credentials) => write!(
                f,
                "any origin cannot be allowed together with credentials: every website could act as your users; list the origins you trust{}, which tokens in a header do not need",
                either(" with allow_origins, or remove allow_credentials(true)", ", or remove credentials")
            ),
            Self::AnyOriginTrusted(Trust::Enforcement) => write!(
                f,
                "any origin cannot be allowed where disallowed origins are rejected: nothing would ever be rejected; list the origins you trust{}",
                either(" with allow_origins", "")
            ),
            Self::NullOrigin => write!(
                f,
                r#"origin "null" is shared by every website: each can send it from a sandboxed frame; remove it, or {}, after which any website can read what this policy gives"#,
                either("call dangerously_allow_null_origin()", "set dangerously_allow_null_origin")
            ),
            Self::NullOriginTrusted => f.write_str(
                r#"origin "null" cannot be let in where disallowed origins are rejected: every website can send it from a sandboxed frame; remove it"#,
            ),
            Self::InsecureOrigin { origin, suggestion } => {
                // Only `localhost` is suggested under `http`.
                let at_localhost = suggestion.as_deref().filter(|text| text.starts_with("http://"));
                write!(
                    f,
                    "origin {} is not {}: whoever is on the network path can put a script there that acts as your users; ",
                    Quoted(origin),
                    if at_localhost.is_some() { "this machine to browsers, and not encrypted" } else { "encrypted" }
                )?;
                match (at_localhost, suggestion) {
                    // To be copied, so nothing is cut; and valid, so there is nothing to escape.
                    (Some(localhost), _) => write!(f, "open the page at localhost and write \"{localhost}\"")?,
                    (None, Some(https)) => write!(f, "write \"{https}\"")?,
                    (None, None) => f.write_str("serve it over https and write that origin")?,
                }
                write!(
                    f,
                    ", or {}, after which such a script is trusted",
                    either("call dangerously_allow_insecure_origins()", "set dangerously_allow_insecure_origins")
                )
            }
            Self::OriginOpenToStrangers { pattern, base } => {
                let pattern = Quoted(pattern);
                if is_unchecked(base) {
                    write!(
                        f,
                        "origin {pattern} may let strangers in: the feature `public-suffix` of tower-cors, which is off, \
                         would tell whether anybody can get a name there; turn the feature on, list the exact origins you \
                         own, or "
                    )?;
                } else {
                    write!(
                        f,
                        "origin {pattern} lets strangers in: anybody can get a name there; list the exact origins you \
                         own, or "
                    )?;
                }
                match words {
                    Words::Code => write!(f, "call dangerously_allow_public_suffix(\"{base}\")")?,
                    Words::Data => write!(f, "add \"{base}\" to dangerously_allow_public_suffixes")?,
                }
                f.write_str(", after which everybody who has such a name is trusted")
            }
            Self::WildcardInList => {
                f.write_str(match setting {
                    Setting::Vary => r#""*" is no header's name: `Vary: *` keeps every cache from using the answer"#,
                    _ => r#""*" is no element of a list: with credentials browsers take it for a name"#,
                })?;
                f.write_str(setting.any_spelling(words))
            }
            Self::InvalidMethod { value } => write!(
                f,
                "invalid method {}: a method is one or more letters, digits or !#$%&'*+-.^_`|~; write one method for each element, such as \"PUT\"",
                Quoted(value)
            ),
            Self::InvalidHeaderName { value } => write!(
                f,
                "invalid header name {}: a header name is one or more letters, digits or !#$%&'*+-.^_`|~; write one name for each element, such as \"content-type\"",
                Quoted(value)
            ),
            Self::MaxAgeNotWholeSeconds { max_age } => write!(
                f,
                "max age {max_age:?} has a part of a second: browsers read whole seconds; write Duration::from_secs({})",
                max_age.as_secs().max(1)
            ),
            Self::PreflightStatus { status } => write!(
                f,
                "preflight status {status} is not supported: browsers need a success, and only 200 and 204 have no body to wait for; write {} for very old clients",
                either("StatusCode::NO_CONTENT, or StatusCode::OK", "204, or 200")
            ),
            Self::NoOrigins => f.write_str(
                r#"no origin is listed: no page of another origin could read anything; list the origins of your pages, or write ["*"] for a public API"#,
            ),
            Self::UnknownKey { key, suggestion } => {
                write!(f, "unknown key {}: it would have no effect; ", Quoted(key))?;
                match suggestion {
                    Some(suggestion) => write!(f, "write {}", Quoted(suggestion)),
                    None => f.write_str("remove it"),
                }
            }
            Self::RepeatedKey => {
                f.write_str("this key stands here more than once: which one is meant is not certain; write it once")
            }
            Self::DangerousKey => f.write_str(
                "this key opens more than a configuration may by itself; remove it or, if nobody else can write this configuration, let the program call trust_dangerous_keys()",
            ),
            Self::UnexpectedValue { expected, found, value } => {
                write!(f, "expected {expected}, found {found}")?;
                value.as_deref().map_or(Ok(()), |value| write!(f, " {}", Quoted(value)))
            }
            Self::PredicateAsData => {
                f.write_str("a predicate is code, which no configuration can hold; list origins with allow_origins")
            }
        }
    }
}

/// Whether nobody could be asked about this base: of single labels and of schemes it is certain that strangers get in.
fn is_unchecked(base: &str) -> bool {
    let certain = base != "localhost" && (base.contains("://") || !base.contains('.'));
    cfg!(not(feature = "public-suffix")) && !certain
}
