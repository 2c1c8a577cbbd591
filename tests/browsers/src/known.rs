//! Differences between an engine and its model that are known, each with its reason.

use crate::case::{Step, Via};
use crate::checked::Checked;
use crate::engine::Engine;
use crate::seen::Seen;

/// A difference that does not fail the suite.
pub struct Known {
    pub engine: Engine,
    pub reason: &'static str,
    pub applies: fn(&Checked) -> bool,
}

pub const KNOWN: &[Known] = &[Known {
    engine: Engine::Firefox,
    reason: "tells `load` of a preload that CORS blocks; who then uses it is blocked all the same",
    applies: |checked| {
        let [blocked, loaded] = ["blocked", "loaded"].map(Seen::happened);
        let is_told = |step: &Step| matches!(step.via, Via::Preload | Via::ModulePreload);
        let known = checked
            .case
            .steps
            .iter()
            .zip(&checked.expected)
            .map(|(step, expected)| if is_told(step) && *expected == blocked { &loaded } else { expected });
        checked.seen.iter().eq(known) && checked.count == checked.expected_count
    },
}];

/// The entries that none of these cases needs.
pub fn unused<'a>(engine: Engine, checked: &'a [Checked]) -> impl Iterator<Item = &'static Known> + 'a {
    let applies = move |known: &Known| checked.iter().any(|checked| !checked.agrees() && (known.applies)(checked));
    KNOWN.iter().filter(move |known| known.engine == engine && !applies(known))
}

/// The reason why a case differs, if it is known.
pub fn reason(engine: Engine, checked: &Checked) -> Option<&'static str> {
    KNOWN.iter().find(|known| known.engine == engine && (known.applies)(checked)).map(|known| known.reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_case_needs_is_told() {
        for engine in Engine::ALL {
            let entries = KNOWN.iter().filter(|known| known.engine == engine).count();
            assert_eq!(unused(engine, &[]).count(), entries, "{}", engine.name());
        }
    }
}
