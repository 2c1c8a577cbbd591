//! The one place that knows `tracing`: with the feature off, its macros expand to nothing.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

#[cfg(feature = "tracing")]
mod macros {
    /// An event of this crate: `event!(DEBUG, "what", field = value, …)`. Values are shown with `Display`.
    macro_rules! event {
        ($level:ident, $message:expr $(, $field:ident = $value:expr)* $(,)?) => {
            ::tracing::event!(
                target: "tower_cors", ::tracing::Level::$level, $($field = %$value,)* "{}", $message
            )
        };
    }

    /// Does anybody take such an event?
    macro_rules! enabled {
        ($level:ident) => {
            ::tracing::enabled!(target: "tower_cors", ::tracing::Level::$level)
        };
    }

    pub(crate) use {enabled, event};
}

#[cfg(not(feature = "tracing"))]
mod macros {
    macro_rules! event {
        ($level:ident, $message:expr $(, $field:ident = $value:expr)* $(,)?) => {{
            // Names what the event would name, and is never called.
            let _ = || { _ = &$message; $(_ = &$value;)* };
        }};
    }

    macro_rules! enabled {
        ($level:ident) => {
            false
        };
    }

    pub(crate) use {enabled, event};
}

pub(crate) use macros::{enabled, event};

/// Says yes once.
#[derive(Debug, Default)]
pub(crate) struct Once(AtomicBool);

impl Once {
    pub(crate) fn first(&self) -> bool {
        !self.0.load(Ordering::Relaxed) && !self.0.swap(true, Ordering::Relaxed)
    }
}

impl Clone for Once {
    fn clone(&self) -> Self {
        Self(AtomicBool::new(self.0.load(Ordering::Relaxed)))
    }
}

/// Says yes a hundred times: where each yes has its price, and the first few may be for nothing.
#[derive(Debug, Default)]
pub(crate) struct Often(AtomicUsize);

impl Often {
    pub(crate) fn once_more(&self) -> bool {
        const OFTEN: usize = 100;
        self.0.load(Ordering::Relaxed) < OFTEN && self.0.fetch_add(1, Ordering::Relaxed) < OFTEN
    }
}

impl Clone for Often {
    fn clone(&self) -> Self {
        Self(AtomicUsize::new(self.0.load(Ordering::Relaxed)))
    }
}
