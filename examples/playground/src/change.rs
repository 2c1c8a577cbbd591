//! The lines to change so that a refused request passes: tried on the model before anybody is told of them.

use serde::Serialize;
use serde_json::Value;
use tower_cors::browser::{Blocked, CorsFault, Outcome, Step};
use tower_cors::{CorsPolicy, Setting, Warning};

use crate::judge;
use crate::places::Places;
use crate::rules::{self, Fields};
use crate::runs::Run;

/// An origin, a method, headers, credentials: no more can be missing.
const MOST_STEPS: usize = 5;

#[derive(Debug, Serialize)]
pub struct Change {
    lines: Vec<Line>,
    /// The whole configuration after it.
    toml: String,
}

#[derive(Debug, Serialize)]
struct Line {
    before: Option<String>,
    after: String,
}

/// `None` where nothing is wrong, where CORS is not the cause, and where only a `dangerously_` switch or a wider rule
/// than the request needs would help: the explanation tells of those.
pub async fn of(places: Places, run: &Run) -> Option<Change> {
    let origin = places.origin_of(run.ask.sender);
    let mut fields = run.fields.clone();
    let mut outcome = run.model.clone();
    for _ in 0..MOST_STEPS {
        change(&mut fields, &outcome, outcome.blocked()?, &origin)?;
        let policy = rules::check_fields(&fields).policy?;
        if says_more_of_client(&run.policy, &policy) {
            return None;
        }
        outcome = judge::model(places, &policy, &run.ask, "try").await;
        if outcome.is_readable() {
            return Some(Change { lines: lines(&run.fields, &fields), toml: rules::toml(&fields)? });
        }
    }
    None
}

/// What had to be listed gives a new warning, such as `patch`: then the fault is in the script.
fn says_more_of_client(before: &CorsPolicy, after: &CorsPolicy) -> bool {
    let is_of_client = |warning: &Warning| matches!(warning.setting(), Setting::AllowMethods | Setting::AllowHeaders);
    let before = before.warnings();
    after.warnings().iter().any(|warning| is_of_client(warning) && !before.contains(warning))
}

/// One step; `None` if there is none.
fn change(fields: &mut Fields, outcome: &Outcome, blocked: &Blocked, origin: &str) -> Option<()> {
    let asked = |name| {
        let value = outcome.preflights().last()?.request().headers().get(name)?;
        String::from_utf8(value).ok()
    };
    match blocked.step() {
        Step::PreflightCheck | Step::CorsCheck => match blocked.cors_fault()? {
            CorsFault::WildcardWithCredentials => {
                fields.insert("origins".to_owned(), Value::from(vec![listable(origin)?]));
                fields.insert("credentials".to_owned(), Value::Bool(true));
                Some(())
            }
            CorsFault::Credentials(_) => {
                fields.insert("credentials".to_owned(), Value::Bool(true));
                Some(())
            }
            _ => add(fields, "origins", listable(origin)?),
        },
        Step::PreflightMethod => add(fields, "methods", &asked("access-control-request-method")?),
        Step::PreflightHeader | Step::PreflightAuthorization => {
            let asked = asked("access-control-request-headers")?;
            let added = asked.split(',').filter(|name| add(fields, "headers", name.trim()).is_some()).count();
            (added > 0).then_some(())
        }
        _ => None,
    }
}

/// Every website can send `null`.
fn listable(origin: &str) -> Option<&str> {
    (origin != "null").then_some(origin)
}

/// Adds to a list; `None` if it is there already, or the list is not one to be added to.
fn add(fields: &mut Fields, key: &str, text: &str) -> Option<()> {
    let list = match fields.get(key) {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(list)) => list.clone(),
        Some(Value::String(texts)) => texts.split(',').map(|text| Value::from(text.trim())).collect(),
        Some(_) => return None,
    };
    let is_any = list.iter().any(|element| element.as_str().is_some_and(|element| element.starts_with('*')));
    if (is_any && key != "origins") || list.iter().any(|element| element.as_str() == Some(text)) {
        return None;
    }
    let list: Vec<Value> = list.into_iter().chain([Value::from(text)]).collect();
    fields.insert(key.to_owned(), Value::from(list));
    Some(())
}

fn lines(before: &Fields, after: &Fields) -> Vec<Line> {
    rules::KEYS
        .iter()
        .filter(|(key, _)| before.get(*key) != after.get(*key))
        .filter_map(|(key, _)| {
            let before = before.get(*key).filter(|value| !value.is_null()).and_then(|value| rules::line(key, value));
            Some(Line { before, after: rules::line(key, after.get(*key)?)? })
        })
        .collect()
}
