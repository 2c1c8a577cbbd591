//! Every case in every engine, against the model.
//!
//! `TOWER_CORS_ENGINES=Firefox` tries one engine alone, `TOWER_CORS_CASES=redirects` the cases of whose group or title that
//! is a part. A whole run is held against the committed results, and with `TOWER_CORS_SAVE=1` writes them.

use std::path::Path;

use browsers::engine::Engine;
use browsers::missing::{is_installed, not_tested, say};
use browsers::report::{Results, describe};
use browsers::run::run;
use browsers::select::Selection;
use browsers::{clients, known, results};
use bytes::Bytes;

const RESULTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/RESULTS.md");

/// The gRPC-Web clients, where npm can get them.
fn clients() -> Option<Bytes> {
    match clients::bundle(&Path::new(env!("CARGO_TARGET_TMPDIR")).join("clients")) {
        Ok(bundle) => Some(bundle.into()),
        Err(error) => {
            not_tested(&format!("gRPC-Web clients, {error}: apt-get install -y --no-install-recommends nodejs npm"));
            None
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_engine_agrees_with_its_model() {
    let selection = Selection::from_env().unwrap();
    let engines: Vec<_> = selection.engines().into_iter().filter(|engine| is_installed(*engine)).collect();
    let clients = clients();
    let is_whole = selection.is_everything() && engines == Engine::ALL && clients.is_some();
    let is_saved = std::env::var_os("TOWER_CORS_SAVE").is_some();
    assert!(is_whole || !is_saved, "only a whole run writes the results: every engine, every case, the clients of npm");

    let mut all = Vec::new();
    let mut differences = Vec::new();
    for engine in engines {
        let checked = match run(engine, clients.as_ref(), &selection, None).await {
            Ok(checked) => checked,
            Err(error) => {
                differences.push(format!("{}: {error}", engine.name()));
                continue;
            }
        };
        let results = Results { engine, version: engine.version().unwrap_or_default(), checked };
        say(&format!(
            "{} {}: {} cases, {} passed",
            engine.name(),
            results.version,
            results.checked.len(),
            results.passed()
        ));
        differences.extend(
            results.differences().into_iter().map(|checked| format!("{} {}", engine.name(), describe(checked))),
        );
        if is_whole {
            let unused = known::unused(engine, &results.checked);
            differences.extend(
                unused.map(|known| format!("{} is known for what it does not do: {}", engine.name(), known.reason)),
            );
        }
        all.push(results);
    }
    assert!(differences.is_empty(), "{} differences\n{}", differences.len(), differences.join("\n"));
    if is_saved {
        std::fs::write(RESULTS, results::page(&all)).unwrap();
    } else if is_whole {
        let committed = std::fs::read_to_string(RESULTS).unwrap_or_default();
        assert!(!results::differs(&committed, &all), "RESULTS.md is not of this run, rewrite it: {}", results::COMMAND);
    }
}
