//! Which origins a policy may trust: the rules for policies with credentials and for those that reject other origins.

use crate::origin::{OriginPattern, PortShape, Shape};
use crate::problem::{Problem, ProblemKind, Setting, Trust};
use crate::settings::Settings;

/// Any origin is never trusted, whatever was switched on.
pub(crate) fn any_origin_problem(trust: Trust) -> Problem {
    Problem::new(Setting::AllowOrigins, ProblemKind::AnyOriginTrusted(trust))
}

/// What keeps `null` out of a list.
pub(crate) fn null_origin_problem(settings: &Settings, enforced: bool) -> Option<ProblemKind> {
    if enforced {
        Some(ProblemKind::NullOriginTrusted)
    } else if settings.allow_null_origin {
        None
    } else {
        Some(ProblemKind::NullOrigin)
    }
}

/// All that keeps one entry of the list from being trusted.
pub(crate) fn trusted_pattern_problems(pattern: &OriginPattern, settings: &Settings) -> Vec<ProblemKind> {
    // Nothing is allocated for an entry without a fault: there may be a million.
    let mut problems = Vec::new();
    if pattern.is_insecure_http() && !settings.allow_insecure_origins {
        problems.push(ProblemKind::InsecureOrigin {
            origin: pattern.as_str().to_owned(),
            suggestion: https_spelling(pattern, settings),
        });
    }
    if let Some(base) = pattern.open_to_strangers() {
        if settings.allow_public_suffixes.iter().all(|lifted| lifted != base) {
            problems.push(ProblemKind::OriginOpenToStrangers {
                pattern: pattern.as_str().to_owned(),
                base: base.to_owned(),
            });
        }
    }
    problems
}

/// What to write where `suggestion` would repair a faulty entry: the same, if it can be trusted, or its `https` spelling.
pub(crate) fn trusted_spelling(suggestion: &str, settings: &Settings) -> Option<String> {
    let pattern = suggestion.parse::<OriginPattern>().ok()?;
    match trusted_pattern_problems(&pattern, settings).as_slice() {
        [] if pattern.shape() == Shape::Any => None,
        [] => Some(suggestion.to_owned()),
        [ProblemKind::InsecureOrigin { suggestion, .. }] => suggestion.clone(),
        _ => None,
    }
}

/// The same origin under `https`. One with a port of its own is left alone: the other scheme has another port.
fn https_spelling(pattern: &OriginPattern, settings: &Settings) -> Option<String> {
    match pattern.shape() {
        Shape::Origins { scheme: "http", port: PortShape::Absent | PortShape::Any, .. } => {
            let https = format!("https{}", pattern.as_str().strip_prefix("http")?);
            let pattern = https.parse::<OriginPattern>().ok()?;
            trusted_pattern_problems(&pattern, settings).is_empty().then_some(https)
        }
        _ => None,
    }
}
