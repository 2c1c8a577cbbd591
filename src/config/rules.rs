//! From a configuration to the rules that it means: reads every value as what its key takes, and tells every fault.

use std::time::Duration;

use http::{HeaderName, Method, StatusCode};

use super::data::CorsConfig;
use super::keys;
use super::value::Value;
use crate::canonical::ANY_EXCEPT_AUTHORIZATION;
use crate::compile;
use crate::layer::CorsLayer;
use crate::origin::OriginPattern;
use crate::problem::{PolicyError, Problem, ProblemKind, Setting};
use crate::values::{AllowHeaders, AllowMethods, Any, ExposeHeaders};

/// To find what was meant takes long: nobody has more unknown keys than this by mistake.
const MOST_COMPARED: usize = 100;

/// The rules as far as they could be read, and what could not.
pub(super) struct Rules<'a> {
    config: &'a CorsConfig,
    pub(super) layer: CorsLayer,
    /// Every origin that is a text, with its place in the list.
    origins: Vec<(usize, &'a str)>,
    problems: Vec<Problem>,
}

impl<'a> Rules<'a> {
    /// `layer` has nothing set yet; it is made further out, so that its messages name a line of the program.
    pub(super) fn read(config: &'a CorsConfig, mut layer: CorsLayer) -> Self {
        let mut reader = Reader { config, problems: Vec::new() };
        reader.tell_odd_keys();
        let origins = reader.origins();
        if let Some(origins) = &origins {
            layer = layer.allow_origins(origins.iter().map(|(_, text)| *text));
        }
        if let Some(methods) = reader.methods() {
            layer = layer.allow_methods(methods);
        }
        if let Some(headers) = reader.headers() {
            layer = layer.allow_headers(headers);
        }
        if let Some(exposed) = reader.exposed() {
            layer = layer.expose_headers(exposed);
        }
        if let Some(credentials) = reader.switch(Setting::AllowCredentials) {
            layer = layer.allow_credentials(credentials);
        }
        if let Some(max_age) = reader.max_age() {
            layer = layer.max_age(max_age);
        }
        if let Some(names) = reader.vary() {
            layer = layer.vary(names);
        }
        if let Some(status) = reader.preflight_status() {
            layer = layer.preflight_status(status);
        }
        if let Some(reject) = reader.switch(Setting::RejectDisallowedOrigins) {
            layer = layer.reject_disallowed_origins(reject);
        }
        // Those that are not trusted have their problem already; it alone is reported, not what would follow from it.
        if reader.switch(Setting::DangerouslyAllowNullOrigin) == Some(true) {
            layer = layer.dangerously_allow_null_origin();
        }
        if reader.switch(Setting::DangerouslyAllowInsecureOrigins) == Some(true) {
            layer = layer.dangerously_allow_insecure_origins();
        }
        for (_, base) in reader.texts(Setting::DangerouslyAllowPublicSuffix).unwrap_or_default() {
            layer = layer.dangerously_allow_public_suffix(base);
        }
        Self { config, layer, origins: origins.unwrap_or_default(), problems: reader.problems }
    }

    /// Finds what is wrong with each origin by itself. Which of them may be trusted is seen when a policy is built; but
    /// nothing is suggested that these rules do not trust.
    pub(super) fn check_origins(&mut self) {
        if matches!(*self.origins, [(_, "*")]) {
            return;
        }
        let (settings, alone) = (self.layer.settings(), self.origins.len() == 1);
        let mut reader = Reader { config: self.config, problems: std::mem::take(&mut self.problems) };
        for &(index, text) in self.origins.iter().filter(|(_, text)| *text != "null") {
            let kind = match text.parse::<OriginPattern>() {
                Ok(pattern) if pattern.as_str() == "*" => ProblemKind::AnyOriginBesideOthers(settings.trust()),
                Ok(_) => continue,
                Err(invalid) => compile::invalid_origin(invalid, alone, settings),
            };
            reader.refuse(Setting::AllowOrigins, Some(index), kind);
        }
        self.problems = reader.problems;
    }

    /// Adds what is wrong with the policy. It counts the origins that it was given.
    pub(super) fn add(&mut self, error: PolicyError) {
        for problem in error.into_problems() {
            let (setting, index) = (problem.setting(), problem.index());
            let index = match setting {
                Setting::AllowOrigins => index.and_then(|index| self.origins.get(index)).map(|(place, _)| *place),
                _ => index,
            };
            self.problems.push(problem.with_key(self.config.spelling.place(setting, index), index));
        }
    }

    /// `Ok` if there are no problems. Unknown keys come first, for they tell why something else is missing; the others
    /// in the order of the settings.
    pub(super) fn check(mut self) -> Result<(), PolicyError> {
        let is_known = |problem: &Problem| problem.setting() != Setting::UnknownKey;
        self.problems.sort_by_key(|problem| (is_known(problem), problem.setting(), problem.index()));
        PolicyError::check(self.problems)
    }
}

struct Reader<'a> {
    config: &'a CorsConfig,
    problems: Vec<Problem>,
}

/// A list, or `["*"]` alone.
enum Tokens<T> {
    Any,
    List(Vec<T>),
}

impl<'a> Reader<'a> {
    fn refuse(&mut self, setting: Setting, index: Option<usize>, kind: ProblemKind) {
        let key = self.config.spelling.place(setting, index);
        self.problems.push(Problem::new(setting, kind).with_key(key, index));
    }

    fn refuse_value(&mut self, setting: Setting, index: Option<usize>, value: &Value, expected: &'static str) {
        let (found, value) = value.found();
        self.refuse(setting, index, ProblemKind::UnexpectedValue { expected, found, value });
    }

    fn tell_odd_keys(&mut self) {
        let config = self.config;
        for (index, key) in config.unknown.iter().enumerate() {
            let suggestion = if index < MOST_COMPARED { config.spelling.nearest(key) } else { None };
            let kind = ProblemKind::UnknownKey { key: key.clone(), suggestion };
            self.problems.push(Problem::new(Setting::UnknownKey, kind));
        }
        for &setting in &config.repeated {
            self.refuse(setting, None, ProblemKind::RepeatedKey);
        }
        if !config.trusted {
            for &setting in config.values.keys().filter(|setting| keys::is_dangerous(**setting)) {
                self.refuse(setting, None, ProblemKind::DangerousKey);
            }
        }
    }

    fn origins(&mut self) -> Option<Vec<(usize, &'a str)>> {
        let nothing = match self.config.values.get(&Setting::AllowOrigins) {
            None => true,
            Some(Value::List(elements)) => elements.is_empty(),
            Some(_) => false,
        };
        if nothing {
            self.refuse(Setting::AllowOrigins, None, ProblemKind::NoOrigins);
        }
        self.texts(Setting::AllowOrigins)
    }

    fn methods(&mut self) -> Option<AllowMethods> {
        Some(match self.tokens(Setting::AllowMethods, method)? {
            Tokens::Any => Any.into(),
            Tokens::List(methods) => methods.into(),
        })
    }

    fn headers(&mut self) -> Option<AllowHeaders> {
        if let Some(Value::List(elements)) = self.config.values.get(&Setting::AllowHeaders) {
            if matches!(elements.as_slice(), [Value::Text(only)] if only == ANY_EXCEPT_AUTHORIZATION) {
                return Some(AllowHeaders::any_except_authorization());
            }
        }
        Some(match self.tokens(Setting::AllowHeaders, header_name)? {
            Tokens::Any => Any.into(),
            Tokens::List(names) => names.into(),
        })
    }

    fn exposed(&mut self) -> Option<ExposeHeaders> {
        Some(match self.tokens(Setting::ExposeHeaders, header_name)? {
            Tokens::Any => Any.into(),
            Tokens::List(names) => names.into(),
        })
    }

    fn vary(&mut self) -> Option<Vec<HeaderName>> {
        match self.tokens(Setting::Vary, header_name)? {
            Tokens::Any => {
                self.refuse(Setting::Vary, Some(0), ProblemKind::WildcardInList);
                None
            }
            Tokens::List(names) => Some(names),
        }
    }

    fn max_age(&mut self) -> Option<Duration> {
        let value = self.config.values.get(&Setting::MaxAge)?;
        if let Value::Integer(seconds) = value {
            return Some(Duration::from_secs(*seconds));
        }
        self.refuse_value(Setting::MaxAge, None, value, "a whole number of seconds, such as 600");
        None
    }

    fn preflight_status(&mut self) -> Option<StatusCode> {
        let value = self.config.values.get(&Setting::PreflightStatus)?;
        let Value::Integer(number) = value else {
            self.refuse_value(Setting::PreflightStatus, None, value, "204 or 200");
            return None;
        };
        let status = u16::try_from(*number).ok().and_then(|number| StatusCode::from_u16(number).ok());
        match status {
            None => self.refuse_value(Setting::PreflightStatus, None, value, "204 or 200"),
            Some(StatusCode::NO_CONTENT | StatusCode::OK) => return status,
            Some(other) => {
                let kind = ProblemKind::PreflightStatus { status: other.as_u16() };
                self.refuse(Setting::PreflightStatus, None, kind);
            }
        }
        None
    }

    fn switch(&mut self, setting: Setting) -> Option<bool> {
        let value = self.config.values.get(&setting)?;
        if let Value::Bool(on) = value {
            return Some(*on);
        }
        self.refuse_value(setting, None, value, "true or false");
        None
    }

    /// Every element of a list that is a text, with its place; `None` if there is no list.
    fn texts(&mut self, setting: Setting) -> Option<Vec<(usize, &'a str)>> {
        let value = self.config.values.get(&setting)?;
        let Value::List(elements) = value else {
            self.refuse_value(setting, None, value, "a list of texts");
            return None;
        };
        let mut texts = Vec::with_capacity(elements.len());
        for (index, element) in elements.iter().enumerate() {
            match element {
                Value::Text(text) => texts.push((index, text.as_str())),
                other => self.refuse_value(setting, Some(index), other, "a text"),
            }
        }
        Some(texts)
    }

    fn tokens<T>(&mut self, setting: Setting, read: fn(&str) -> Result<T, ProblemKind>) -> Option<Tokens<T>> {
        let texts = self.texts(setting)?;
        if let [(_, "*")] = *texts {
            return Some(Tokens::Any);
        }
        let mut tokens = Vec::with_capacity(texts.len());
        for (index, text) in texts {
            match read(text) {
                Ok(token) => tokens.push(token),
                Err(kind) => self.refuse(setting, Some(index), kind),
            }
        }
        Some(Tokens::List(tokens))
    }
}

fn method(text: &str) -> Result<Method, ProblemKind> {
    match text {
        "*" => Err(ProblemKind::WildcardInList),
        _ => Method::from_bytes(text.as_bytes()).map_err(|_| ProblemKind::InvalidMethod { value: text.to_owned() }),
    }
}

fn header_name(text: &str) -> Result<HeaderName, ProblemKind> {
    match text {
        "*" | ANY_EXCEPT_AUTHORIZATION => Err(ProblemKind::WildcardInList),
        _ => HeaderName::from_bytes(text.as_bytes())
            .map_err(|_| ProblemKind::InvalidHeaderName { value: text.to_owned() }),
    }
}
