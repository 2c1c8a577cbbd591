//! Parts of sentences: what many explanations say.

use std::fmt;

use crate::compiled::{Compiled, Origins};
use crate::origin::OriginPattern;
use crate::problem::ProblemKind;
use crate::quote::{Quoted, QuotedBytes};
use crate::trust;

/// More names than this are counted.
const NAMED: usize = 5;

/// How a script asks for credentials.
const SENDS_CREDENTIALS: &str = r#"if the page sends credentials (credentials: "include", withCredentials)"#;

/// Where this layer belongs.
pub(super) const OUTERMOST: &str = "make this layer the outermost one: in axum call .layer(cors) after every other .layer(…), \
                                    in a ServiceBuilder put it first";

pub(super) fn quoted(text: &str) -> String {
    Quoted(text).to_string()
}

pub(super) fn quoted_bytes(bytes: &[u8]) -> String {
    QuotedBytes(bytes).to_string()
}

/// `"a", "b" and "c"`; the sixth and more are counted.
pub(super) fn names<T: AsRef<str>>(names: &[T]) -> String {
    enumeration(names.iter().map(|name| quoted(name.as_ref())).collect())
}

/// As [`names`], without quotes: for code.
pub(super) fn enumeration(mut items: Vec<String>) -> String {
    if items.len() > NAMED {
        let more = items.len() - NAMED;
        items.truncate(NAMED);
        items.push(format!("{more} more"));
    }
    match items.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [all @ .., last] => format!("{} and {last}", all.join(", ")),
    }
}

/// What to write so that this origin is allowed: the safe way first.
pub(super) fn allow(policy: &Compiled, origin: &str) -> String {
    let shown = quoted(origin);
    let settings = &policy.settings;
    match &policy.origins {
        Origins::Predicate(_) => return format!("let the predicate say yes to {shown}"),
        Origins::Listed { .. } | Origins::Any => {}
    }
    let problems = match (settings.trust(), origin.parse::<OriginPattern>()) {
        (Some(_), Ok(pattern)) => trust::trusted_pattern_problems(&pattern, settings),
        _ => Vec::new(),
    };
    match problems.into_iter().next() {
        Some(ProblemKind::InsecureOrigin { suggestion, .. }) => {
            let listed =
                |safe: &str| matches!(&policy.origins, Origins::Listed { set, .. } if set.contains(safe.as_bytes()));
            let at_localhost = suggestion.as_deref().is_some_and(|safe| safe.starts_with("http://"));
            let serve = if at_localhost { "open that page at localhost" } else { "serve that page over https" };
            let and_add = match suggestion {
                Some(safe) if listed(&safe) => String::new(),
                Some(safe) => format!(" and add {} to allow_origins", quoted(&safe)),
                None => " and add its origin to allow_origins".to_owned(),
            };
            format!(
                "{serve}{and_add}, or add {shown} to allow_origins and call dangerously_allow_insecure_origins(), after \
                 which a script that somebody on the network path puts into that page is trusted"
            )
        }
        _ => format!("add {shown} to allow_origins"),
    }
}

/// What is said of an answer that is permitted: the server cannot see whether the page sends credentials.
pub(super) fn credentials_note(policy: &Compiled) -> String {
    if policy.credentials {
        String::new()
    } else if matches!(policy.origins, Origins::Any) {
        format!(
            "; {SENDS_CREDENTIALS}, browsers refuse \"*\": drop that in the script, or list the page's origin with \
             allow_origins and write allow_credentials(true)"
        )
    } else {
        format!("; {SENDS_CREDENTIALS}, write allow_credentials(true)")
    }
}

/// `a` or `an`, by the letter that follows.
pub(super) struct Article<'a>(pub(super) &'a str);

impl fmt::Display for Article<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let vowel = self.0.starts_with(['a', 'e', 'i', 'o', 'u', '8']);
        write!(f, "{} {}", if vowel { "an" } else { "a" }, self.0)
    }
}
