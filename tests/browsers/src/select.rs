//! What of the suite is run. Whoever asks for something that does not exist is told, instead of testing nothing.

use crate::case::Case;
use crate::engine::Engine;

/// The part that the environment names; everything where it names nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    engines: Option<Vec<Engine>>,
    cases: Option<String>,
}

impl Selection {
    /// `engines`: names, between commas. `cases`: a text that stands in their group or title.
    ///
    /// # Errors
    /// If a name is that of no engine.
    pub fn new(engines: Option<&str>, cases: Option<&str>) -> Result<Self, String> {
        let engines = engines.map(|names| names.split(',').map(|name| engine(name.trim())).collect()).transpose()?;
        Ok(Self { engines, cases: cases.map(str::to_owned) })
    }

    /// From `TOWER_CORS_ENGINES` and `TOWER_CORS_CASES`.
    ///
    /// # Errors
    /// As [`Selection::new`].
    pub fn from_env() -> Result<Self, String> {
        let [engines, cases] = ["TOWER_CORS_ENGINES", "TOWER_CORS_CASES"].map(|name| std::env::var(name).ok());
        Self::new(engines.as_deref(), cases.as_deref())
    }

    pub fn is_everything(&self) -> bool {
        *self == Self::default()
    }

    pub fn engines(&self) -> Vec<Engine> {
        self.engines.clone().unwrap_or_else(|| Engine::ALL.into())
    }

    pub fn has(&self, case: &Case) -> bool {
        self.cases.as_ref().is_none_or(|text| case.group.contains(text) || case.title().contains(text))
    }
}

fn engine(name: &str) -> Result<Engine, String> {
    let names = Engine::ALL.map(Engine::name);
    let known = Engine::ALL.into_iter().find(|engine| engine.name().eq_ignore_ascii_case(name));
    known.ok_or_else(|| format!("TOWER_CORS_ENGINES: there is no engine {name:?}, only {}", names.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_no_engine_is_refused() {
        for (names, engines) in [
            ("Firefox", Some(vec![Engine::Firefox])),
            ("webkitgtk, Chromium", Some(vec![Engine::WebKit, Engine::Chromium])),
            ("Firefix", None),
            ("Chromium,Fox", None),
            ("", None),
            ("Chromium,", None),
        ] {
            let selection = Selection::new(Some(names), None);
            assert_eq!(selection.as_ref().ok().map(Selection::engines), engines, "{names}");
            assert!(!selection.is_ok_and(|selection| selection.is_everything()), "{names}");
        }
        assert!(Selection::new(None, None).unwrap().is_everything());
        assert!(!Selection::new(None, Some("redirects")).unwrap().is_everything());
    }
}
