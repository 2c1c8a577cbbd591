//! The counts of all rows, and the file that they are committed in.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::program;
use crate::rows::{Row, Stack};

/// Instructions of one call, by row and stack.
#[derive(Default)]
pub struct Counts(BTreeMap<(String, &'static str), f64>);

/// The first line of the file, followed by what it was counted with.
const COMPILER: &str = "# instructions per call, ";

impl Counts {
    /// Counts every stack of every row, on all cores: the load of a machine changes nothing.
    pub fn take(rows: &[&Row]) -> Result<Self, String> {
        let jobs: Vec<_> = rows.iter().flat_map(|row| Stack::ALL.map(|stack| (*row, stack))).collect();
        let next = AtomicUsize::new(0);
        let counts = Mutex::new(Ok(Self::default()));
        thread::scope(|scope| {
            for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
                scope.spawn(|| {
                    while let Some((row, stack)) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let count = program::count(row, *stack);
                        let mut counts = counts.lock().expect("no other thread has panicked");
                        match (&mut *counts, count) {
                            (Ok(counts), Ok(count)) => drop(counts.0.insert((row.id(), stack.name()), count)),
                            (_, Err(error)) => *counts = Err(error),
                            (Err(_), Ok(_)) => return,
                        }
                    }
                });
            }
        });
        counts.into_inner().expect("no thread has panicked")
    }

    pub fn of(&self, row: &Row, stack: Stack) -> Option<f64> {
        self.0.get(&(row.id(), stack.name())).copied()
    }

    /// What the stack costs above the bare service.
    pub fn added(&self, row: &Row, stack: Stack) -> Option<f64> {
        Some(self.of(row, stack)? - self.of(row, Stack::Bare)?)
    }

    /// As text, one line for each row.
    pub fn text(&self, compiler: &str, rows: &[&Row]) -> String {
        let mut text = format!("{COMPILER}{compiler}\n# row");
        for stack in Stack::ALL {
            let _ = write!(text, "\t{}", stack.name());
        }
        for row in rows {
            let _ = write!(text, "\n{}", row.id());
            for stack in Stack::ALL {
                let _ = write!(text, "\t{:.1}", self.of(row, stack).unwrap_or(f64::NAN));
            }
        }
        text.push('\n');
        text
    }

    /// The compiler that a text was counted with, and its counts.
    pub fn parse(text: &str) -> Result<(&str, Self), String> {
        let compiler =
            text.lines().next().and_then(|line| line.strip_prefix(COMPILER)).ok_or("no compiler is named")?;
        let mut counts = Self::default();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let mut columns = line.split('\t');
            let row = columns.next().unwrap_or_default();
            for stack in Stack::ALL {
                let count =
                    columns.next().and_then(|count| count.parse().ok()).ok_or_else(|| format!("no count: {line}"))?;
                counts.0.insert((row.to_owned(), stack.name()), count);
            }
        }
        Ok((compiler, counts))
    }
}
