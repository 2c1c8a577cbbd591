//! What the counts are held to: the targets, the counts that are committed, and what the README says.

use std::fs;

use counted::fixture::case::Case;
use counted::fixture::case::Origins::Exact;
use counted::fixture::case::Sender::Allowed;
use counted::fixture::results::repository;

use crate::counts::Counts;
use crate::rows::{ROWS, Row, Stack, Target, Way};

/// A rise counts if it is more than both.
const RISE_PER_CENT: f64 = 5.0;
const RISE_INSTRUCTIONS: f64 = 60.0;

/// What is wrong with our cost of a row, if anything.
pub fn against_target(row: &Row, counts: &Counts) -> Option<String> {
    let ours = counts.added(row, Stack::Ours)?;
    match row.target {
        Target::None => None,
        Target::Most(most, less) => {
            let ratio = counts.added(row, Stack::TowerHttp)? / ours;
            if ours > f64::from(most) {
                Some(format!("{}: {ours:.0} instructions, {most} are the target", row.title))
            } else if ratio < less {
                Some(format!("{}: {ratio:.1} times less than tower-http, {less} are the target", row.title))
            } else {
                None
            }
        }
        Target::Like(normal) => {
            let normal = ROWS.iter().find(|other| other.way == row.way && other.case == normal)?;
            let most = counts.added(normal, Stack::Ours)? * 1.05;
            (ours > most).then(|| format!("{}: {ours:.0} instructions, {most:.0} are the target", row.title))
        }
    }
}

/// What the README says of these counts and is not so.
pub fn readme(counts: &Counts) -> Option<String> {
    let ratio = |origins| {
        let row = ROWS.iter().find(|row| row.way == Way::Direct && row.case == Case::get(Exact(origins), Allowed))?;
        Some(counts.added(row, Stack::TowerHttp)? / counts.added(row, Stack::Ours)?)
    };
    // Nothing is said of what was not counted.
    let (one, thousand) = (ratio(1)?, ratio(1000)?);
    let readme = fs::read_to_string(repository().join("README.md")).expect("README.md");
    let words = readme.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
    let middle = " times fewer instructions than with tower-http 0.7.1 for one origin, ";
    let said = words.split_once(middle).and_then(|(before, after)| {
        let number = |word: &str| word.parse::<f64>().ok();
        Some([number(before.rsplit(' ').next()?)?, number(after.split(' ').next()?)?])
    });
    // The last digit may be rounded up on one machine and down on another.
    let is_so = said.is_some_and(|[said_one, said_thousand]| {
        (said_one - one).abs() < 0.1 && (said_thousand - thousand).abs() < 0.1
    });
    (!is_so).then(|| format!("README.md does not say: {one:.1}{middle}{thousand:.1} times for a thousand"))
}

/// What has become dearer.
pub fn against_committed(row: &Row, counts: &Counts, committed: &Counts) -> Option<String> {
    let now = counts.added(row, Stack::Ours)?;
    let Some(before) = committed.added(row, Stack::Ours) else {
        return Some(format!("{}: not in the committed counts", row.title));
    };
    let rise = now - before;
    (rise > before * RISE_PER_CENT / 100.0 && rise > RISE_INSTRUCTIONS)
        .then(|| format!("{}: {now:.0} instructions, {before:.0} were committed", row.title))
}
