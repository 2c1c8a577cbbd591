//! The table of results.

use std::fmt::Write;

use crate::allocations;
use crate::check;
use crate::counts::Counts;
use crate::rows::{Row, Stack, Target};

/// In Markdown, for people and for the repository.
pub fn table(rows: &[&Row], counts: &Counts) -> String {
    let mut text = String::from(
        "| | floor | tower-cors | target | tower-http | tower-http / tower-cors | allocations: tower-cors, tower-http |\n\
         |---|--:|--:|--:|--:|--:|--:|\n",
    );
    for row in rows {
        let added = |stack| counts.added(row, stack).unwrap_or(f64::NAN);
        let target = match row.target {
            Target::None => String::new(),
            Target::Most(most, less) => format!("≤ {most}, ≥ {less} ×"),
            Target::Like(_) => "as the normal case".to_owned(),
        };
        let missed = if check::against_target(row, counts).is_some() { " **missed**" } else { "" };
        let bare = allocations::count(row, Stack::Bare);
        let [ours, theirs] =
            [Stack::Ours, Stack::TowerHttp].map(|stack| allocations::count(row, stack).saturating_sub(bare));
        let _ = writeln!(
            text,
            "| {} | {:.0} | {:.0} | {target}{missed} | {:.0} | {:.1} × | {ours}, {theirs} |",
            row.title,
            added(Stack::Floor),
            added(Stack::Ours),
            added(Stack::TowerHttp),
            added(Stack::TowerHttp) / added(Stack::Ours),
        );
    }
    text
}
