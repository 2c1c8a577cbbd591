//! What a replica knows, and when all of it was last known to be true.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{PoisonError, RwLock, RwLockWriteGuard};
use std::time::Duration;

use tokio::time::Instant;
use tower_cors::CorsPolicy;
use tower_cors::resolver::HostKey;

use crate::reports::say;

/// Tenants that are denied are not in it.
pub(super) type Tenants = HashMap<HostKey, CorsPolicy>;

#[derive(Debug)]
pub(super) struct Known {
    state: RwLock<State>,
    pub(super) max_stale: Duration,
    /// The operator was told that look-ups fail.
    told: AtomicBool,
}

#[derive(Debug, Default)]
struct State {
    tenants: Tenants,
    /// What is known is all that was true at this time.
    as_of: Option<Instant>,
}

/// Why no tenant is known.
#[derive(Clone, Copy, Debug)]
pub(super) enum Unknown {
    NotRead,
    Stale,
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotRead => "the tenants have not been read yet",
            Self::Stale => "what is known of the tenants is too old",
        })
    }
}

impl std::error::Error for Unknown {}

impl Known {
    pub(super) fn nothing(max_stale: Duration) -> Self {
        Self { state: RwLock::default(), max_stale, told: AtomicBool::new(false) }
    }

    pub(super) fn find(&self, host: &HostKey) -> Result<Option<CorsPolicy>, Unknown> {
        let found = {
            let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
            match state.as_of {
                None => Err(Unknown::NotRead),
                Some(as_of) if as_of.elapsed() > self.max_stale => Err(Unknown::Stale),
                Some(_) => Ok(state.tenants.get(host).cloned()),
            }
        };
        if let Err(unknown) = found
            && !self.told.swap(true, Ordering::SeqCst)
        {
            say(format_args!("{unknown}: requests that need a policy are answered with 503"));
        }
        found
    }

    pub(super) fn is_read(&self) -> bool {
        self.state.read().unwrap_or_else(PoisonError::into_inner).as_of.is_some()
    }

    /// These are all tenants.
    pub(super) fn replace(&self, tenants: Tenants, as_of: Instant) {
        let before = std::mem::replace(&mut *self.change(), State { tenants, as_of: Some(as_of) });
        // Here, where nobody waits for it.
        drop(before);
        self.tell_of_return();
    }

    /// These tenants were read again; `None` for those that are none or are denied.
    pub(super) fn update(&self, tenants: Vec<(HostKey, Option<CorsPolicy>)>) {
        let mut state = self.change();
        for (host, policy) in tenants {
            match policy {
                Some(policy) => state.tenants.insert(host, policy),
                None => state.tenants.remove(&host),
            };
        }
    }

    /// All that had changed by then has been read.
    pub(super) fn confirm(&self, as_of: Instant) {
        self.change().as_of = Some(as_of);
        self.tell_of_return();
    }

    fn tell_of_return(&self) {
        if self.told.swap(false, Ordering::SeqCst) {
            say(format_args!("the tenants are known: requests are answered by their policies"));
        }
    }

    fn change(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}
