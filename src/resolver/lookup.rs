//! [`Lookup`]: one look-up, bounded in time and in number, its panics caught.

use std::error::Error;
use std::fmt;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tokio::sync::Semaphore;

use super::failure::LookupFailure;
use super::told::Told;
use crate::policy::CorsPolicy;

/// What a look-up ends with: the policy of the key, `None` if there is no such key.
pub(super) type Outcome = Result<Option<CorsPolicy>, LookupFailure>;
pub(super) type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// The answer is at hand, or will be.
pub(super) enum Answer {
    Now(Outcome),
    Later(Boxed<Outcome>),
}

type LookUp<K> = dyn Fn(K) -> Boxed<Result<Option<CorsPolicy>, Arc<dyn Error + Send + Sync>>> + Send + Sync;
type OnFailure = dyn Fn(&LookupFailure) + Send + Sync;

/// How the policy of a key is found: your function, and the bounds that it is held to.
///
/// The function sees the key and nothing else, so that one tenant's request can never get another's policy. It says
/// `Ok(None)` for a key that nobody has, which is then answered with a policy that allows nobody.
///
/// A look-up that takes longer than a second fails, and so does one that would be the 65th at the same time. Both can
/// be changed and neither can be turned off: a database that hangs must not hold every request, and a flood of requests
/// must not become a flood of queries. A second is long for the row of an index, and short for somebody who waits. A
/// look-up that panics fails too. It needs a Tokio runtime with its timer.
///
/// ```
/// use std::time::Duration;
/// use tower_cors::resolver::{HostKey, Lookup};
/// use tower_cors::{CorsLayer, PolicyError};
///
/// let lookup = Lookup::new(|host: HostKey| async move {
///     let origins = match host.as_str() {
///         "acme.example.com" => ["https://acme.example"],
///         _ => return Ok(None),
///     };
///     Ok::<_, PolicyError>(Some(CorsLayer::new().allow_origins(origins).build()?))
/// })
/// .timeout(Duration::from_millis(300));
/// # drop(lookup);
/// ```
#[must_use]
pub struct Lookup<K> {
    look_up: Arc<LookUp<K>>,
    timeout: Duration,
    places: Places,
    on_failure: Option<Arc<OnFailure>>,
    told: Arc<Told>,
}

/// One for each look-up in flight.
#[derive(Clone)]
struct Places {
    all: Arc<Semaphore>,
    /// As many of them as keys may take that nobody is known to have.
    unreserved: Arc<Semaphore>,
}

/// Which places a look-up may take.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Share {
    All,
    /// Those that are not kept for keys that had a policy when they were last looked up.
    #[cfg_attr(not(feature = "resolver-cache"), expect(dead_code, reason = "only a cache knows keys"))]
    Unreserved,
}

impl Places {
    fn new(max: usize) -> Self {
        let max = max.min(Semaphore::MAX_PERMITS);
        let reserved = max / 4;
        Self { all: Arc::new(Semaphore::new(max)), unreserved: Arc::new(Semaphore::new(max.saturating_sub(reserved))) }
    }
}

impl<K> Clone for Lookup<K> {
    fn clone(&self) -> Self {
        Self {
            look_up: self.look_up.clone(),
            timeout: self.timeout,
            places: self.places.clone(),
            on_failure: self.on_failure.clone(),
            told: self.told.clone(),
        }
    }
}

impl<K: Send + 'static> Lookup<K> {
    /// Looks up with this function, for at most a second, at most 64 times at once.
    pub fn new<F, Fut, E>(look_up: F) -> Self
    where
        F: Fn(K) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Option<CorsPolicy>, E>> + Send + 'static,
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        let look_up = Arc::new(look_up);
        Self {
            look_up: Arc::new(move |key| {
                let look_up = look_up.clone();
                // The call stands inside the future, so that a panic of either is caught.
                Box::pin(async move { look_up(key).await.map_err(|error| Arc::from(error.into())) })
            }),
            timeout: Duration::from_secs(1),
            places: Places::new(64),
            on_failure: None,
            told: Arc::default(),
        }
    }

    /// A look-up that takes longer fails. The default is one second.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// A look-up fails if this many are in flight already. The default is 64; with 0 every look-up fails.
    ///
    /// Anybody can ask for keys that nobody has, and so fill these places. Behind a `PolicyCache` a quarter of them
    /// (rounded down) is kept for keys that had a policy when they were last looked up: a tenant whose entry is over is
    /// found again during such a flood. Without a cache nothing tells a made-up key from a real one, and a flood of them
    /// makes look-ups of real ones fail: let something else bound it, or look up in memory.
    ///
    /// Clones made before this call keep to their own number.
    pub fn max_in_flight(mut self, max: usize) -> Self {
        self.places = Places::new(max);
        self
    }

    /// Calls this function once for each look-up that fails, for logs and counters.
    ///
    /// With the feature `tracing` failures are `WARN` events as well, but not one for each request while the database is
    /// away: of each kind of [`LookupFailure`] the first is logged, and then one in ten seconds at most, with the number of
    /// those in between (`untold`).
    pub fn on_failure(mut self, on_failure: impl Fn(&LookupFailure) + Send + Sync + 'static) -> Self {
        self.on_failure = Some(Arc::new(on_failure));
        self
    }

    pub(super) fn answer(&self, key: K) -> Answer {
        self.start(key, Share::All).map_or_else(|| Answer::Now(self.refuse()), Answer::Later)
    }

    /// The look-up, or `None` if too many are in flight. Nothing runs before the first poll; to drop the future ends it.
    pub(super) fn start(&self, key: K, share: Share) -> Option<Boxed<Outcome>> {
        let unreserved = match share {
            Share::All => None,
            Share::Unreserved => Some(self.places.unreserved.clone().try_acquire_owned().ok()?),
        };
        let place = self.places.all.clone().try_acquire_owned().ok()?;
        let this = self.clone();
        Some(Box::pin(async move {
            let _until_it_ends = (place, unreserved);
            let outcome = match tokio::time::timeout(this.timeout, catch((this.look_up)(key))).await {
                Err(_) => Err(LookupFailure::TimedOut),
                Ok(None) => Err(LookupFailure::Aborted),
                Ok(Some(found)) => found.map_err(LookupFailure::Error),
            };
            if let Err(failure) = &outcome {
                this.report(failure);
            }
            outcome
        }))
    }

    /// What a request gets that [`start`](Self::start) refused.
    pub(super) fn refuse(&self) -> Outcome {
        let failure = LookupFailure::TooManyInFlight;
        self.report(&failure);
        Err(failure)
    }

    fn report(&self, failure: &LookupFailure) {
        self.told.tell(failure);
        if let Some(on_failure) = &self.on_failure {
            on_failure(failure);
        }
    }
}

/// The output, or `None` for a panic. What panicked is never polled again.
async fn catch<T>(mut future: Boxed<T>) -> Option<T> {
    poll_fn(move |cx| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx))) {
        Ok(Poll::Pending) => Poll::Pending,
        Ok(Poll::Ready(output)) => Poll::Ready(Some(output)),
        Err(_) => Poll::Ready(None),
    })
    .await
}

impl<K> fmt::Debug for Lookup<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lookup").field("timeout", &self.timeout).finish_non_exhaustive()
    }
}
