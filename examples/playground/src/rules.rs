//! A text becomes a policy, or problems. Whatever was understood of it is given back as data, for the other views of it.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tower_cors::{CorsConfig, CorsPolicy, Problem, Setting, Warning};

pub type Fields = Map<String, Value>;

/// More findings than this are counted.
const SHOWN: usize = 50;

/// Every key, in the order in which it is written.
pub const KEYS: [(&str, Setting); 12] = [
    ("origins", Setting::AllowOrigins),
    ("methods", Setting::AllowMethods),
    ("headers", Setting::AllowHeaders),
    ("expose_headers", Setting::ExposeHeaders),
    ("credentials", Setting::AllowCredentials),
    ("max_age", Setting::MaxAge),
    ("vary", Setting::Vary),
    ("preflight_status", Setting::PreflightStatus),
    ("reject_disallowed_origins", Setting::RejectDisallowedOrigins),
    ("dangerously_allow_null_origin", Setting::DangerouslyAllowNullOrigin),
    ("dangerously_allow_insecure_origins", Setting::DangerouslyAllowInsecureOrigins),
    ("dangerously_allow_public_suffixes", Setting::DangerouslyAllowPublicSuffix),
];

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    Json,
    Toml,
}

/// A policy as somebody wrote it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    pub format: Format,
    pub text: String,
}

/// What there is to say of it.
#[derive(Debug, Default, Serialize)]
pub struct Checked {
    #[serde(skip)]
    pub policy: Option<CorsPolicy>,
    /// The text is no TOML or no JSON.
    syntax: Option<Syntax>,
    problems: Vec<ProblemFound>,
    more_problems: usize,
    warnings: Vec<WarningFound>,
    more_warnings: usize,
    /// What was understood, if it is a table.
    pub fields: Option<Fields>,
    json: Option<String>,
    toml: Option<String>,
}

#[derive(Debug, Serialize)]
struct Syntax {
    line: usize,
    text: String,
}

#[derive(Debug, Serialize)]
struct ProblemFound {
    code: &'static str,
    /// Where it stands: `origins[2]`.
    place: Option<String>,
    /// The key of that place, if it is a known one.
    key: Option<&'static str>,
    index: Option<usize>,
    suggestion: Option<String>,
    text: String,
}

#[derive(Debug, Serialize)]
struct WarningFound {
    code: &'static str,
    key: Option<&'static str>,
    text: String,
}

/// Checks a text. The dangerous keys are trusted: the policy is in force on this machine alone, for one request.
pub fn check(source: &Source) -> Checked {
    let mut checked = match parse(source) {
        Ok((config, fields)) => of_config(config, fields),
        Err(syntax) => return Checked { syntax: Some(syntax), ..Checked::default() },
    };
    if let Some(fields) = &checked.fields {
        checked.json = serde_json::to_string_pretty(&InOrder(fields)).ok();
        checked.toml = toml(fields);
    }
    checked
}

/// Checks what is data already.
pub fn check_fields(fields: &Fields) -> Checked {
    let value = Value::Object(fields.clone());
    match CorsConfig::deserialize(value) {
        Ok(config) => of_config(config, fields.clone()),
        Err(_) => Checked::default(),
    }
}

fn of_config(config: CorsConfig, fields: Fields) -> Checked {
    let mut checked = Checked { fields: Some(fields), ..Checked::default() };
    match config.trust_dangerous_keys().build() {
        Ok(policy) => {
            let warnings = policy.warnings();
            checked.more_warnings = warnings.len().saturating_sub(SHOWN);
            checked.warnings = warnings.iter().take(SHOWN).map(warning).collect();
            checked.policy = Some(policy);
        }
        Err(error) => {
            checked.more_problems = error.problems().len().saturating_sub(SHOWN);
            checked.problems = error.problems().take(SHOWN).map(problem).collect();
        }
    }
    checked
}

fn parse(source: &Source) -> Result<(CorsConfig, Fields), Syntax> {
    let text = source.text.as_str();
    match source.format {
        Format::Json => {
            let said = |error: &serde_json::Error| Syntax { line: error.line().max(1), text: error.to_string() };
            let config = serde_json::from_str(text).map_err(|error| said(&error))?;
            let fields = serde_json::from_str(text).map_err(|error| said(&error))?;
            Ok((config, fields))
        }
        Format::Toml => {
            let said = |error: &toml::de::Error| Syntax {
                line: error.span().map_or(1, |span| 1 + text.bytes().take(span.start).filter(|b| *b == b'\n').count()),
                text: error.message().to_owned(),
            };
            let config = toml::from_str(text).map_err(|error| said(&error))?;
            let fields = toml::from_str(text).map_err(|error| said(&error))?;
            Ok((config, fields))
        }
    }
}

fn key(setting: Setting) -> Option<&'static str> {
    KEYS.iter().find(|(_, of)| *of == setting).map(|(key, _)| *key)
}

fn problem(problem: &Problem) -> ProblemFound {
    ProblemFound {
        code: problem.code(),
        place: problem.key().map(|place| place.chars().take(100).collect()),
        key: key(problem.setting()),
        index: problem.index(),
        suggestion: problem.suggestion().map(str::to_owned),
        text: problem.to_string(),
    }
}

fn warning(warning: &Warning) -> WarningFound {
    WarningFound { code: warning.id(), key: key(warning.setting()), text: warning.to_string() }
}

/// One line of TOML; `None` for what TOML has no word for.
pub fn line(key: &str, value: &Value) -> Option<String> {
    let table: Fields = Map::from_iter([(key.to_owned(), value.clone())]);
    toml::to_string(&table).ok().map(|text| text.trim_end().to_owned())
}

/// The same as TOML; tables, which no key takes, come last, so that no key falls into one.
pub fn toml(fields: &Fields) -> Option<String> {
    let (tables, values): (Vec<_>, Vec<_>) = in_order(fields).into_iter().partition(|(_, value)| is_table(value));
    let lines: Option<Vec<_>> = values
        .into_iter()
        .chain(tables)
        .filter(|(_, value)| !value.is_null())
        .map(|(key, value)| line(key, value))
        .collect();
    lines.map(|lines| lines.iter().map(|line| format!("{line}\n")).collect())
}

fn is_table(value: &Value) -> bool {
    match value {
        Value::Object(_) => true,
        Value::Array(elements) => elements.iter().any(Value::is_object),
        _ => false,
    }
}

fn in_order(fields: &Fields) -> Vec<(&String, &Value)> {
    let place = |key: &str| KEYS.iter().position(|(known, _)| *known == key).unwrap_or(KEYS.len());
    let mut fields: Vec<_> = fields.iter().collect();
    fields.sort_by_key(|(key, _)| place(key));
    fields
}

struct InOrder<'a>(&'a Fields);

impl Serialize for InOrder<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(in_order(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// The table above is written a second time in the crate, which does not tell it.
    #[test]
    fn the_keys_are_those_of_the_crate_in_its_order() {
        for (key, setting) in KEYS {
            let config = CorsConfig::deserialize(json!({ key: {} })).unwrap();
            let error = config.build().unwrap_err();
            let of_key = error.problems().find(|problem| problem.key() == Some(key));
            assert_eq!(of_key.map(Problem::setting), Some(setting), "{key}: {error}");
        }
        let every = json!({
            "origins": ["null", "https://*.netlify.app"], "methods": ["PUT"], "headers": ["x-a"], "expose_headers": ["x-a"],
            "credentials": true, "max_age": 1, "vary": ["x-a"], "preflight_status": 200, "reject_disallowed_origins": false,
            "dangerously_allow_null_origin": true, "dangerously_allow_insecure_origins": true,
            "dangerously_allow_public_suffixes": ["netlify.app"],
        });
        let policy = CorsConfig::deserialize(every).unwrap().trust_dangerous_keys().build().unwrap();
        let written = toml::to_string(&CorsConfig::try_from(&policy).unwrap()).unwrap();
        let keys: Vec<_> = written.lines().filter_map(|line| Some(line.split_once(" = ")?.0)).collect();
        assert_eq!(keys, KEYS.map(|(key, _)| key));
    }
}
