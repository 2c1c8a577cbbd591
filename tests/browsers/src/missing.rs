//! What a machine lacks, and how to get it.

use std::io::{Write as _, stderr};

use crate::engine::Engine;

/// Past the test harness, which keeps what passing tests print to itself.
pub fn say(text: &str) {
    let _ = writeln!(stderr(), "{text}");
}

/// # Panics
/// Where `CI=true`: there everything is tested.
pub fn not_tested(how: &str) {
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{how}");
    say(&format!("##########  NOT TESTED: {how}  ##########"));
}

/// Tells if not.
///
/// # Panics
/// If not, where `CI=true`.
pub fn is_installed(engine: Engine) -> bool {
    let is_installed = engine.find().is_some();
    if !is_installed {
        let (name, packages) = (engine.name(), engine.packages());
        not_tested(&format!("{name} is not installed: apt-get install -y --no-install-recommends {packages}"));
    }
    is_installed
}
