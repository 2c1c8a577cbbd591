//! What is kept of each try: its policy, what was asked, and what went over the wire. A try has an id that nobody can
//! guess; the newest tries are kept.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::http::{request, response};
use bytes::Bytes;
use tower_cors::CorsPolicy;
use tower_cors::browser::Outcome;

use crate::ask::Ask;
use crate::rules::Fields;

const KEPT: usize = 64;
/// A preflight, a request, the same after a redirect; and some that a browser repeats.
const MOST_EXCHANGES: usize = 8;

pub struct Run {
    pub fields: Fields,
    pub policy: CorsPolicy,
    pub ask: Ask,
    /// What the model of a browser says.
    pub model: Outcome,
    exchanges: Mutex<Vec<Exchange>>,
}

/// A request as it came, and the answer as it went.
#[derive(Clone, Debug)]
pub struct Exchange {
    pub request: request::Parts,
    pub request_body: Bytes,
    pub response: response::Parts,
    pub response_body: Bytes,
    /// The policy answered; the service was not called.
    pub by_policy: bool,
}

impl Run {
    pub fn new(fields: Fields, policy: CorsPolicy, ask: Ask, model: Outcome) -> Self {
        Self { fields, policy, ask, model, exchanges: Mutex::default() }
    }

    pub fn record(&self, exchange: Exchange) {
        let mut exchanges = lock(&self.exchanges);
        if exchanges.len() < MOST_EXCHANGES {
            exchanges.push(exchange);
        }
    }

    pub fn exchanges(&self) -> Vec<Exchange> {
        lock(&self.exchanges).clone()
    }
}

#[derive(Default)]
pub struct Runs {
    newest_last: Mutex<VecDeque<(String, Arc<Run>)>>,
}

impl Runs {
    pub fn keep(&self, id: String, run: Run) -> Arc<Run> {
        let run = Arc::new(run);
        let mut runs = lock(&self.newest_last);
        if runs.len() == KEPT {
            runs.pop_front();
        }
        runs.push_back((id, Arc::clone(&run)));
        run
    }

    pub fn get(&self, id: &str) -> Option<Arc<Run>> {
        lock(&self.newest_last).iter().find(|(kept, _)| kept == id).map(|(_, run)| Arc::clone(run))
    }

    pub fn len(&self) -> usize {
        lock(&self.newest_last).len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// # Errors
/// If the system has no random numbers.
pub fn new_id() -> Result<String, getrandom::Error> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)?;
    Ok(bytes.iter().fold(String::new(), |mut id, byte| {
        let _ = write!(id, "{byte:02x}");
        id
    }))
}

/// What a lock protects here is whole between any two calls.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
