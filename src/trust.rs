//! Which origins a policy may trust: the rules for policies with credentials and for those that reject other origins.

use crate::origin::{HostShape, OriginPattern, PortShape, Shape};
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
            suggestion: safe_spelling(pattern, settings),
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

/// What to write where `suggestion` would repair a faulty entry: the same, if it can be trusted, or its safe spelling.
pub(crate) fn trusted_spelling(suggestion: &str, settings: &Settings) -> Option<String> {
    let pattern = suggestion.parse::<OriginPattern>().ok()?;
    match trusted_pattern_problems(&pattern, settings).as_slice() {
        [] if pattern.shape() == Shape::Any => None,
        [] => Some(suggestion.to_owned()),
        [ProblemKind::InsecureOrigin { suggestion, .. }] => suggestion.clone(),
        _ => None,
    }
}

/// The same origin under `https`; at `localhost` where it is the address that a server listens at, and prints. Any other
/// with a port of its own is left alone: the other scheme has another port.
fn safe_spelling(pattern: &OriginPattern, settings: &Settings) -> Option<String> {
    let Shape::Origins { scheme: "http", host, port } = pattern.shape() else { return None };
    let spelling = match (host, port) {
        (HostShape::Exact(address @ ("0.0.0.0" | "[::]")), _) => pattern.as_str().replacen(address, "localhost", 1),
        (_, PortShape::Absent | PortShape::Any) => format!("https{}", pattern.as_str().strip_prefix("http")?),
        (_, PortShape::Number(_)) => return None,
    };
    let safe = trusted_pattern_problems(&spelling.parse().ok()?, settings).is_empty();
    safe.then_some(spelling)
}
