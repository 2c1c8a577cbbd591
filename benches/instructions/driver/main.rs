//! Counts the instructions of one call for every row and stack, under valgrind's callgrind:
//!
//! ```text
//! cargo bench -p tower-cors-instructions                the table; fails if a target is missed or a cost has risen, or the README is wrong
//! cargo bench -p tower-cors-instructions -- preflight   only the rows whose title has the word
//! cargo bench -p tower-cors-instructions -- --save      all rows, and keeps them: instructions.tsv, RESULTS.md, origins.svg
//! ```
//!
//! Without valgrind nothing is counted; that is an error only where `CI` is set.

mod allocations;
mod check;
mod counts;
mod plot;
mod program;
mod report;
mod rows;

use std::process::ExitCode;
use std::{env, fs};

use counted::fixture::results::{environment, kept, replace_section, rustc};

use self::counts::Counts;
use self::rows::{ROWS, Row, Stack};

fn main() -> ExitCode {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let outcome = if arguments.iter().any(|argument| argument == "--bench") {
        let save = arguments.iter().any(|argument| argument == "--save");
        let words: Vec<_> = arguments.iter().filter(|argument| !argument.starts_with("--")).collect();
        // What is kept is kept whole.
        let asked = |row: &&Row| save || (!row.slow && words.iter().all(|word| row.title.contains(*word)));
        measure(&ROWS.iter().filter(asked).collect::<Vec<_>>(), save)
    } else {
        once()
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// As `cargo test` runs it: every program once, nothing counted.
fn once() -> Result<(), String> {
    for row in ROWS.iter().filter(|row| !row.slow) {
        for stack in Stack::ALL {
            program::run(row, stack, 2)?;
        }
    }
    Ok(())
}

fn measure(rows: &[&Row], save: bool) -> Result<(), String> {
    if program::valgrind().is_none() {
        println!("##########  NO INSTRUCTIONS WERE COUNTED: there is no valgrind on this machine  ##########");
        let required = env::var_os("CI").is_some_and(|ci| ci == "true");
        return if required { Err("instructions must be counted where CI=true".to_owned()) } else { Ok(()) };
    }
    let counts = Counts::take(rows)?;
    let table = report::table(rows, &counts);
    let compiler = format!("{}, {}", rustc(), env::consts::ARCH);
    println!("{}\n\n{table}", environment(&CRATES));

    let mut wrong: Vec<_> = rows.iter().filter_map(|row| check::against_target(row, &counts)).collect();
    wrong.extend(check::readme(&counts));
    let file = kept("instructions.tsv");
    if save {
        fs::write(&file, counts.text(&compiler, rows)).map_err(|error| format!("{}: {error}", file.display()))?;
        fs::write(kept("origins.svg"), plot::svg(rows, &counts)).map_err(|error| error.to_string())?;
        replace_section("instructions", &format!("{}\n\n{table}", environment(&CRATES)));
    } else {
        let text = fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
        let (theirs, committed) = Counts::parse(&text)?;
        let risen: Vec<_> = rows.iter().filter_map(|row| check::against_committed(row, &counts, &committed)).collect();
        if !risen.is_empty() && theirs != compiler {
            wrong.push(format!("counted with {compiler}, but what is committed with {theirs}"));
        }
        wrong.extend(risen);
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
}

const CRATES: [&str; 6] = ["tower-http", "http", "hyper", "axum", "foldhash", "mimalloc"];
