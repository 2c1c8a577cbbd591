//! The gRPC-Web clients: got from npm, and put into one file for the page.

use std::fs;
use std::io::{Error, Result};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::engine::in_path;

const FILES: [(&str, &str); 3] = [
    ("clients.js", include_str!("../clients/clients.js")),
    ("package.json", include_str!("../clients/package.json")),
    ("package-lock.json", include_str!("../clients/package-lock.json")),
];

/// Bundles the clients in this directory.
///
/// # Errors
/// Without npm, or where it gets no packages.
pub fn bundle(directory: &Path) -> Result<Vec<u8>> {
    let npm = in_path("npm").ok_or_else(|| Error::other("npm is not installed"))?;
    fs::create_dir_all(directory)?;
    for (name, content) in FILES {
        fs::write(directory.join(name), content)?;
    }
    // The scripts of packages are not run: the one that has any, esbuild, works without.
    let flags = ["ci", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund"];
    run(Command::new(npm).args(flags), directory)?;
    let esbuild = directory.join("node_modules/.bin/esbuild");
    run(Command::new(esbuild).args(["clients.js", "--bundle", "--format=esm", "--outfile=bundle.js"]), directory)?;
    fs::read(directory.join("bundle.js"))
}

fn run(command: &mut Command, directory: &Path) -> Result<()> {
    let output = command.current_dir(directory).stdin(Stdio::null()).output()?;
    if output.status.success() {
        return Ok(());
    }
    Err(Error::other(format!("{}: {}", command.get_program().display(), String::from_utf8_lossy(&output.stderr))))
}
