//! From rules to a [`Compiled`] policy: every check, and every value that can be made ahead of the first request.

use std::time::Duration;

use http::header::{ACCESS_CONTROL_REQUEST_METHOD, ORIGIN};
use http::{HeaderName, HeaderValue, Method, StatusCode};

use crate::compiled::{Compiled, Exposed, Origins, Permission, Preflight, Vary};
use crate::fetch;
use crate::origin::{InvalidOrigin, InvalidOriginKind, OriginPattern, OriginSet, Shape};
use crate::problem::{PolicyError, Problem, ProblemKind, Setting, Trust};
use crate::settings::Settings;
use crate::trace::{Often, Once};
use crate::trust;
use crate::values::{
    EntryText, ExposedRule, HeadersRule, MethodsRule, OriginEntry, OriginsRule, preflight_request_headers,
};
use crate::vary::VaryNames;

/// Longer than this no browser keeps the answer to a preflight (Firefox; Chromium 7200 s, WebKit 600 s).
pub(crate) const LONGEST_MAX_AGE_S: u64 = 86_400;

/// Checks everything, and reports everything that is wrong together.
pub(crate) fn compile(origins: OriginsRule, mut settings: Settings) -> Result<Compiled, PolicyError> {
    let mut problems = Vec::new();
    let origins = check_origins(origins, &settings, &mut problems);
    check_lists(&settings, &mut problems);
    check_max_age(settings.max_age, &mut problems);
    if ![StatusCode::OK, StatusCode::NO_CONTENT].contains(&settings.preflight_status) {
        let status = settings.preflight_status.as_u16();
        problems.push(Problem::new(Setting::PreflightStatus, ProblemKind::PreflightStatus { status }));
    }
    PolicyError::check(problems)?;

    normalize(&mut settings);
    let mut compiled = Compiled {
        vary: vary(&origins, &settings),
        origins,
        credentials: settings.credentials,
        reject_disallowed_origins: settings.reject_disallowed_origins,
        exposed: exposed(&settings),
        preflight: Preflight {
            ok: settings.preflight_status == StatusCode::OK,
            methods: allowed_methods(&settings),
            headers: allowed_headers(&settings),
            max_age: settings.max_age.map(|max_age| HeaderValue::from(max_age.as_secs().min(LONGEST_MAX_AGE_S))),
        },
        settings,
        inner_headers: Once::default(),
        marks: Often::default(),
    };
    for value in compiled.values_mut() {
        // The first clone of a value turns its buffer into a counted one, which allocates: do that now.
        drop(value.clone());
    }
    Ok(compiled)
}

/// Checks again, for [`OriginGuard`](crate::OriginGuard), what a policy without enforcement was not held to.
pub(crate) fn check_enforceable(compiled: &Compiled) -> Result<(), PolicyError> {
    let mut problems = Vec::new();
    match &compiled.origins {
        Origins::Any => problems.push(trust::any_origin_problem(Trust::Enforcement)),
        Origins::Predicate(_) => {}
        Origins::Listed { set, null } => {
            // Without their places: the set has each entry once, and not `null`.
            for text in set.iter() {
                if let Ok(pattern) = text.parse::<OriginPattern>() {
                    let found = trust::trusted_pattern_problems(&pattern, &compiled.settings);
                    problems.extend(found.into_iter().map(|kind| Problem::new(Setting::AllowOrigins, kind)));
                }
            }
            if *null {
                let problem = trust::null_origin_problem(&compiled.settings, true);
                problems.extend(problem.map(|kind| Problem::new(Setting::AllowOrigins, kind)));
            }
        }
    }
    PolicyError::check(problems)
}

fn check_origins(rule: OriginsRule, settings: &Settings, problems: &mut Vec<Problem>) -> Origins {
    let entries = match rule {
        OriginsRule::Any => return any_origin(settings, problems),
        OriginsRule::Predicate(predicate) => return Origins::Predicate(predicate),
        OriginsRule::List(entries) => entries,
    };
    if let [OriginEntry(only)] = entries.as_slice() {
        if only.as_str() == "*" {
            return any_origin(settings, problems);
        }
    }
    let alone = entries.len() == 1;
    let mut null = false;
    let mut patterns = Vec::with_capacity(entries.len());
    for (index, OriginEntry(entry)) in entries.into_iter().enumerate() {
        let checked = match entry {
            EntryText::Unchecked(text) if text == "null" => {
                null = true;
                let problem = trust::null_origin_problem(settings, settings.reject_disallowed_origins);
                problem.map_or(Ok(None), |kind| Err(vec![kind]))
            }
            EntryText::Unchecked(text) => check_pattern(OriginPattern::try_from(text), alone, settings).map(Some),
            EntryText::Parsed(pattern) => check_pattern(Ok(pattern), alone, settings).map(Some),
        };
        match checked {
            Ok(pattern) => patterns.extend(pattern),
            Err(kinds) => {
                problems.extend(kinds.into_iter().map(|kind| Problem::at(Setting::AllowOrigins, index, kind)));
            }
        }
    }
    if !problems.is_empty() {
        patterns.clear();
    }
    Origins::Listed { set: OriginSet::compile(&patterns), null }
}

fn any_origin(settings: &Settings, problems: &mut Vec<Problem>) -> Origins {
    // Where others are rejected nothing is gained by removing the credentials.
    let enforcement = settings.reject_disallowed_origins.then_some(Trust::Enforcement);
    problems.extend(enforcement.or_else(|| settings.trust()).map(trust::any_origin_problem));
    Origins::Any
}

fn check_pattern(
    pattern: Result<OriginPattern, InvalidOrigin>,
    alone: bool,
    settings: &Settings,
) -> Result<OriginPattern, Vec<ProblemKind>> {
    let pattern = pattern.map_err(|invalid| vec![invalid_origin(invalid, alone, settings)])?;
    if pattern.shape() == Shape::Any {
        return Err(vec![ProblemKind::AnyOriginBesideOthers(settings.trust())]);
    }
    let problems = settings.trust().map_or_else(Vec::new, |_| trust::trusted_pattern_problems(&pattern, settings));
    if problems.is_empty() { Ok(pattern) } else { Err(problems) }
}

/// The problem of an entry that is no pattern. What it suggests builds, here and under these settings; `alone` is an entry
/// without others beside it.
pub(crate) fn invalid_origin(invalid: InvalidOrigin, alone: bool, settings: &Settings) -> ProblemKind {
    if settings.reject_disallowed_origins && invalid.kind() == InvalidOriginKind::Null {
        // No switch helps, so none is named.
        return ProblemKind::NullOriginTrusted;
    }
    let invalid = invalid.map_suggestions(|text| match settings.trust() {
        _ if text == "*" && !alone => None,
        Some(_) => trust::trusted_spelling(text, settings),
        None => Some(text.to_owned()),
    });
    ProblemKind::InvalidOrigin(if settings.trust().is_some() { invalid.of_trusting_policy() } else { invalid })
}

fn check_lists(settings: &Settings, problems: &mut Vec<Problem>) {
    fn wildcards<'a>(setting: Setting, names: impl Iterator<Item = &'a str>) -> impl Iterator<Item = Problem> {
        names
            .enumerate()
            .filter(|(_, name)| *name == "*")
            .map(move |(index, _)| Problem::at(setting, index, ProblemKind::WildcardInList))
    }
    if let MethodsRule::List(methods) = &settings.methods {
        problems.extend(wildcards(Setting::AllowMethods, methods.iter().map(Method::as_str)));
    }
    if let HeadersRule::List(names) = &settings.headers {
        problems.extend(wildcards(Setting::AllowHeaders, names.iter().map(HeaderName::as_str)));
    }
    if let ExposedRule::List(names) = &settings.exposed {
        problems.extend(wildcards(Setting::ExposeHeaders, names.iter().map(HeaderName::as_str)));
    }
    problems.extend(wildcards(Setting::Vary, settings.vary.iter().map(HeaderName::as_str)));
}

fn check_max_age(max_age: Option<Duration>, problems: &mut Vec<Problem>) {
    if let Some(max_age) = max_age.filter(|max_age| max_age.subsec_nanos() != 0) {
        problems.push(Problem::new(Setting::MaxAge, ProblemKind::MaxAgeNotWholeSeconds { max_age }));
    }
}

/// Writes the rules as browsers read them: methods in their normalised case, everything once.
fn normalize(settings: &mut Settings) {
    if let MethodsRule::List(methods) = &mut settings.methods {
        *methods = unique(std::mem::take(methods).into_iter().map(fetch::normalize_method));
    }
    if let HeadersRule::List(names) = &mut settings.headers {
        *names = unique(std::mem::take(names));
    }
    if let ExposedRule::List(names) = &mut settings.exposed {
        *names = unique(std::mem::take(names));
    }
    settings.vary = unique(std::mem::take(&mut settings.vary));
    settings.allow_public_suffixes = unique(std::mem::take(&mut settings.allow_public_suffixes));
}

fn unique<T: Clone + Eq + std::hash::Hash>(items: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut seen = std::collections::HashSet::new();
    items.into_iter().filter(|item| seen.insert(item.clone())).collect()
}

fn allowed_methods(settings: &Settings) -> Permission {
    match &settings.methods {
        MethodsRule::Any if settings.credentials => Permission::Echo,
        MethodsRule::Any => Permission::Constant(HeaderValue::from_static("*")),
        MethodsRule::List(methods) => {
            let methods = methods.iter().map(Method::as_str).filter(|method| !fetch::is_forbidden_method(method));
            joined(methods).map_or(Permission::Nothing, Permission::Constant)
        }
    }
}

fn allowed_headers(settings: &Settings) -> Permission {
    match &settings.headers {
        HeadersRule::Any if settings.credentials => Permission::Echo,
        HeadersRule::AnyExceptAuthorization if settings.credentials => Permission::EchoExceptAuthorization,
        // The protocol's `*` does not cover `authorization`: <https://fetch.spec.whatwg.org/#cors-non-wildcard-request-header-name>
        HeadersRule::Any => Permission::Constant(HeaderValue::from_static("*,authorization")),
        HeadersRule::AnyExceptAuthorization => Permission::Constant(HeaderValue::from_static("*")),
        HeadersRule::List(names) => {
            let names = names.iter().filter(|name| !fetch::is_forbidden_request_header(name));
            joined(names.map(HeaderName::as_str)).map_or(Permission::Nothing, Permission::Constant)
        }
    }
}

fn exposed(settings: &Settings) -> Exposed {
    match &settings.exposed {
        ExposedRule::Any if settings.credentials => Exposed::Present,
        ExposedRule::Any => Exposed::Constant(HeaderValue::from_static("*")),
        ExposedRule::List(names) if names.is_empty() => Exposed::Nothing,
        ExposedRule::List(names) => {
            let names = names.iter().filter(|name| !fetch::is_forbidden_response_header(name));
            joined(names.map(HeaderName::as_str)).map_or(Exposed::Void, Exposed::Constant)
        }
    }
}

/// `None` for an empty list: the header is then left out.
fn joined<'a>(names: impl Iterator<Item = &'a str>) -> Option<HeaderValue> {
    let line = names.collect::<Vec<_>>().join(",");
    // Tokens and commas are a header value: the conversion always succeeds.
    if line.is_empty() { None } else { HeaderValue::try_from(line).ok() }
}

fn vary(origins: &Origins, settings: &Settings) -> Vary {
    let own = || settings.vary.iter().cloned();
    let origin = (!matches!(origins, Origins::Any)).then_some(ORIGIN);
    Vary {
        preflight: VaryNames::new(preflight_request_headers().chain(own())),
        forwarded_options: VaryNames::new([ORIGIN, ACCESS_CONTROL_REQUEST_METHOD].into_iter().chain(own())),
        actual: VaryNames::new(origin.into_iter().chain(own())),
    }
}
