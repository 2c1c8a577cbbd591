//! Differences between an engine and its model that are known, each with its reason.

use crate::engine::Engine;
use crate::run::Checked;

/// A difference that does not fail the suite.
pub struct Known {
    pub engine: Engine,
    pub reason: &'static str,
    pub applies: fn(&Checked) -> bool,
}

pub const KNOWN: &[Known] = &[];

/// The reason why a case differs, if it is known.
pub fn reason(engine: Engine, checked: &Checked) -> Option<&'static str> {
    KNOWN.iter().find(|known| known.engine == engine && (known.applies)(checked)).map(|known| known.reason)
}
