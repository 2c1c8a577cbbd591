//! The table: what is counted, and how little it may be.

use counted::fixture::case::Origins::{Any, Below, Exact, WorstBases, WorstInLabel};
use counted::fixture::case::Sender::{Allowed, Endless, Nobody, Stranger};
use counted::fixture::case::{Ask, Case, Origins};

/// How the layer is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Above the inner service, with nothing else around.
    Direct,
    /// On an axum router behind hyper.
    Axum,
}

impl Way {
    pub fn name(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Axum => "axum",
        }
    }
}

/// What our own cost, the instructions above those of the bare service, is held to.
#[derive(Clone, Copy, Debug)]
pub enum Target {
    None,
    /// At most so many instructions, and so many times fewer than tower-http's.
    Most(u32, f64),
    /// At most five per cent above another case, the normal one.
    Like(Case),
}

#[derive(Clone, Copy, Debug)]
pub struct Row {
    pub title: &'static str,
    pub way: Way,
    pub case: Case,
    pub target: Target,
    /// Counted only when the results are saved: it makes a point of the plot and takes long.
    pub slow: bool,
}

const fn row(title: &'static str, case: Case, target: Target) -> Row {
    Row { title, way: Way::Direct, case, target, slow: false }
}

const fn through_axum(title: &'static str, case: Case, target: Target) -> Row {
    Row { way: Way::Axum, ..row(title, case, target) }
}

const fn slow(title: &'static str, case: Case, target: Target) -> Row {
    Row { slow: true, ..row(title, case, target) }
}

const ONE: Origins = Exact(1);
const THOUSAND: Origins = Exact(1000);
const FLAT_HIT: Target = Target::Like(Case::get(THOUSAND, Allowed));
const FLAT_MISS: Target = Target::Like(Case::get(THOUSAND, Stranger));

pub const ROWS: &[Row] = &[
    row("no `Origin`", Case::get(ONE, Nobody), Target::Most(620, 6.4)),
    row("1 origin, hit", Case::get(ONE, Allowed), Target::Most(1520, 3.3)),
    row("1 origin, miss", Case::get(ONE, Stranger), Target::None),
    row("any origin", Case::get(Any, Allowed), Target::Most(790, 3.3)),
    row("10 origins, hit", Case::get(Exact(10), Allowed), Target::Most(1590, 3.2)),
    row("10 origins, miss", Case::get(Exact(10), Stranger), Target::None),
    row("100 origins, hit", Case::get(Exact(100), Allowed), Target::Most(1590, 3.2)),
    row("100 origins, miss", Case::get(Exact(100), Stranger), Target::None),
    row("1 000 origins, hit", Case::get(THOUSAND, Allowed), Target::Most(1590, 6.3)),
    row("1 000 origins, miss", Case::get(THOUSAND, Stranger), Target::Most(760, 38.0)),
    row("10 000 origins, hit", Case::get(Exact(10_000), Allowed), Target::Most(1590, 34.0)),
    row("10 000 origins, miss", Case::get(Exact(10_000), Stranger), Target::Most(810, 310.0)),
    row("100 000 origins, hit", Case::get(Exact(100_000), Allowed), FLAT_HIT),
    row("100 000 origins, miss", Case::get(Exact(100_000), Stranger), FLAT_MISS),
    slow("1 000 000 origins, hit", Case::get(Exact(1_000_000), Allowed), FLAT_HIT),
    slow("1 000 000 origins, miss", Case::get(Exact(1_000_000), Stranger), FLAT_MISS),
    row("1 000 `*.base` patterns, hit", Case::get(Below(1000), Allowed), Target::Most(1810, 6.7)),
    row("1 000 `*.base` patterns, miss", Case::get(Below(1000), Stranger), Target::Most(830, 13.0)),
    slow("1 000 000 `*.base` patterns, hit", Case::get(Below(1_000_000), Allowed), Target::None),
    slow("1 000 000 `*.base` patterns, miss", Case::get(Below(1_000_000), Stranger), Target::None),
    row("the worst bases: 124", Case::get(WorstBases, Stranger), Target::None),
    row("the worst inside a label: 1 953", Case::get(WorstInLabel, Stranger), Target::None),
    row("preflight", Case::preflight(ONE, Allowed), Target::Most(2100, 2.0)),
    row("preflight, 1 000 origins", Case::preflight(THOUSAND, Allowed), Target::None),
    row("preflight, echoed", Case::preflight(ONE, Allowed).echoed(), Target::Most(2900, 1.8)),
    row("preflight, denied", Case::preflight(ONE, Stranger), Target::Most(1000, 4.0)),
    row("clone + call, 1 origin", Case::get(ONE, Allowed).cloned(), Target::Most(1570, 3.6)),
    row("clone + call, 1 000 origins", Case::get(THOUSAND, Allowed).cloned(), Target::Most(1640, 37.0)),
    row("8 KiB `Origin`, 1 000 origins", Case::get(THOUSAND, Endless), Target::Like(Case::get(THOUSAND, Stranger))),
    row(
        "8 KiB `Origin`, 1 000 `*.base` patterns",
        Case::get(Below(1000), Endless),
        Target::Like(Case::get(Below(1000), Stranger)),
    ),
    row(
        "preflight, 16 KiB `Access-Control-Request-Headers`",
        Case::endless_preflight(ONE, Allowed),
        Target::Like(Case::preflight(ONE, Allowed)),
    ),
    row(
        "preflight, echoed, 16 KiB `Access-Control-Request-Headers`",
        Case::endless_preflight(ONE, Allowed).echoed(),
        Target::Like(Case::preflight(ONE, Allowed).echoed()),
    ),
    through_axum("hyper and axum, no `Origin`", Case::get(ONE, Nobody), Target::None),
    through_axum("hyper and axum, 1 origin, hit", Case::get(ONE, Allowed), Target::None),
    through_axum("hyper and axum, 1 000 origins, hit", Case::get(THOUSAND, Allowed), Target::None),
    through_axum("hyper and axum, preflight", Case::preflight(ONE, Allowed), Target::Most(1850, 3.8)),
    through_axum("hyper and axum, preflight, 1 000 origins", Case::preflight(THOUSAND, Allowed), Target::None),
];

impl Row {
    /// What the row is called in the committed file. It stays when the title is worded anew.
    pub fn id(&self) -> String {
        format!("{} {}", self.way.name(), self.case)
    }

    /// The calls of the shorter and of the longer run.
    pub fn calls(&self) -> (usize, usize) {
        match self.case.origins {
            Exact(100_000..) | Below(100_000..) => (2, 12),
            Exact(10_000..) => (10, 110),
            _ => (100, 500),
        }
    }

    /// Whether an answer carries `Access-Control-Allow-Origin`: whether the stack did what is counted here.
    pub fn is_allowed(&self, stack: Stack) -> bool {
        // Nobody has to read a list of 16 KiB: we close the door, where tower-http hands it back unread.
        let closed = stack == Stack::Ours && self.case.echo && self.case.ask == Ask::EndlessPreflight;
        stack != Stack::Bare && self.case.is_allowed() && !closed
    }
}

/// What stands above the inner service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stack {
    Bare,
    Floor,
    TowerHttp,
    Ours,
}

impl Stack {
    pub const ALL: [Self; 4] = [Self::Bare, Self::Floor, Self::TowerHttp, Self::Ours];

    pub fn name(self) -> &'static str {
        match self {
            Self::Bare => "bare",
            Self::Floor => "floor",
            Self::TowerHttp => "tower-http",
            Self::Ours => "ours",
        }
    }
}
