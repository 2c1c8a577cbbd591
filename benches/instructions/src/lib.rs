//! The programs whose instructions are counted.
//!
//! There is one for each stack, and one more for each behind hyper: what is asked is an argument, so that all rows of a
//! stack run the same code, and none moves because of another.
//!
//! Each makes the same call so many times as its last argument says, in a function called `counted_calls`: callgrind
//! counts in there. Two runs that differ in nothing else differ by the cost of the calls, to the last digit.

#[path = "../../fixture/mod.rs"]
pub mod fixture;

pub mod direct;
pub mod through_axum;

use std::env;
use std::io::{self, Write};

use fixture::case::Case;

/// `<case> <prepared> <calls>`. Prints the first answer, so that whoever counts can see that it is the right one.
pub fn program(calls: impl FnOnce(&Case, usize, usize) -> String) {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let [case, prepared, count] = &arguments[..] else { panic!("usage: <case> <prepared> <calls>") };
    let case = case.parse().expect("a case");
    let answer = calls(&case, prepared.parse().expect("a number"), count.parse().expect("a number"));
    io::stdout().write_all(answer.as_bytes()).expect("standard output");
}
