//! The plot of cost against the number of origins, as SVG, with logarithmic axes.

use std::fmt::Write;

use counted::fixture::case::Origins;
use counted::fixture::case::Sender::{Allowed, Stranger};
use counted::fixture::case::{Case, Sender};

use crate::counts::Counts;
use crate::rows::{Row, Stack, Way};

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 400.0;
/// Room for the labels: left, right, top, bottom.
const EDGES: [f64; 4] = [92.0, 190.0, 30.0, 60.0];
/// The powers of ten that the axes show.
const ORIGINS: [i32; 2] = [0, 6];
const INSTRUCTIONS: [i32; 2] = [2, 8];

struct Line {
    label: &'static str,
    stack: Stack,
    sender: Sender,
    colour: &'static str,
    dashes: &'static str,
}

const LINES: [Line; 5] = [
    Line { label: "tower-http, miss", stack: Stack::TowerHttp, sender: Stranger, colour: "#b3261e", dashes: "6 4" },
    Line { label: "tower-http, hit", stack: Stack::TowerHttp, sender: Allowed, colour: "#b3261e", dashes: "none" },
    Line { label: "tower-cors, hit", stack: Stack::Ours, sender: Allowed, colour: "#1b5fad", dashes: "none" },
    Line { label: "floor, hit", stack: Stack::Floor, sender: Allowed, colour: "#777777", dashes: "2 3" },
    Line { label: "tower-cors, miss", stack: Stack::Ours, sender: Stranger, colour: "#1b5fad", dashes: "6 4" },
];

pub fn svg(rows: &[&Row], counts: &Counts) -> String {
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" \
         font-size=\"13\">\n<title>Instructions that CORS adds to a request, by the number of origins</title>\n\
         <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"white\"/>\n"
    );
    axes(&mut text);
    let mut lowest_label = 0.0;
    for line in LINES {
        let points = points(&line, rows, counts);
        let Some(&(_, end)) = points.last() else { continue };
        let path: Vec<_> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        let _ = writeln!(
            text,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"2\" stroke-dasharray=\"{}\"/>",
            path.join(" "),
            line.colour,
            line.dashes
        );
        for (x, y) in points {
            let _ = writeln!(text, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\" fill=\"{}\"/>", line.colour);
        }
        // From top to bottom, each below the one before, so that lines that meet do not write over each other.
        lowest_label = f64::max(lowest_label + 16.0, end + 4.0);
        let (x, colour, label) = (WIDTH - EDGES[1] + 12.0, line.colour, line.label);
        let _ = writeln!(text, "<text x=\"{x}\" y=\"{lowest_label:.1}\" fill=\"{colour}\">{label}</text>");
    }
    text.push_str("</svg>\n");
    text
}

fn points(line: &Line, rows: &[&Row], counts: &Counts) -> Vec<(f64, f64)> {
    let mut points: Vec<_> = rows
        .iter()
        .filter(|row| row.way == Way::Direct)
        .filter_map(|row| match row.case.origins {
            Origins::Exact(count) if row.case == Case::get(row.case.origins, line.sender) => {
                Some((across(count as f64), upwards(counts.added(row, line.stack)?)))
            }
            _ => None,
        })
        .collect();
    points.sort_by(|(one, _), (other, _)| one.total_cmp(other));
    points
}

fn across(origins: f64) -> f64 {
    EDGES[0] + share(origins, ORIGINS) * (WIDTH - EDGES[0] - EDGES[1])
}

fn upwards(instructions: f64) -> f64 {
    HEIGHT - EDGES[3] - share(instructions, INSTRUCTIONS) * (HEIGHT - EDGES[2] - EDGES[3])
}

/// Where a value lies on an axis of powers of ten, from 0 to 1.
fn share(value: f64, [low, high]: [i32; 2]) -> f64 {
    (value.max(1.0).log10() - f64::from(low)) / f64::from(high - low)
}

fn axes(text: &mut String) {
    let (left, right) = (EDGES[0], WIDTH - EDGES[1]);
    let (top, bottom) = (EDGES[2], HEIGHT - EDGES[3]);
    for power in ORIGINS[0]..=ORIGINS[1] {
        let x = across(10_f64.powi(power));
        let _ = writeln!(text, "<path d=\"M{x:.1} {top}V{bottom}\" stroke=\"#e0e0e0\"/>");
        let _ = writeln!(
            text,
            "<text x=\"{x:.1}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
            bottom + 20.0,
            grouped(power)
        );
    }
    for power in INSTRUCTIONS[0]..=INSTRUCTIONS[1] {
        let y = upwards(10_f64.powi(power));
        let _ = writeln!(text, "<path d=\"M{left} {y:.1}H{right}\" stroke=\"#e0e0e0\"/>");
        let _ = writeln!(
            text,
            "<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            left - 8.0,
            y + 4.0,
            grouped(power)
        );
    }
    let (middle, below) = ((left + right) / 2.0, HEIGHT - 16.0);
    let _ = writeln!(text, "<text x=\"{middle}\" y=\"{below}\" text-anchor=\"middle\">origins in the policy</text>");
    let _ = writeln!(text, "<text x=\"8\" y=\"18\">instructions added to a request</text>");
}

/// A power of ten with its thousands apart.
fn grouped(power: i32) -> String {
    let digits = 10_u64.pow(power.unsigned_abs()).to_string();
    let groups: Vec<_> = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy).collect();
    groups.join(" ")
}
