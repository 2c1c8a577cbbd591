//! [`PolicyDiff`]: what the step from one policy to another opens and closes.

use std::collections::HashSet;
use std::fmt;
use std::time::Duration;

use http::{HeaderName, Method, StatusCode};

use crate::canonical::{ANY_EXCEPT_AUTHORIZATION, PREDICATE};
use crate::compile::LONGEST_MAX_AGE_S;
use crate::compiled::{Compiled, Exposed, Origins};
use crate::fetch;
use crate::origin::Covering;
use crate::policy::CorsPolicy;
use crate::settings::Settings;
use crate::values::{ExposedRule, HeadersRule, MethodsRule};

/// So long browsers keep the answer to a preflight that does not say how long.
/// <https://fetch.spec.whatwg.org/#cors-preflight-fetch>
const DEFAULT_MAX_AGE: Duration = Duration::from_secs(5);
/// At most this many entries of a list are printed; the rest is counted.
const PRINTED: usize = 50;

/// What the step from one policy to another changes, as browsers see it.
///
/// An entry that others cover is neither opened nor closed: `https://a.example.com` beside `https://*.example.com`, the
/// method `GET`, a header that browsers send without asking.
///
/// ```
/// use std::time::Duration;
/// use http::Method;
/// use tower_cors::{CorsLayer, PolicyDiff};
///
/// let layer = CorsLayer::new().max_age(Duration::from_secs(600));
/// let old = layer.clone().allow_origins(["https://a.example.com", "https://b.example.org"]).build()?;
/// let new = layer.allow_origins(["https://*.example.com"]).allow_methods([Method::PUT]).build()?;
///
/// let diff = PolicyDiff::between(&old, &new);
/// assert_eq!(diff.origins().opened(), ["https://*.example.com"]);
/// assert_eq!(diff.origins().closed(), ["https://b.example.org"]);
/// assert_eq!(diff.methods().opened(), ["PUT"]);
/// assert_eq!(diff.grants_last(), Some(Duration::from_secs(600)));
/// # Ok::<(), tower_cors::PolicyError>(())
/// ```
///
/// What is closed is closed for answers at once. Requests are another matter: a browser that holds the answer to an
/// earlier preflight, the grant, sends what that allowed for up to [`grants_last`](Self::grants_last) more, and your
/// service acts on it. Only [`reject_disallowed_origins`](crate::CorsLayer::reject_disallowed_origins) stops such
/// requests, those of closed origins; no CORS policy stops those of an origin that is still allowed, with a method or a
/// header that no longer is. `Display` says both:
///
/// ```
/// # use http::Method;
/// # use tower_cors::{CorsLayer, PolicyDiff};
/// let old = CorsLayer::new().allow_origins(["https://a.example", "https://b.example"]).build()?;
/// let new = CorsLayer::new().allow_origins(["https://a.example"]).allow_methods([Method::PUT]).build()?;
/// assert_eq!(PolicyDiff::between(&old, &new).to_string(), "\
/// origins closed: https://b.example
/// methods opened: PUT
/// Browsers may use preflight grants that they hold for up to 5 s more, or longer if an earlier policy said longer: they \
/// still send what is closed. Only reject_disallowed_origins stops requests of closed origins; it is off.");
/// # Ok::<(), tower_cors::PolicyError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct PolicyDiff {
    origins: Delta,
    methods: Delta,
    headers: Delta,
    exposed_headers: Delta,
    inner_exposed_headers: Option<Step<bool>>,
    credentials: Option<Step<bool>>,
    reject_disallowed_origins: Option<Step<bool>>,
    max_age: Option<Step<Option<Duration>>>,
    vary: Option<Step<Vec<HeaderName>>>,
    preflight_status: Option<Step<StatusCode>>,
    /// How long browsers keep what the old policy granted.
    old_max_age: Duration,
    rejects: bool,
}

/// The entries of a list that a step opens, and those that it closes.
///
/// `*` is any that is not listed, `* except authorization` any but that one, `<fn>` what a predicate says yes to, which
/// nobody knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Delta {
    opened: Vec<String>,
    closed: Vec<String>,
}

impl Delta {
    /// What was not allowed before, or not all of it.
    #[must_use]
    pub fn opened(&self) -> &[String] {
        &self.opened
    }

    /// What is not allowed any more, or not all of it.
    #[must_use]
    pub fn closed(&self) -> &[String] {
        &self.closed
    }

    /// Whether nothing is opened or closed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.opened.is_empty() && self.closed.is_empty()
    }
}

/// A value that changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "there is no third")]
pub struct Step<T> {
    /// Before.
    pub old: T,
    /// From now on.
    pub new: T,
}

impl<T: PartialEq> Step<T> {
    /// `None` if nothing changes.
    fn between(old: T, new: T) -> Option<Self> {
        (old != new).then_some(Self { old, new })
    }
}

impl PolicyDiff {
    /// The step from `old` to `new`. Takes a time that grows with the lengths of their lists, not with the product.
    pub fn between(old: &CorsPolicy, new: &CorsPolicy) -> Self {
        let (old, new) = (old.compiled(), new.compiled());
        let (before, after) = (&old.settings, &new.settings);
        let delta = |old: Names<'_>, new: Names<'_>| Delta { opened: new.beyond(&old), closed: old.beyond(&new) };
        Self {
            origins: Delta { opened: origins_beyond(new, old), closed: origins_beyond(old, new) },
            methods: delta(Names::of_methods(&before.methods), Names::of_methods(&after.methods)),
            headers: delta(Names::of_headers(&before.headers), Names::of_headers(&after.headers)),
            exposed_headers: delta(Names::of_exposed(&before.exposed), Names::of_exposed(&after.exposed)),
            inner_exposed_headers: Step::between(keeps_inner_exposed(old), keeps_inner_exposed(new)),
            credentials: Step::between(before.credentials, after.credentials),
            reject_disallowed_origins: Step::between(before.reject_disallowed_origins, after.reject_disallowed_origins),
            max_age: Step::between(before.max_age, after.max_age),
            vary: Step::between(before.vary.clone(), after.vary.clone()),
            preflight_status: Step::between(before.preflight_status, after.preflight_status),
            old_max_age: before.max_age.unwrap_or(DEFAULT_MAX_AGE).min(Duration::from_secs(LONGEST_MAX_AGE_S)),
            rejects: after.reject_disallowed_origins,
        }
    }

    /// Whether browsers notice nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let Self {
            origins,
            methods,
            headers,
            exposed_headers,
            inner_exposed_headers,
            credentials,
            reject_disallowed_origins,
            max_age,
            vary,
            preflight_status,
            old_max_age: _,
            rejects: _,
        } = self;
        [origins, methods, headers, exposed_headers].into_iter().all(Delta::is_empty)
            && inner_exposed_headers.is_none()
            && credentials.is_none()
            && reject_disallowed_origins.is_none()
            && max_age.is_none()
            && vary.is_none()
            && preflight_status.is_none()
    }

    /// The origins.
    #[must_use]
    pub fn origins(&self) -> &Delta {
        &self.origins
    }

    /// The methods that browsers ask for: not `GET`, `HEAD` and `POST`, which they send without asking.
    #[must_use]
    pub fn methods(&self) -> &Delta {
        &self.methods
    }

    /// The request headers that browsers ask for.
    #[must_use]
    pub fn headers(&self) -> &Delta {
        &self.headers
    }

    /// The response headers that scripts may read. Those that the service itself exposes where the policy names none are
    /// not known here; see [`inner_exposed_headers`](Self::inner_exposed_headers).
    #[must_use]
    pub fn exposed_headers(&self) -> &Delta {
        &self.exposed_headers
    }

    /// Whether the `Access-Control-Expose-Headers` of the service itself stays, if that changes: it does as long as the
    /// policy [names none](crate::CorsLayer::expose_headers).
    ///
    /// ```
    /// use http::header::ETAG;
    /// use tower_cors::{CorsLayer, PolicyDiff, Step};
    ///
    /// let layer = CorsLayer::new().allow_origins(["https://a.example"]);
    /// let diff = PolicyDiff::between(&layer.clone().build()?, &layer.expose_headers([ETAG]).build()?);
    /// assert_eq!(diff.exposed_headers().opened(), ["etag"]);
    /// assert_eq!(diff.inner_exposed_headers(), Some(Step { old: true, new: false }));
    /// # Ok::<(), tower_cors::PolicyError>(())
    /// ```
    #[must_use]
    pub fn inner_exposed_headers(&self) -> Option<Step<bool>> {
        self.inner_exposed_headers
    }

    /// Whether credentials are allowed, if that changes.
    #[must_use]
    pub fn credentials(&self) -> Option<Step<bool>> {
        self.credentials
    }

    /// Whether requests of other origins are refused, if that changes.
    #[must_use]
    pub fn reject_disallowed_origins(&self) -> Option<Step<bool>> {
        self.reject_disallowed_origins
    }

    /// The max age, if it changes; `None` inside is not set.
    #[must_use]
    pub fn max_age(&self) -> Option<Step<Option<Duration>>> {
        self.max_age
    }

    /// The names given to `vary`, if they change.
    #[must_use]
    pub fn vary(&self) -> Option<&Step<Vec<HeaderName>>> {
        self.vary.as_ref()
    }

    /// The status of the answer to a permitted preflight, if it changes.
    #[must_use]
    pub fn preflight_status(&self) -> Option<Step<StatusCode>> {
        self.preflight_status
    }

    /// How long browsers may still send what is closed, because an earlier preflight allowed it: the old policy's max
    /// age, at most a day. `None` if nothing of that kind is closed, or the old policy had preflights forgotten at once.
    ///
    /// Grants of policies before the old one may last longer, if their max age was longer.
    #[must_use]
    pub fn grants_last(&self) -> Option<Duration> {
        let closes = !self.origins.closed.is_empty() || self.closes_for_allowed_origins();
        (closes && !self.old_max_age.is_zero()).then_some(self.old_max_age)
    }

    fn closes_for_allowed_origins(&self) -> bool {
        !self.methods.closed.is_empty()
            || !self.headers.closed.is_empty()
            || matches!(self.credentials, Some(Step { old: true, .. }))
    }
}

impl fmt::Display for PolicyDiff {
    /// One change a line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines = Lines { f, first: true };
        lines.delta("origins", &self.origins)?;
        lines.delta("methods", &self.methods)?;
        lines.delta("request headers", &self.headers)?;
        lines.delta("exposed headers", &self.exposed_headers)?;
        lines.step("exposed headers named by the service itself", self.inner_exposed_headers.as_ref(), |kept| {
            if *kept { "kept" } else { "removed" }.to_owned()
        })?;
        let on_or_off = |on: &bool| if *on { "on" } else { "off" }.to_owned();
        lines.step("credentials", self.credentials.as_ref(), on_or_off)?;
        lines.step("reject_disallowed_origins", self.reject_disallowed_origins.as_ref(), on_or_off)?;
        lines.step("max_age", self.max_age.as_ref(), |max_age| {
            max_age.map_or("not set".to_owned(), |max_age| format!("{} s", max_age.as_secs()))
        })?;
        lines.step("vary", self.vary.as_ref(), |names| {
            format!("[{}]", names.iter().map(HeaderName::as_str).collect::<Vec<_>>().join(", "))
        })?;
        lines.step("preflight_status", self.preflight_status.as_ref(), |status| status.as_u16().to_string())?;
        if let Some(grants_last) = self.grants_last() {
            lines.line(format_args!(
                "Browsers may use preflight grants that they hold for up to {} s more, or longer if an earlier policy \
                 said longer: they still send what is closed.",
                grants_last.as_secs(),
            ))?;
            if !self.origins.closed.is_empty() {
                let switch = if self.rejects { "on" } else { "off" };
                write!(lines.f, " Only reject_disallowed_origins stops requests of closed origins; it is {switch}.")?;
            }
            if self.closes_for_allowed_origins() {
                lines.f.write_str(
                    " Not even reject_disallowed_origins stops requests of origins that are still allowed: the service \
                     acts on them.",
                )?;
            }
        }
        if lines.first { f.write_str("no change") } else { Ok(()) }
    }
}

struct Lines<'a, 'b> {
    f: &'a mut fmt::Formatter<'b>,
    first: bool,
}

impl Lines<'_, '_> {
    fn line(&mut self, line: fmt::Arguments<'_>) -> fmt::Result {
        if !std::mem::take(&mut self.first) {
            self.f.write_str("\n")?;
        }
        self.f.write_fmt(line)
    }

    fn delta(&mut self, of: &str, delta: &Delta) -> fmt::Result {
        self.entries(of, "opened", &delta.opened)?;
        self.entries(of, "closed", &delta.closed)
    }

    fn entries(&mut self, of: &str, what: &str, entries: &[String]) -> fmt::Result {
        let printed = entries.get(..PRINTED).unwrap_or(entries).join(", ");
        match (entries.len(), entries.len().saturating_sub(PRINTED)) {
            (0, _) => Ok(()),
            (_, 0) => self.line(format_args!("{of} {what}: {printed}")),
            (_, more) => self.line(format_args!("{of} {what}: {printed} and {more} more")),
        }
    }

    fn step<T>(&mut self, of: &str, step: Option<&Step<T>>, show: impl Fn(&T) -> String) -> fmt::Result {
        let Some(Step { old, new }) = step else { return Ok(()) };
        self.line(format_args!("{of}: {} -> {}", show(old), show(new)))
    }
}

/// The entries of `this` that allow origins which `other` does not.
fn origins_beyond(this: &Compiled, other: &Compiled) -> Vec<String> {
    match (&this.origins, &other.origins) {
        (_, Origins::Any) => Vec::new(),
        (Origins::Any, _) => vec!["*".to_owned()],
        (Origins::Predicate(one), Origins::Predicate(two))
            if one == two && !is_asked_more(&this.settings, &other.settings) =>
        {
            Vec::new()
        }
        (Origins::Predicate(_), _) => vec![PREDICATE.to_owned()],
        (Origins::Listed { set, null }, Origins::Predicate(_)) => {
            set.iter().chain(null.then_some("null")).map(str::to_owned).collect()
        }
        (Origins::Listed { set, null }, Origins::Listed { set: other_set, null: other_null }) => {
            let others = Covering::new(other_set);
            let beyond = set.iter().filter(|text| !others.covers(text));
            beyond.chain((*null && !other_null).then_some("null")).map(str::to_owned).collect()
        }
    }
}

/// Whether what the service itself exposes is exposed.
fn keeps_inner_exposed(policy: &Compiled) -> bool {
    matches!(policy.exposed, Exposed::Nothing)
}

/// Whether a predicate is asked about origins under `this` that it is not asked about under `other`.
fn is_asked_more(this: &Settings, other: &Settings) -> bool {
    (this.asks_about_null() && !other.asks_about_null())
        || (this.asks_about_insecure_origins() && !other.asks_about_insecure_origins())
}

/// The names of a list that mean something to a browser.
enum Names<'a> {
    Any,
    AnyExceptAuthorization,
    Listed(Vec<&'a str>),
}

impl<'a> Names<'a> {
    fn of_methods(rule: &'a MethodsRule) -> Self {
        let matters = |method: &&str| !fetch::is_forbidden_method(method) && !fetch::is_safelisted_method(method);
        match rule {
            MethodsRule::Any => Self::Any,
            MethodsRule::List(methods) => Self::Listed(methods.iter().map(Method::as_str).filter(matters).collect()),
        }
    }

    fn of_headers(rule: &'a HeadersRule) -> Self {
        let matters = |name: &&HeaderName| {
            !fetch::is_forbidden_request_header(name) && !fetch::is_always_safelisted_request_header(name)
        };
        match rule {
            HeadersRule::Any => Self::Any,
            HeadersRule::AnyExceptAuthorization => Self::AnyExceptAuthorization,
            HeadersRule::List(names) => Self::Listed(names.iter().filter(matters).map(HeaderName::as_str).collect()),
        }
    }

    fn of_exposed(rule: &'a ExposedRule) -> Self {
        let matters = |name: &&HeaderName| {
            !fetch::is_forbidden_response_header(name) && !fetch::is_safelisted_response_header(name)
        };
        match rule {
            ExposedRule::Any => Self::Any,
            ExposedRule::List(names) => Self::Listed(names.iter().filter(matters).map(HeaderName::as_str).collect()),
        }
    }

    /// What this has that the other has not.
    fn beyond(&self, other: &Self) -> Vec<String> {
        const AUTHORIZATION: &str = "authorization";
        let one = |name: &str| vec![name.to_owned()];
        match (self, other) {
            (Self::Listed(names), Self::AnyExceptAuthorization) if names.contains(&AUTHORIZATION) => one(AUTHORIZATION),
            (_, Self::Any) | (Self::AnyExceptAuthorization | Self::Listed(_), Self::AnyExceptAuthorization) => {
                Vec::new()
            }
            (Self::Any, Self::AnyExceptAuthorization) => one(AUTHORIZATION),
            (Self::Any, Self::Listed(_)) => one("*"),
            (Self::AnyExceptAuthorization, Self::Listed(_)) => one(ANY_EXCEPT_AUTHORIZATION),
            (Self::Listed(names), Self::Listed(others)) => {
                let others: HashSet<&str> = others.iter().copied().collect();
                names.iter().filter(|name| !others.contains(*name)).map(|name| (*name).to_owned()).collect()
            }
        }
    }
}
