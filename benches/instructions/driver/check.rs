//! What the counts are held to: the targets, and the counts that are committed.

use crate::counts::Counts;
use crate::rows::{ROWS, Row, Stack, Target};

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
