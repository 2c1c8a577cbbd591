//! One counted program: run as it is, and under callgrind.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::rows::{Row, Stack, Way};

pub fn valgrind() -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?).map(|directory| directory.join("valgrind")).find(|file| file.is_file())
}

fn file(way: Way, stack: Stack) -> &'static str {
    match (way, stack) {
        (Way::Direct, Stack::Bare) => env!("CARGO_BIN_EXE_direct-bare"),
        (Way::Direct, Stack::Floor) => env!("CARGO_BIN_EXE_direct-floor"),
        (Way::Direct, Stack::TowerHttp) => env!("CARGO_BIN_EXE_direct-tower-http"),
        (Way::Direct, Stack::Ours) => env!("CARGO_BIN_EXE_direct-ours"),
        (Way::Axum, Stack::Bare) => env!("CARGO_BIN_EXE_axum-bare"),
        (Way::Axum, Stack::Floor) => env!("CARGO_BIN_EXE_axum-floor"),
        (Way::Axum, Stack::TowerHttp) => env!("CARGO_BIN_EXE_axum-tower-http"),
        (Way::Axum, Stack::Ours) => env!("CARGO_BIN_EXE_axum-ours"),
    }
}

/// Runs the program without counting, and looks at its answer.
pub fn run(row: &Row, stack: Stack, calls: usize) -> Result<(), String> {
    let mut command = Command::new(file(row.way, stack));
    finish(row, stack, command.args([&row.case.to_string(), &calls.to_string(), &calls.to_string()])).map(drop)
}

/// The instructions of one call.
pub fn count(row: &Row, stack: Stack) -> Result<f64, String> {
    let (few, many) = row.calls();
    let collect = |calls: usize| -> Result<u64, String> {
        let mut command = Command::new("valgrind");
        command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null", "--toggle-collect=*counted_calls*"]);
        let file = Path::new(file(row.way, stack));
        let (Some(directory), Some(name)) = (file.parent(), file.file_name()) else { unreachable!("it is a file") };
        command.current_dir(directory).arg(Path::new(".").join(name));
        command.args([&row.case.to_string(), &many.to_string(), &calls.to_string()]);
        // What stands in the environment, and where the program stands, moves stack and heap: 200 instructions.
        command.env_clear().envs(env::vars_os().filter(|(name, _)| name == "PATH"));
        let output = finish(row, stack, &mut command)?;
        let log = String::from_utf8_lossy(&output.stderr);
        let collected = log.lines().find_map(|line| line.split_once("Collected : ")?.1.trim().parse().ok());
        collected.filter(|&count| count > 0).ok_or_else(|| format!("callgrind has not counted: {log}"))
    };
    Ok((collect(many)? - collect(few)?) as f64 / (many - few) as f64)
}

fn finish(row: &Row, stack: Stack, command: &mut Command) -> Result<Output, String> {
    let name = format!("{}, {}", row.title, stack.name());
    let output = command.output().map_err(|error| format!("{name}: {error}"))?;
    let answer = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        return Err(format!("{name}: {}\n{}", output.status, String::from_utf8_lossy(&output.stderr)));
    }
    if answer.contains("access-control-allow-origin") != row.is_allowed(stack) {
        let start: String = answer.chars().take(1000).collect();
        return Err(format!("{name}: what was called is not what is to be measured; it answered\n{start}"));
    }
    Ok(output)
}
