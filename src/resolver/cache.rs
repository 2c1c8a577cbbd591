//! [`PolicyCache`]: one look-up for all who ask at the same time, and its answer for those who ask later.

use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use moka::sync::Cache;
use tokio::sync::watch;

use super::failure::LookupFailure;
use super::lookup::{Answer, Lookup, Outcome, Share};
use crate::policy::CorsPolicy;

/// moka refuses a time to live of a thousand years; nobody waits for the end of one.
const LONGEST_TIME_TO_LIVE: Duration = Duration::from_secs(365 * 86_400);

/// The policies that were looked up, for a bounded time and in a bounded number.
///
/// - One look-up answers all requests that ask for a key at the same time. It runs on its own: a client that goes away
///   ends it for nobody.
/// - Failures are never cached. When the time of an entry is over and its look-up fails, requests fail.
/// - Keys that nobody has are cached apart from the others, so that made-up ones cannot push out real ones. Nor can they
///   take all look-ups: a quarter of [`max_in_flight`](Lookup::max_in_flight) is for keys that had a policy before, even
///   after their entry is over. Only keys that are new wait behind a flood, those of real tenants among them.
///
/// Clones share everything: keep one to [`invalidate`](Self::invalidate) what you have changed.
///
/// ```
/// use std::time::Duration;
/// use tower_cors::resolver::{HostKey, Lookup, PolicyCache, ResolverLayer};
/// # async fn from_database(_: HostKey) -> Result<Option<tower_cors::CorsPolicy>, std::io::Error> { Ok(None) }
///
/// let cache = PolicyCache::builder(Lookup::new(from_database), Duration::from_secs(60)).max_known(50_000).build();
/// let layer = ResolverLayer::cached(|target| target.host(), cache.clone());
/// # let _: (ResolverLayer<_>,) = (layer,);
/// // … and where an administrator changes a tenant:
/// cache.invalidate(&"acme.example.com".parse()?);
/// # Ok::<(), tower_cors::resolver::InvalidHost>(())
/// ```
pub struct PolicyCache<K> {
    shared: Arc<Shared<K>>,
}

struct Shared<K> {
    lookup: Lookup<K>,
    known: Cache<K, CorsPolicy>,
    unknown: Cache<K, ()>,
    /// The keys that had a policy when they were last looked up. No policy is ever taken from here.
    real: Cache<K, ()>,
    flights: Mutex<Flights<K>>,
}

/// The look-ups whose answer will be cached. As many at most as the look-up allows.
struct Flights<K> {
    by_key: HashMap<K, Flight>,
    next_id: u64,
}

struct Flight {
    /// Tells this flight from a later one of the same key.
    id: u64,
    landing: watch::Receiver<Option<Outcome>>,
}

impl<K> Clone for PolicyCache<K> {
    fn clone(&self) -> Self {
        Self { shared: self.shared.clone() }
    }
}

impl<K> PolicyCache<K>
where
    K: Clone + Eq + Hash + Send + Sync + 'static,
{
    /// A cache in front of this look-up, whose entries are looked up again after `time_to_live`: how long an origin
    /// that you take away may stay allowed, if nobody calls [`invalidate`](Self::invalidate).
    pub fn builder(lookup: Lookup<K>, time_to_live: Duration) -> PolicyCacheBuilder<K> {
        PolicyCacheBuilder { lookup, time_to_live, max_known: 10_000, max_unknown: 1_000 }
    }

    /// The policy of a key, `None` if nobody has that key: what the layer finds, for handlers of your own.
    ///
    /// # Errors
    /// If it is not cached and the look-up fails.
    ///
    /// # Panics
    /// Outside of a Tokio runtime.
    pub async fn get(&self, key: K) -> Result<Option<CorsPolicy>, LookupFailure> {
        match self.answer(key) {
            Answer::Now(outcome) => outcome,
            Answer::Later(landing) => landing.await,
        }
    }

    /// Forgets the policy of a key: whoever asks after this call gets the answer of a look-up that began after it.
    pub fn invalidate(&self, key: &K) {
        let mut flights = self.shared.flights();
        // What is in flight may have read what was before; it lands for those who wait for it, and is not kept.
        flights.by_key.remove(key);
        self.shared.known.invalidate(key);
        self.shared.unknown.invalidate(key);
    }

    /// Forgets every policy, as [`invalidate`](Self::invalidate) does for one.
    pub fn invalidate_all(&self) {
        let mut flights = self.shared.flights();
        flights.by_key.clear();
        self.shared.known.invalidate_all();
        self.shared.unknown.invalidate_all();
    }

    pub(super) fn answer(&self, key: K) -> Answer {
        if let Some(outcome) = self.shared.cached(&key) {
            return Answer::Now(Ok(outcome));
        }
        let mut flights = self.shared.flights();
        // A flight is put into the cache before it leaves the table, so one of the two has it.
        if let Some(outcome) = self.shared.cached(&key) {
            return Answer::Now(Ok(outcome));
        }
        if let Some(flight) = flights.by_key.get(&key) {
            return Answer::Later(Box::pin(landed(flight.landing.clone())));
        }
        let share = if self.shared.real.get(&key).is_some() { Share::All } else { Share::Unreserved };
        let Some(look_up) = self.shared.lookup.start(key.clone(), share) else {
            // A report runs code of the user's, which may ask this cache.
            drop(flights);
            return Answer::Now(self.shared.lookup.refuse());
        };
        let (announce, landing) = watch::channel(None);
        let id = flights.next_id;
        flights.next_id = id.wrapping_add(1);
        flights.by_key.insert(key.clone(), Flight { id, landing: landing.clone() });
        drop(flights);

        let landing_place = LandingPlace { shared: self.shared.clone(), key, id };
        tokio::spawn(async move {
            let outcome = look_up.await;
            landing_place.keep(&outcome);
            drop(landing_place);
            announce.send_replace(Some(outcome));
        });
        Answer::Later(Box::pin(landed(landing)))
    }
}

impl<K> Shared<K>
where
    K: Eq + Hash + Send + Sync + 'static,
{
    #[allow(clippy::option_option, reason = "cached or not, and then a policy or none")]
    fn cached(&self, key: &K) -> Option<Option<CorsPolicy>> {
        if let Some(policy) = self.known.get(key) {
            return Some(Some(policy));
        }
        self.unknown.get(key).map(|()| None)
    }
}

impl<K> Shared<K> {
    fn flights(&self) -> MutexGuard<'_, Flights<K>> {
        // Nothing that holds the lock leaves the table half changed.
        self.flights.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn landed(mut landing: watch::Receiver<Option<Outcome>>) -> Outcome {
    match landing.wait_for(Option::is_some).await.as_deref() {
        Ok(Some(outcome)) => outcome.clone(),
        // The task was dropped, with its runtime.
        Ok(None) | Err(_) => Err(LookupFailure::Aborted),
    }
}

/// Takes the flight out of the table when it ends, however it ends.
struct LandingPlace<K: Eq + Hash> {
    shared: Arc<Shared<K>>,
    key: K,
    id: u64,
}

impl<K> LandingPlace<K>
where
    K: Clone + Eq + Hash + Send + Sync + 'static,
{
    /// Keeps the answer, unless the key was invalidated meanwhile.
    fn keep(&self, outcome: &Outcome) {
        let Ok(found) = outcome else { return };
        let flights = self.shared.flights();
        if flights.by_key.get(&self.key).is_some_and(|flight| flight.id == self.id) {
            if let Some(policy) = found {
                self.shared.known.insert(self.key.clone(), policy.clone());
                self.shared.real.insert(self.key.clone(), ());
            } else {
                self.shared.unknown.insert(self.key.clone(), ());
                self.shared.real.invalidate(&self.key);
            }
        }
    }
}

impl<K: Eq + Hash> Drop for LandingPlace<K> {
    fn drop(&mut self) {
        let mut flights = self.shared.flights();
        if flights.by_key.get(&self.key).is_some_and(|flight| flight.id == self.id) {
            flights.by_key.remove(&self.key);
        }
    }
}

impl<K> fmt::Debug for PolicyCache<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PolicyCache").field("lookup", &self.shared.lookup).finish_non_exhaustive()
    }
}

/// How large a [`PolicyCache`] may grow. Made by [`PolicyCache::builder`].
#[must_use]
pub struct PolicyCacheBuilder<K> {
    lookup: Lookup<K>,
    time_to_live: Duration,
    max_known: u64,
    max_unknown: u64,
}

impl<K> PolicyCacheBuilder<K>
where
    K: Clone + Eq + Hash + Send + Sync + 'static,
{
    /// At most this many keys that have a policy are cached, and as many remembered when their entry is over. The default
    /// is 10 000.
    pub fn max_known(mut self, max: u64) -> Self {
        self.max_known = max;
        self
    }

    /// At most this many keys that nobody has are cached. The default is 1000.
    pub fn max_unknown(mut self, max: u64) -> Self {
        self.max_unknown = max;
        self
    }

    /// The cache, empty.
    #[must_use]
    pub fn build(self) -> PolicyCache<K> {
        let time_to_live = self.time_to_live.min(LONGEST_TIME_TO_LIVE);
        PolicyCache {
            shared: Arc::new(Shared {
                lookup: self.lookup,
                known: Cache::builder().max_capacity(self.max_known).time_to_live(time_to_live).build(),
                unknown: Cache::builder().max_capacity(self.max_unknown).time_to_live(time_to_live).build(),
                real: Cache::builder().max_capacity(self.max_known).build(),
                flights: Mutex::new(Flights { by_key: HashMap::new(), next_id: 0 }),
            }),
        }
    }
}

impl<K> fmt::Debug for PolicyCacheBuilder<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { lookup, time_to_live, max_known, max_unknown } = self;
        f.debug_struct("PolicyCacheBuilder")
            .field("lookup", lookup)
            .field("time_to_live", time_to_live)
            .field("max_known", max_known)
            .field("max_unknown", max_unknown)
            .finish()
    }
}
