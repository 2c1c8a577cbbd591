//! What the operator is told, once for each change.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Write as _;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::rows::Fault;

/// More are counted and not kept: whoever fills the database must fill neither the memory nor the log.
const MOST: usize = if cfg!(test) { 10 } else { 1_000 };

/// Writes a line for the operator. Where nobody reads them any more lines are lost, and nothing else.
pub fn say(line: fmt::Arguments<'_>) {
    _ = writeln!(std::io::stderr(), "{line}");
}

/// For what a flood of requests could make a flood of lines of: one in ten seconds.
#[derive(Debug, Default)]
pub struct Seldom(Mutex<Option<Instant>>);

impl Seldom {
    pub fn say(&self, line: fmt::Arguments<'_>) {
        const PAUSE: Duration = Duration::from_secs(10);
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if last.is_none_or(|last| last.elapsed() >= PAUSE) {
            *last = Some(Instant::now());
            drop(last);
            say(line);
        }
    }
}

/// The tenants that are denied for what stands in their rows.
#[derive(Debug, Default)]
pub struct Reports(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    faults: BTreeMap<String, Fault>,
    /// How many there were beside those, when they were last counted.
    untold: usize,
}

impl Reports {
    /// The faults of all tenants, by host; at most a thousand.
    pub fn all(&self) -> BTreeMap<String, Fault> {
        self.lock().faults.clone()
    }

    /// This host is at fault, or no longer. False for a fault that is one too many to be told: count those.
    pub fn tell(&self, host: &str, fault: Option<Fault>) -> bool {
        let mut state = self.lock();
        match fault {
            Some(fault) if state.faults.get(host) == Some(&fault) => {}
            Some(_) if state.faults.len() >= MOST && !state.faults.contains_key(host) => return false,
            Some(fault) => {
                state.faults.insert(host.to_owned(), fault.clone());
                drop(state);
                say(format_args!("tenant {host:?} is denied: {fault}"));
            }
            None => {
                if state.faults.remove(host).is_some() {
                    drop(state);
                    say(format_args!("tenant {host:?} is well again"));
                }
            }
        }
        true
    }

    /// Everything was read: so many faults were too many to be told, and only these hosts are there at all. What is
    /// known of others is forgotten.
    pub fn all_read(&self, untold: usize, still_there: impl Fn(&str) -> bool) {
        let mut state = self.lock();
        state.faults.retain(|host, _| still_there(host));
        let changed = std::mem::replace(&mut state.untold, untold) != untold;
        drop(state);
        if changed {
            say(format_args!("beside those that were told of, {untold} tenants are denied"));
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_are_told_of_and_the_rest_is_counted() {
        let reports = Reports::default();
        let fault = || Some("a fault".to_owned());
        for round in 0..3 {
            let untold = (0..MOST + 5).filter(|number| !reports.tell(&format!("t{number}"), fault())).count();
            assert_eq!((untold, reports.all().len()), (5, MOST), "round {round}");
            reports.all_read(untold, |_| true);
        }
        // Of one that is known a change is told.
        assert!(reports.tell("t1", Some("another".to_owned())));
        assert_eq!(reports.all()["t1"], "another");
        reports.tell("t1", None);
        assert!(reports.tell("t2000", fault()), "there is room again");
        reports.all_read(0, |host| host == "t2000");
        assert_eq!(reports.all().into_keys().collect::<Vec<_>>(), ["t2000"]);
    }
}
