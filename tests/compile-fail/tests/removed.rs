//! Each name that is not carried over from tower-http says what to write instead.

use std::io::{Write as _, stderr};
use std::process::Command;

/// The words of the compiler around ours differ from version to version: the committed ones are those of this one.
const RUSTC: &str = "rustc 1.95.0";

#[test]
fn removed_names_say_what_to_write() {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = Command::new(rustc).arg("--version").output().expect("the compiler says its version").stdout;
    let version = String::from_utf8_lossy(&version);
    if !version.starts_with(&format!("{RUSTC} ")) && std::env::var("CI").as_deref() != Ok("true") {
        // Past the test harness, which keeps what passing tests print to itself.
        let _ = writeln!(
            stderr(),
            "##########  NOT TESTED: the messages of removed names, which are those of {RUSTC}, not of {} ##########",
            version.trim()
        );
        return;
    }
    let cases = trybuild::TestCases::new();
    cases.compile_fail("cases/*.rs");
}
