//! [`Told`]: failures in the log, so many that they are noticed and so few that they do not fill it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;

use super::failure::LookupFailure;
use crate::trace;

/// So long nothing more is told of one kind of failure.
const QUIET: Duration = Duration::from_secs(10);

/// What was told of the failures of one look-up.
#[derive(Default)]
pub(super) struct Told {
    error: Kind,
    timed_out: Kind,
    too_many: Kind,
    aborted: Kind,
}

impl Told {
    pub(super) fn tell(&self, failure: &LookupFailure) {
        if !trace::enabled!(WARN) {
            return;
        }
        let kind = match failure {
            LookupFailure::Error(_) => &self.error,
            LookupFailure::TimedOut => &self.timed_out,
            LookupFailure::TooManyInFlight => &self.too_many,
            LookupFailure::Aborted => &self.aborted,
        };
        if let Some(untold) = kind.due() {
            trace::event!(WARN, failure, untold = untold);
        }
    }
}

struct Kind {
    since: Instant,
    /// In milliseconds after `since`: when the next one may be told. No timer: the next failure that is due is told.
    next: AtomicU64,
    untold: AtomicU64,
}

impl Default for Kind {
    fn default() -> Self {
        Self { since: Instant::now(), next: AtomicU64::new(0), untold: AtomicU64::new(0) }
    }
}

impl Kind {
    /// Whether to tell of a failure, and then how many were not told before.
    fn due(&self) -> Option<u64> {
        let milliseconds = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let now = milliseconds(self.since.elapsed());
        let next = self.next.load(Ordering::Relaxed);
        let later = now.saturating_add(milliseconds(QUIET));
        // Of several at the same time one is told.
        if now < next || self.next.compare_exchange(next, later, Ordering::Relaxed, Ordering::Relaxed).is_err() {
            self.untold.fetch_add(1, Ordering::Relaxed);
            return None;
        }
        Some(self.untold.swap(0, Ordering::Relaxed))
    }
}
