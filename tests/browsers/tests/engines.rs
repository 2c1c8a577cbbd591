//! Every case in every engine, against the model.

use std::path::Path;

use browsers::clients;
use browsers::engine::Engine;
use browsers::report::{Results, describe, page};
use browsers::run::run;
use bytes::Bytes;

/// A missing browser is an error where `CI` is set. `TOWER_CORS_ENGINES=Firefox` tries one alone.
fn skip(engine: Engine) -> bool {
    if std::env::var("TOWER_CORS_ENGINES").is_ok_and(|names| !names.contains(engine.name())) {
        return true;
    }
    if engine.find().is_some() {
        return false;
    }
    let how =
        format!("{} is not installed: apt-get install -y --no-install-recommends {}", engine.name(), engine.packages());
    not_tested(&how);
    true
}

fn not_tested(how: &str) {
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{how}");
    println!("##########  NOT TESTED: {how}  ##########");
}

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
    let clients = clients();
    let mut all = Vec::new();
    let mut differences = Vec::new();
    for engine in Engine::ALL {
        if skip(engine) {
            continue;
        }
        let checked = match run(engine, clients.as_ref()).await {
            Ok(checked) => checked,
            Err(error) => {
                differences.push(format!("{}: {error}", engine.name()));
                continue;
            }
        };
        let results = Results { engine, version: engine.version().unwrap_or_default(), checked };
        let passed = results.checked.iter().filter(|checked| checked.agrees()).count();
        println!("{} {}: {} cases, {passed} passed", engine.name(), results.version, results.checked.len());
        differences.extend(
            results.differences().into_iter().map(|checked| format!("{} {}", engine.name(), describe(checked))),
        );
        all.push(results);
    }
    if std::env::var_os("TOWER_CORS_SAVE").is_some() {
        std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/RESULTS.md"), page(&all)).unwrap();
    }
    assert!(differences.is_empty(), "{} differences\n{}", differences.len(), differences.join("\n"));
}
