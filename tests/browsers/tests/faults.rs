//! Counter-tests: with a broken policy the suite goes red.
//!
//! The model stands in for a browser here, on the same broken application: it agrees with itself, and the rules with neither.

use browsers::application::{Log, application};
use browsers::case::Origins;
use browsers::cases::cases;
use browsers::checked::Checked;
use browsers::engine::Engine;
use browsers::expected::expected;
use browsers::faults::{Fault, OF_CACHES, OF_RULES};
use browsers::missing::is_installed;
use browsers::report::describe;
use browsers::ruling::ruling;
use browsers::run::run;
use browsers::select::Selection;

/// The cases that differ from the rules.
async fn against_the_rules(engine: Engine, fault: Option<&Fault>) -> Vec<Checked> {
    let (origins, log) = (Origins::of_nobody(), Log::default());
    let application = application(&origins.page, &log, fault);
    let mut differ = Vec::new();
    for case in cases(engine, &origins, false) {
        let Some(ruling) = ruling(engine, &origins.page, &case) else { continue };
        let seen = expected(engine.model(), &origins.page, &application, &case).await;
        let count = log.count(&case.id);
        let ruling = Some(ruling);
        let checked = Checked { engine, case, expected: seen.clone(), expected_count: count, ruling, seen, count };
        if checked.faults().iter().any(|what| what.contains("rules")) {
            differ.push(checked);
        }
    }
    differ
}

#[tokio::test]
async fn the_rules_agree_with_a_sound_layer() {
    for engine in Engine::ALL {
        let differ = against_the_rules(engine, None).await;
        let all: Vec<_> = differ.iter().map(describe).collect();
        assert!(all.is_empty(), "{}, {}: {}", engine.name(), all.len(), all.join("\n"));
    }
}

#[tokio::test]
async fn the_rules_see_a_broken_policy() {
    for engine in Engine::ALL {
        for fault in OF_RULES {
            let differ = against_the_rules(engine, Some(fault)).await;
            assert!(!differ.is_empty(), "{}: nothing shows that {:?} {}", engine.name(), fault.policy, fault.what);
            let of_it = |checked: &Checked| checked.case.title().contains(&format!("{}/", fault.policy));
            assert!(differ.iter().all(of_it), "{} {}", fault.policy, fault.what);
        }
    }
}

/// Once with real ones, and for what only those show.
#[tokio::test(flavor = "multi_thread")]
async fn a_browser_sees_a_broken_policy() {
    let lets_read = &OF_RULES[0];
    for engine in Engine::ALL {
        if !is_installed(engine) {
            continue;
        }
        for (fault, service) in [(lets_read, "echo"), (&OF_CACHES[0], "stored"), (&OF_CACHES[1], "stored")] {
            let selection = Selection::new(None, Some(&format!("Fetch GET {}/{service}", fault.policy))).unwrap();
            let checked = run(engine, None, &selection, Some(fault)).await.unwrap();
            let differ = checked.iter().any(|checked| !checked.agrees());
            assert!(differ, "{}: nothing shows that {:?} {}", engine.name(), fault.policy, fault.what);
        }
    }
}
