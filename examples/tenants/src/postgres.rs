//! PostgreSQL: several replicas of this service. Each keeps all tenants in memory and is told of changes.
//!
//! A replica answers from what it knows, so that no request waits for the database and none can make it work. What it
//! knows is as good as its connection: while that is lost, the last state is in force for `max_stale` and no longer.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::convert::Infallible;
use std::io::ErrorKind;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use futures_core::Stream;
use sqlx::Row as _;
use sqlx::postgres::{PgConnectOptions, PgListener, PgPool, PgPoolOptions, PgRow};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};
use tower_cors::CorsPolicy;
use tower_cors::resolver::{HostKey, Lookup};

use crate::reports::Reports;
use crate::rows::{self, MOST_ORIGINS};

const CHANNEL: &str = "allowed_origins";

/// Every change of a row tells which host it is about. The payload is a hint where to look, and never what to believe:
/// everybody who can connect to the database can send one.
const SCHEMA: &str = "
SELECT pg_advisory_xact_lock(hashtext('allowed_origins')); -- one replica at a time
CREATE TABLE IF NOT EXISTS allowed_origins (
    host   text NOT NULL CHECK (length(host) <= 253),
    origin text NOT NULL CHECK (length(origin) <= 1000),
    PRIMARY KEY (host, origin)
);
CREATE OR REPLACE FUNCTION tell_of_allowed_origins() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_LEVEL = 'STATEMENT' THEN PERFORM pg_notify('allowed_origins', ''); END IF;
    IF TG_OP IN ('INSERT', 'UPDATE') THEN PERFORM pg_notify('allowed_origins', NEW.host); END IF;
    IF TG_OP IN ('DELETE', 'UPDATE') THEN PERFORM pg_notify('allowed_origins', OLD.host); END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER tell_of_rows AFTER INSERT OR UPDATE OR DELETE ON allowed_origins
    FOR EACH ROW EXECUTE FUNCTION tell_of_allowed_origins();
CREATE OR REPLACE TRIGGER tell_of_all AFTER TRUNCATE ON allowed_origins
    FOR EACH STATEMENT EXECUTE FUNCTION tell_of_allowed_origins();";

/// After so many hints at once everything is read again.
const MOST_HINTS: usize = 100;
/// How long the database may take to answer `SELECT 1`, or to accept a connection.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long it may take to read all tenants.
const READING: Duration = Duration::from_secs(60);
/// Between two attempts to connect.
const PAUSE: Duration = Duration::from_millis(200);

/// Makes the table and its triggers, if they are not there.
///
/// # Errors
/// If the database refuses.
pub async fn set_up(options: &PgConnectOptions) -> Result<(), sqlx::Error> {
    let pool = pool(options);
    sqlx::raw_sql(SCHEMA).execute(&pool).await?;
    pool.close().await;
    Ok(())
}

/// Adds an origin to a tenant, or takes it away.
///
/// # Errors
/// If the database refuses.
pub async fn change(options: &PgConnectOptions, host: &str, origin: &str, allow: bool) -> Result<(), sqlx::Error> {
    let pool = pool(options);
    let statement = if allow {
        "INSERT INTO allowed_origins VALUES ($1, $2) ON CONFLICT DO NOTHING"
    } else {
        "DELETE FROM allowed_origins WHERE host = $1 AND origin = $2"
    };
    sqlx::query(statement).bind(host).bind(origin).execute(&pool).await?;
    pool.close().await;
    Ok(())
}

fn pool(options: &PgConnectOptions) -> PgPool {
    PgPoolOptions::new().max_connections(1).acquire_timeout(PATIENCE).connect_lazy_with(options.clone())
}

/// All tenants, kept up to date for as long as a clone of this, or a look-up made from it, is there.
#[derive(Clone, Debug)]
pub struct Replica {
    following: Arc<Following>,
}

#[derive(Debug)]
struct Following {
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

impl Drop for Following {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[derive(Debug)]
struct Shared {
    known: RwLock<Known>,
    max_stale: Duration,
    connected: AtomicBool,
    reads: AtomicUsize,
    reports: Reports,
}

#[derive(Debug, Default)]
struct Known {
    /// Tenants that are denied are not in it.
    tenants: HashMap<HostKey, CorsPolicy>,
    /// When all of it was last known to be true: the beginning of the last exchange with the database that went well.
    as_of: Option<Instant>,
}

/// Why no tenant is known.
#[derive(Debug)]
enum Unknown {
    NotRead,
    Stale,
}

impl std::fmt::Display for Unknown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::NotRead => "the tenants have not been read yet",
            Self::Stale => "the connection to the database has been lost for too long",
        })
    }
}

impl std::error::Error for Unknown {}

impl Replica {
    /// Begins to follow the database. Until its tenants have been read once, look-ups fail.
    ///
    /// `max_stale` is for how long the last state stays in force when the connection is lost: how long an origin that
    /// was taken away in the meantime may still be allowed. It is counted from the last sign of life of the connection,
    /// and there is one in every quarter of it, or in every second.
    #[must_use]
    pub fn follow(options: PgConnectOptions, max_stale: Duration) -> Self {
        let shared = Arc::new(Shared {
            known: RwLock::default(),
            max_stale,
            connected: AtomicBool::new(false),
            reads: AtomicUsize::new(0),
            reports: Reports::default(),
        });
        let task = tokio::spawn(shared.clone().follow(options));
        Self { following: Arc::new(Following { shared, task }) }
    }

    /// The look-up for the resolver: in memory, so that it needs no cache, and costs the database nothing.
    pub fn lookup(&self) -> Lookup<HostKey> {
        let following = self.following.clone();
        Lookup::new(move |host: HostKey| {
            let found = following.shared.find(&host);
            async move { found }
        })
        // It never waits; the bound is one for threads.
        .max_in_flight(100_000)
    }

    /// Is there a connection, and was everything read over it?
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.following.shared.connected.load(Ordering::SeqCst)
    }

    /// How often rows were read, all or some.
    #[must_use]
    pub fn reads(&self) -> usize {
        self.following.shared.reads.load(Ordering::SeqCst)
    }

    /// The tenants that are denied, and why.
    #[must_use]
    pub fn reports(&self) -> &Reports {
        &self.following.shared.reports
    }
}

impl Shared {
    fn find(&self, host: &HostKey) -> Result<Option<CorsPolicy>, Unknown> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        match known.as_of {
            None => Err(Unknown::NotRead),
            Some(as_of) if as_of.elapsed() > self.max_stale => Err(Unknown::Stale),
            Some(_) => Ok(known.tenants.get(host).cloned()),
        }
    }

    async fn follow(self: Arc<Self>, options: PgConnectOptions) {
        let mut told = String::new();
        loop {
            let Err(error) = self.listen(&options).await;
            let was_connected = self.connected.swap(false, Ordering::SeqCst);
            let error = error.to_string();
            if was_connected || error != told {
                eprintln!(
                    "no connection to the database, the last state is in force for {:?}: {error:?}",
                    self.max_stale
                );
                told = error;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// One connection, for as long as it lives.
    async fn listen(&self, options: &PgConnectOptions) -> Result<Infallible, sqlx::Error> {
        let pulse = (self.max_stale / 4).clamp(Duration::from_millis(10), Duration::from_secs(1));
        // Its own pool, so that a connection that hangs never stands in the way of the next one.
        let pool = pool(options);
        let mut listener = in_time(PATIENCE, PgListener::connect_with(&pool)).await?;
        listener.eager_reconnect(false);
        // First listen, then read: what changes in between is told.
        in_time(PATIENCE, listener.listen(CHANNEL)).await?;
        in_time(READING, self.read_all(&mut listener)).await?;
        self.connected.store(true, Ordering::SeqCst);
        eprintln!("connected to the database, all tenants were read");
        loop {
            match timeout(pulse, listener.try_recv()).await {
                Ok(notification) => {
                    let first = notification?.ok_or_else(|| lost(ErrorKind::ConnectionAborted))?;
                    let mut hints = vec![first.payload().to_owned()];
                    while let Some(next) = listener.next_buffered() {
                        hints.push(next.payload().to_owned());
                    }
                    in_time(READING, self.read(&mut listener, &hints)).await?;
                }
                Err(_) => {
                    let asked = Instant::now();
                    in_time(PATIENCE, sqlx::query("SELECT 1").execute(&mut listener)).await?;
                    // The answer came over the connection that notifications come over; one that came with it is next.
                    self.as_of(asked);
                }
            }
        }
    }

    /// Reads again what the hints are about, or everything.
    async fn read(&self, listener: &mut PgListener, hints: &[String]) -> Result<(), sqlx::Error> {
        let hosts: Option<BTreeSet<&str>> = hints.iter().map(|hint| canonical(hint).map(|_| &**hint)).collect();
        match hosts {
            Some(hosts) if hosts.len() <= MOST_HINTS => self.read_some(listener, &hosts).await,
            _ => self.read_all(listener).await,
        }
    }

    async fn read_all(&self, listener: &mut PgListener) -> Result<(), sqlx::Error> {
        let asked = Instant::now();
        let statement = "SELECT host, origin FROM allowed_origins ORDER BY host";
        let tenants = self.policies(sqlx::query(statement).fetch(&mut *listener)).await?;
        let hosts: HashSet<&str> = tenants.iter().map(|(host, _)| &**host).collect();
        self.reports.keep(|host| hosts.contains(host));
        let tenants = tenants.into_iter().filter_map(|(host, policy)| Some((canonical(&host)?, policy?))).collect();
        let mut known = Known { tenants, as_of: Some(asked) };
        std::mem::swap(&mut known, &mut *self.known.write().unwrap_or_else(PoisonError::into_inner));
        // What was known before is dropped here, where nobody waits for it.
        Ok(())
    }

    async fn read_some(&self, listener: &mut PgListener, hosts: &BTreeSet<&str>) -> Result<(), sqlx::Error> {
        let asked = Instant::now();
        let statement = "SELECT host, origin FROM allowed_origins WHERE host = ANY ($1) ORDER BY host";
        let bound: Vec<&str> = hosts.iter().copied().collect();
        let mut found: HashMap<_, _> =
            self.policies(sqlx::query(statement).bind(bound).fetch(&mut *listener)).await?.into_iter().collect();
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        for host in hosts {
            let policy = found.remove(*host);
            if policy.is_none() {
                self.reports.tell(host, None);
            }
            let Some(key) = canonical(host) else { continue };
            match policy.flatten() {
                Some(policy) => known.tenants.insert(key, policy),
                None => known.tenants.remove(&key),
            };
        }
        known.as_of = Some(asked);
        Ok(())
    }

    /// The policy of each host in the rows, which come sorted by host; `None` for those that are denied.
    async fn policies(
        &self,
        rows: impl Stream<Item = Result<PgRow, sqlx::Error>>,
    ) -> Result<Vec<(String, Option<CorsPolicy>)>, sqlx::Error> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        let mut rows = std::pin::pin!(rows);
        let mut policies = Vec::new();
        let mut tenant: Option<(String, Vec<rows::Row>)> = None;
        while let Some(row) = std::future::poll_fn(|cx| rows.as_mut().poll_next(cx)).await {
            let row = row?;
            let Ok(host) = row.try_get::<String, _>(0) else { continue };
            let origin = row.try_get(1).map_err(|_| "not a text".to_owned());
            match &mut tenant {
                Some((last, origins)) if *last == host => {
                    // One more than is allowed says that there are too many.
                    if origins.len() <= MOST_ORIGINS {
                        origins.push(origin);
                    }
                }
                _ => policies.extend(tenant.replace((host, vec![origin])).map(|done| self.policy(done))),
            }
        }
        policies.extend(tenant.map(|done| self.policy(done)));
        Ok(policies)
    }

    fn policy(&self, (host, origins): (String, Vec<rows::Row>)) -> (String, Option<CorsPolicy>) {
        let policy = if canonical(&host).is_some() {
            rows::policy(&origins)
        } else {
            Err("the host is not written as it is looked up: lower case, no port, no dot at its end".to_owned())
        };
        self.reports.tell(&host, policy.as_ref().err().cloned());
        (host, policy.ok())
    }

    fn as_of(&self, asked: Instant) {
        self.known.write().unwrap_or_else(PoisonError::into_inner).as_of = Some(asked);
    }
}

/// The host, if this is the spelling that requests are looked up by.
fn canonical(host: &str) -> Option<HostKey> {
    host.parse::<HostKey>().ok().filter(|key| key.as_str() == host)
}

async fn in_time<T>(time: Duration, work: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, sqlx::Error> {
    timeout(time, work).await.unwrap_or_else(|_| Err(lost(ErrorKind::TimedOut)))
}

fn lost(kind: ErrorKind) -> sqlx::Error {
    sqlx::Error::Io(kind.into())
}
