//! Follows the database: reads everything, then what it is told has changed, then everything again, for ever.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::convert::Infallible;
use std::error::Error;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use futures_core::Stream;
use sqlx::Row as _;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgListener, PgPoolOptions, PgRow};
use tokio::task::coop::consume_budget;
use tokio::time::{Instant, timeout};
use tower_cors::CorsPolicy;

use super::known::Known;
use super::table::{self, CHANNEL, PATIENCE, in_time};
use crate::reports::{Reports, say};
use crate::rows::{self, MOST_ORIGINS, canonical};

/// After so many hints at once everything is read again.
const MOST_HINTS: usize = 100;
/// How long it may take to read all tenants.
const READING: Duration = Duration::from_secs(60);
/// Between two attempts to connect.
const PAUSE: Duration = Duration::from_millis(200);

type Lost = Box<dyn Error + Send + Sync>;

#[derive(Debug)]
pub(super) struct Follower {
    pub(super) known: Known,
    pub(super) reports: Reports,
    pub(super) connected: AtomicBool,
    pub(super) reads: AtomicUsize,
}

impl Follower {
    pub(super) fn new(max_stale: Duration) -> Self {
        Self {
            known: Known::nothing(max_stale),
            reports: Reports::default(),
            connected: AtomicBool::new(false),
            reads: AtomicUsize::new(0),
        }
    }

    pub(super) async fn follow(&self, options: &PgConnectOptions) -> Infallible {
        let mut told = String::new();
        loop {
            let Err(error) = self.listen(options).await;
            let was_connected = self.connected.swap(false, Ordering::SeqCst);
            let error = error.to_string();
            if was_connected || error != told {
                let then = if self.known.is_read() {
                    format!("the last state is in force until it is {:?} old", self.known.max_stale)
                } else {
                    "no tenant is known yet".to_owned()
                };
                say(format_args!("the database cannot be followed, {then}: {error:?}"));
                told = error;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Two connections, for as long as both live: one that is told of changes, and one that makes it hear something.
    async fn listen(&self, options: &PgConnectOptions) -> Result<Infallible, Lost> {
        let period = (self.known.max_stale / 4).clamp(Duration::from_millis(10), Duration::from_secs(1));
        let mut other = table::connect(options).await?;
        table::set_up_over(&mut other).await?;
        // Its own pool, so that a connection that hangs never stands in the way of the next one.
        let pool = PgPoolOptions::new().max_connections(1).acquire_timeout(PATIENCE).connect_lazy_with(options.clone());
        let mut listener = in_time(PATIENCE, PgListener::connect_with(&pool)).await?;
        listener.eager_reconnect(false);
        // First listen, then read: what changes in between is told.
        in_time(PATIENCE, listener.listen(CHANNEL)).await?;
        let mut read = self.read_all(&mut listener).await?;
        let mut pulse = Pulse::new();
        loop {
            // Who tells of changes may have been switched off.
            if read.elapsed() >= self.known.max_stale / 2 {
                read = self.read_all(&mut listener).await?;
            }
            pulse.send(&mut other, period).await?;
            let Ok(notification) = timeout(period, listener.try_recv()).await else {
                if pulse.is_overdue() {
                    return Err(
                        "what it tells does not arrive here: is there a pooler in between, which forgets LISTEN?"
                            .into(),
                    );
                }
                continue;
            };
            let first = notification?.ok_or("the connection was closed")?;
            let (mut hints, mut confirmed) = (Vec::new(), None);
            let mut next = Some(first);
            while let Some(notification) = next {
                match notification.payload().strip_prefix(Pulse::PREFIX) {
                    Some(nonce) => confirmed = pulse.came_back(nonce).or(confirmed),
                    None => hints.push(notification.payload().to_owned()),
                }
                next = listener.next_buffered();
            }
            if !hints.is_empty() {
                self.read(&mut listener, &hints).await?;
            }
            // Notifications come in the order of their transactions: all that was told of before has been read.
            if let Some(as_of) = confirmed {
                self.known.confirm(as_of);
                if !self.connected.swap(true, Ordering::SeqCst) {
                    say(format_args!("connected to the database, all tenants were read"));
                }
            }
        }
    }

    /// Reads again what the hints are about, or everything.
    async fn read(&self, listener: &mut PgListener, hints: &[String]) -> Result<(), sqlx::Error> {
        let hosts: Option<BTreeSet<&str>> = hints.iter().map(|hint| canonical(hint).map(|_| &**hint)).collect();
        match hosts {
            Some(hosts) if hosts.len() <= MOST_HINTS => in_time(READING, self.read_some(listener, &hosts)).await,
            _ => self.read_all(listener).await.map(drop),
        }
    }

    /// Says when it began.
    async fn read_all(&self, listener: &mut PgListener) -> Result<Instant, sqlx::Error> {
        let asked = Instant::now();
        let statement = r#"SELECT host, origin FROM allowed_origins ORDER BY host COLLATE "C""#;
        let read = self.policies(sqlx::query(statement).fetch(&mut *listener));
        let (tenants, untold) = in_time(READING, read).await?;
        let hosts: HashSet<&str> = tenants.iter().map(|(host, _)| &**host).collect();
        self.reports.all_read(untold, |host| hosts.contains(host));
        let tenants = tenants.into_iter().filter_map(|(host, policy)| Some((canonical(&host)?, policy?))).collect();
        self.known.replace(tenants, asked);
        Ok(asked)
    }

    async fn read_some(&self, listener: &mut PgListener, hosts: &BTreeSet<&str>) -> Result<(), sqlx::Error> {
        let statement = r#"SELECT host, origin FROM allowed_origins WHERE host = ANY ($1) ORDER BY host COLLATE "C""#;
        let bound: Vec<&str> = hosts.iter().copied().collect();
        let (found, _) = self.policies(sqlx::query(statement).bind(bound).fetch(&mut *listener)).await?;
        let mut found: HashMap<_, _> = found.into_iter().collect();
        let tenants = hosts.iter().filter_map(|host| Some((*host, canonical(host)?)));
        let tenants = tenants.map(|(host, key)| {
            let policy = found.remove(host);
            if policy.is_none() {
                self.reports.tell(host, None);
            }
            (key, policy.flatten())
        });
        let tenants = tenants.collect();
        self.known.update(tenants);
        Ok(())
    }

    /// The policy of each host in the rows, which come sorted by the bytes of the host, whatever else the database takes
    /// for equal; `None` for those that are denied. And how many of these were not told of.
    async fn policies(
        &self,
        rows: impl Stream<Item = Result<PgRow, sqlx::Error>>,
    ) -> Result<(Vec<(String, Option<CorsPolicy>)>, usize), sqlx::Error> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        let mut rows = std::pin::pin!(rows);
        let (mut policies, mut untold) = (Vec::new(), 0);
        let mut tenant: Option<(String, Vec<rows::Row>)> = None;
        while let Some(row) = std::future::poll_fn(|cx| rows.as_mut().poll_next(cx)).await {
            let row = row?;
            let Ok(host) = row.try_get(0).map(rows::cut) else {
                untold += 1;
                continue;
            };
            let origin = row.try_get(1).map_err(|_| "not a text".to_owned());
            match &mut tenant {
                Some((last, origins)) if *last == host => {
                    // One more than is allowed says that there are too many.
                    if origins.len() <= MOST_ORIGINS {
                        origins.push(origin);
                    }
                }
                _ => {
                    policies.extend(tenant.replace((host, vec![origin])).map(|done| self.policy(done, &mut untold)));
                    // Rows come faster than policies are made: requests must have their turn.
                    consume_budget().await;
                }
            }
        }
        policies.extend(tenant.map(|done| self.policy(done, &mut untold)));
        Ok((policies, untold))
    }

    fn policy(&self, (host, origins): (String, Vec<rows::Row>), untold: &mut usize) -> (String, Option<CorsPolicy>) {
        let policy = match canonical(&host) {
            Some(_) => rows::policy(&origins),
            None => Err(rows::NOT_CANONICAL.to_owned()),
        };
        *untold += usize::from(!self.reports.tell(&host, policy.as_ref().err().cloned()));
        (host, policy.ok())
    }
}

/// What is sent over one connection and must come back over the other: an answer to a question would only show that the
/// database lives, not that it tells this replica of anything.
struct Pulse {
    /// Other replicas have theirs.
    name: u64,
    number: u64,
    /// When the last one was sent, and whether it came back.
    last: Option<(Instant, bool)>,
}

impl Pulse {
    /// No host has a blank in it.
    const PREFIX: &str = "pulse ";

    fn new() -> Self {
        Self { name: RandomState::new().build_hasher().finish(), number: 0, last: None }
    }

    /// Sends the next one when the last one came back and the period is over.
    async fn send(&mut self, other: &mut PgConnection, period: Duration) -> Result<(), sqlx::Error> {
        if self.last.is_some_and(|(sent, is_back)| !is_back || sent.elapsed() < period) {
            return Ok(());
        }
        self.number += 1;
        self.last = Some((Instant::now(), false));
        let payload = format!("{}{}", Self::PREFIX, self.nonce());
        let send = sqlx::query("SELECT pg_notify($1, $2)").bind(CHANNEL).bind(payload).execute(other);
        in_time(PATIENCE, send).await.map(drop)
    }

    fn nonce(&self) -> String {
        format!("{:x} {}", self.name, self.number)
    }

    /// When it was sent, if this is it.
    fn came_back(&mut self, nonce: &str) -> Option<Instant> {
        if nonce != self.nonce() {
            return None;
        }
        let (sent, is_back) = self.last.as_mut()?;
        *is_back = true;
        Some(*sent)
    }

    fn is_overdue(&self) -> bool {
        self.last.is_some_and(|(sent, is_back)| !is_back && sent.elapsed() > PATIENCE)
    }
}
