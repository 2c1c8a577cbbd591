//! The table of results, and what differs in words.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::engine::Engine;
use crate::known;
use crate::run::Checked;

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
}

/// One case, for a person who has to find out.
pub fn describe(checked: &Checked) -> String {
    let mut text = format!(
        "{} ({}){}\n",
        checked.case.id,
        checked.case.group,
        if checked.case.sandboxed { ", sandboxed" } else { "" }
    );
    for (index, step) in checked.case.steps.iter().enumerate() {
        let _ = writeln!(
            text,
            "  {:?} {} {} {:?} {} {}",
            step.via, step.method, step.url, step.headers, step.credentials, step.mode
        );
        let _ = writeln!(text, "    expected {:?}", checked.expected.get(index));
        let _ = writeln!(text, "    seen     {:?}", checked.seen.get(index));
    }
    let _ = write!(text, "  expected {:?}\n  counted  {:?}", checked.expected_count, checked.count);
    text
}

/// The page of results that stands in the repository.
pub fn page(all: &[Results]) -> String {
    let mut text = String::from(
        "# Results\n\nWritten by `TOWER_CORS_SAVE=1 cargo test -p browsers`. Each case is expected by the crate's own model of a browser, on the\n\
         same application (those of the HTTP cache and of gRPC-Web by hand); *passed* means that page and service saw exactly that.\n\n| engine | version | cases | passed | known differences |\n|---|---|--:|--:|--:|\n",
    );
    for results in all {
        let passed = results.checked.iter().filter(|checked| checked.agrees()).count();
        let known = results.checked.len() - passed - results.differences().len();
        let _ = writeln!(
            text,
            "| {} | {} | {} | {passed} | {known} |",
            results.engine.name(),
            results.version,
            results.checked.len()
        );
    }
    text.push_str("\n| group | ");
    text.push_str(&all.iter().map(|results| results.engine.name()).collect::<Vec<_>>().join(" | "));
    text.push_str(" |\n|---|");
    text.push_str(&"--:|".repeat(all.len()));
    text.push('\n');
    let mut groups: Vec<&str> = Vec::new();
    for checked in all.iter().flat_map(|results| &results.checked) {
        if !groups.contains(&checked.case.group) {
            groups.push(checked.case.group);
        }
    }
    for group in groups {
        let _ = write!(text, "| {group} |");
        for results in all {
            let of_group = || results.checked.iter().filter(|checked| checked.case.group == group);
            let _ =
                write!(text, " {} of {} |", of_group().filter(|checked| checked.agrees()).count(), of_group().count());
        }
        text.push('\n');
    }
    let mut reasons: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for results in all {
        for checked in results.checked.iter().filter(|checked| !checked.agrees()) {
            if let Some(reason) = known::reason(results.engine, checked) {
                reasons.entry((results.engine.name(), reason)).or_default().push(&checked.case.id);
            }
        }
    }
    if !reasons.is_empty() {
        text.push_str("\nKnown differences:\n\n");
        for ((engine, reason), cases) in reasons {
            let _ = writeln!(text, "- {engine}, {}: {reason}", cases.join(", "));
        }
    }
    text
}
