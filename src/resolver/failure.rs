//! [`LookupFailure`]: why a look-up has no answer.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use crate::quote::Quoted;

/// Why there is no answer to the question which policy a key has.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum LookupFailure {
    /// The function returned this error. Shared, because several requests may have waited for it.
    Error(Arc<dyn Error + Send + Sync>),
    /// It took too long.
    TimedOut,
    /// Too many others are in flight.
    TooManyInFlight,
    /// It panicked, or the runtime that it ran on was shut down.
    Aborted,
}

impl fmt::Display for LookupFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // The text may quote what a client sent.
            Self::Error(error) => write!(f, "the look-up of the policy failed: {}", Quoted(&error.to_string())),
            Self::TimedOut => f.write_str("the look-up of the policy took too long"),
            Self::TooManyInFlight => f.write_str("too many look-ups of policies are in flight"),
            Self::Aborted => f.write_str("the look-up of the policy did not end"),
        }
    }
}

impl Error for LookupFailure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Error(error) => Some(&**error),
            Self::TimedOut | Self::TooManyInFlight | Self::Aborted => None,
        }
    }
}
