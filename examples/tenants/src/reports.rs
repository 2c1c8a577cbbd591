//! What the operator is told, once for each change.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::rows::Fault;

/// More are told and not kept: whoever fills the database must not fill the memory.
const MOST: usize = 1_000;

/// The tenants that are denied for what stands in their rows.
#[derive(Debug, Default)]
pub struct Reports(Mutex<BTreeMap<String, Fault>>);

impl Reports {
    /// The faults of all tenants, by host.
    pub fn all(&self) -> BTreeMap<String, Fault> {
        self.lock().clone()
    }

    /// This host is at fault, or no longer.
    pub fn tell(&self, host: &str, fault: Option<Fault>) {
        let mut faults = self.lock();
        match fault {
            Some(fault) if faults.get(host) == Some(&fault) => {}
            Some(fault) => {
                eprintln!("tenant {host:?} is denied: {fault}");
                if faults.len() < MOST || faults.contains_key(host) {
                    faults.insert(host.to_owned(), fault);
                }
            }
            None => {
                if faults.remove(host).is_some() {
                    eprintln!("tenant {host:?} is well again");
                }
            }
        }
    }

    /// Only these hosts are there at all: what is known of others is forgotten.
    pub fn keep(&self, still_there: impl Fn(&str) -> bool) {
        self.lock().retain(|host, _| still_there(host));
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Fault>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
