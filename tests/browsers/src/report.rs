//! What came of an engine's cases, and what differs in words.

use std::fmt::Write as _;

use crate::checked::Checked;
use crate::engine::Engine;
use crate::known;

/// The results of one engine.
pub struct Results {
    pub engine: Engine,
    pub version: String,
    pub checked: Vec<Checked>,
}

impl Results {
    /// Cases that differ from the model for no known reason.
    pub fn differences(&self) -> Vec<&Checked> {
        let differs = |checked: &&Checked| !checked.agrees() && known::reason(self.engine, checked).is_none();
        self.checked.iter().filter(differs).collect()
    }

    pub fn passed(&self) -> usize {
        self.checked.iter().filter(|checked| checked.agrees()).count()
    }
}

/// One case, for a person who has to find out.
pub fn describe(checked: &Checked) -> String {
    let mut text = format!("{}, {}: {}\n", checked.case.id, checked.case.group, checked.case.title());
    for (index, step) in checked.case.steps.iter().enumerate() {
        let _ = writeln!(
            text,
            "  {:?} {} {} {:?} {} {}",
            step.via, step.method, step.url, step.headers, step.credentials, step.mode
        );
        let _ = writeln!(text, "    expected {:?}", checked.expected.get(index));
        let _ = writeln!(text, "    seen     {:?}", checked.seen.get(index));
    }
    let _ = writeln!(text, "  expected {:?}\n  counted  {:?}", checked.expected_count, checked.count);
    let _ = write!(text, "  ruled    {:?}\n  not as {}", checked.ruling, checked.faults().join(", nor as "));
    text
}
