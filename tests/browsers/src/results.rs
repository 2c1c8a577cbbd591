//! The page of results that stands in the repository: written by the suite, and held against each whole run of it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::engine::Engine;
use crate::known;
use crate::report::Results;

/// How the page is written.
pub const COMMAND: &str = "TOWER_CORS_SAVE=1 cargo test -p browsers";

pub fn page(all: &[Results]) -> String {
    let rows: Vec<Row> = all.iter().map(Row::of).collect();
    let mut text = format!(
        "# Results\n\n\
         Written by `{COMMAND}`, and compared with every whole run. Each case is expected twice: in every\n\
         detail by the crate's own model of a browser, on the same application; and by the rules of the policies alone, without\n\
         layer and model. What the model leaves out, such as the HTTP cache and gRPC-Web, is expected by hand. *Passed* means that\n\
         page and service saw exactly that.\n\n{}.\n\n\
         | engine | version | cases | passed | known differences |\n|---|---|--:|--:|--:|\n",
        summary(&rows)
    );
    for Row { engine, version, cases, passed, known, .. } in &rows {
        let _ = writeln!(text, "| {} | {version} | {cases} | {passed} | {known} |", engine.name());
    }
    groups(&mut text, all);
    known_differences(&mut text, all);
    text
}

/// What differs between the page and a whole run; the versions of the engines may.
pub fn differs(committed: &str, all: &[Results]) -> bool {
    let versions = |engine: Engine| {
        let row = committed.lines().find_map(|line| line.strip_prefix(&format!("| {} | ", engine.name())))?;
        Some(row.split(" | ").next()?.to_owned())
    };
    let as_then: Vec<_> = all
        .iter()
        .map(|results| Results {
            engine: results.engine,
            version: versions(results.engine).unwrap_or_default(),
            checked: results.checked.clone(),
        })
        .collect();
    page(&as_then) != committed
}

struct Row<'a> {
    engine: Engine,
    version: &'a str,
    cases: usize,
    by_hand: usize,
    passed: usize,
    known: usize,
}

impl<'a> Row<'a> {
    fn of(results: &'a Results) -> Self {
        let (cases, passed) = (results.checked.len(), results.passed());
        let known = cases - passed - results.differences().len();
        let by_hand = results.checked.iter().filter(|checked| checked.case.by_hand.is_some()).count();
        Self { engine: results.engine, version: &results.version, cases, by_hand, passed, known }
    }

    /// As people name it.
    fn name(&self) -> String {
        let numbers: Vec<&str> = self.version.split('.').collect();
        let major = numbers.first().copied().unwrap_or_default();
        match self.engine {
            Engine::Chromium => format!("Chromium {major}"),
            Engine::Firefox if self.version.ends_with("esr") => format!("Firefox ESR {major}"),
            Engine::Firefox => format!("Firefox {major}"),
            Engine::WebKit => format!("WebKitGTK {}", numbers.get(..2).unwrap_or(&numbers).join(".")),
        }
    }
}

/// The sentence that the README has, too.
fn summary(rows: &[Row<'_>]) -> String {
    let names: Vec<String> = rows.iter().map(Row::name).collect();
    let of_model: Vec<String> = rows.iter().map(|row| (row.cases - row.by_hand).to_string()).collect();
    let mut text = format!("{} do what that model says in {}", and(&names), each(&of_model, "cases each"));
    if rows.iter().any(|row| row.by_hand > 0) {
        let by_hand: Vec<String> = rows.iter().map(|row| row.by_hand.to_string()).collect();
        let _ = write!(text, ", and what is expected by hand in {}", each(&by_hand, "more"));
    }
    let known: Vec<String> =
        rows.iter().filter(|row| row.known > 0).map(|row| format!("{} in {}", row.known, row.engine.name())).collect();
    if !known.is_empty() {
        let _ = write!(text, ", but for {} whose reason is known", and(&known));
    }
    text
}

/// So many of each engine; `what` they are, where that is the same number.
fn each(counts: &[String], what: &str) -> String {
    if counts.windows(2).all(|pair| pair[0] == pair[1]) {
        format!("{} {what}", counts.first().map_or("0", String::as_str))
    } else {
        and(counts)
    }
}

fn and(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

fn groups(text: &mut String, all: &[Results]) {
    let engines: Vec<_> = all.iter().map(|results| results.engine.name()).collect();
    let _ = writeln!(text, "\n| group | {} |\n|---|{}", engines.join(" | "), "--:|".repeat(all.len()));
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
            let passed = of_group().filter(|checked| checked.agrees()).count();
            let _ = write!(text, " {passed} of {} |", of_group().count());
        }
        text.push('\n');
    }
}

fn known_differences(text: &mut String, all: &[Results]) {
    let mut reasons: BTreeMap<(&str, &str), Vec<String>> = BTreeMap::new();
    for results in all {
        for checked in results.checked.iter().filter(|checked| !checked.agrees()) {
            if let Some(reason) = known::reason(results.engine, checked) {
                reasons.entry((results.engine.name(), reason)).or_default().push(checked.case.title());
            }
        }
    }
    if reasons.is_empty() {
        return;
    }
    text.push_str("\nKnown differences:\n\n");
    for ((engine, reason), titles) in reasons {
        let _ = writeln!(text, "- {engine}: {reason}");
        for title in titles {
            let _ = writeln!(text, "  - {title}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::application::Count;
    use crate::case::{ByHand, Origins, Step, Table, Via};
    use crate::checked::Checked;
    use crate::seen::Seen;

    /// One case; `seen` of it, where `loaded` is expected.
    fn results(engine: Engine, version: &str, seen: &str) -> Results {
        let mut table = Table { engine, origins: Origins::of_nobody(), cases: Vec::new(), group: "elements" };
        let url = table.url(&table.origins.cross_site, "list/image");
        table.push(false, vec![Step::new(Via::Image, "GET", url)]);
        let checked = table.cases.into_iter().map(|case| Checked {
            engine,
            case,
            expected: vec![Seen::happened("loaded")],
            expected_count: Count::default(),
            ruling: None,
            seen: vec![Seen::happened(seen)],
            count: Count::default(),
        });
        Results { engine, version: version.to_owned(), checked: checked.collect() }
    }

    fn run(chromium: &str, firefox: &str, seen: &str) -> [Results; 2] {
        [results(Engine::Chromium, chromium, "loaded"), results(Engine::Firefox, firefox, seen)]
    }

    #[test]
    fn the_page_is_of_a_run_whatever_the_versions_are() {
        let committed = page(&run("156.0.1", "153.7.0esr", "loaded"));
        assert!(committed.contains("\nChromium 156 and Firefox ESR 153 do what that model says in 1 cases each.\n"));
        assert!(!differs(&committed, &run("156.0.1", "153.7.0esr", "loaded")));
        assert!(!differs(&committed, &run("157.0.1", "154.1", "loaded")));
        assert!(differs(&committed, &run("156.0.1", "153.7.0esr", "blocked")));
        assert!(differs(&committed, &run("156.0.1", "153.7.0esr", "loaded")[..1]));
        assert!(differs("", &run("156.0.1", "153.7.0esr", "loaded")));
        let mut by_hand = run("156.0.1", "153.7.0esr", "loaded");
        for checked in by_hand.iter_mut().flat_map(|results| &mut results.checked) {
            checked.case.by_hand = Some(ByHand { seen: Vec::new(), preflights: 0, executed: 0 });
        }
        let sentence = "do what that model says in 0 cases each, and what is expected by hand in 1 more.";
        assert!(page(&by_hand).contains(sentence), "{}", page(&by_hand));
    }
}
