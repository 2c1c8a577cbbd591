//! Heap allocations of one call, counted in this process.

use allocation_counter::measure;
use counted::fixture::stacks;
use counted::{direct, through_axum};

use crate::rows::{Row, Stack, Way};

pub fn count(row: &Row, stack: Stack) -> u64 {
    const FEW: usize = 10;
    const MANY: usize = 110;
    let total = |calls| measure(|| drop(run(row, stack, MANY, calls))).count_total;
    // What building the policy allocates is in both.
    (total(MANY) - total(FEW)).div_ceil((MANY - FEW) as u64)
}

fn run(row: &Row, stack: Stack, prepared: usize, calls: usize) -> String {
    let case = &row.case;
    match (row.way, stack) {
        (Way::Direct, Stack::Bare) => direct::calls(stacks::bare)(case, prepared, calls),
        (Way::Direct, Stack::Floor) => direct::calls(stacks::floor)(case, prepared, calls),
        (Way::Direct, Stack::TowerHttp) => direct::calls(stacks::tower_http)(case, prepared, calls),
        (Way::Direct, Stack::Ours) => direct::calls(stacks::ours)(case, prepared, calls),
        (Way::Axum, Stack::Bare) => through_axum::calls(stacks::bare)(case, prepared, calls),
        (Way::Axum, Stack::Floor) => through_axum::calls(stacks::floor)(case, prepared, calls),
        (Way::Axum, Stack::TowerHttp) => through_axum::calls(stacks::tower_http)(case, prepared, calls),
        (Way::Axum, Stack::Ours) => through_axum::calls(stacks::ours)(case, prepared, calls),
    }
}
