//! SQLite: one process, one file. Each tenant is looked up when it is asked for, and kept for a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_core::Stream as _;
use sqlx::Row as _;
use sqlx::sqlite::{SqlitePool, SqlitePoolOptions};
use tower_cors::resolver::{HostKey, Lookup, PolicyCache};

use crate::reports::{Reports, Seldom};
use crate::rows::{self, MOST_ORIGINS};

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS allowed_origins (
    host   TEXT NOT NULL CHECK (length(host) <= 253),
    origin TEXT NOT NULL CHECK (length(origin) <= 1000),
    PRIMARY KEY (host, origin)
) STRICT, WITHOUT ROWID";

/// The tenants of a SQLite file.
#[derive(Clone, Debug)]
pub struct Sqlite {
    pool: SqlitePool,
    reports: Arc<Reports>,
    look_ups: Arc<LookUps>,
}

/// The look-ups, counted.
#[derive(Debug, Default)]
struct LookUps {
    answered: AtomicUsize,
    running: AtomicUsize,
    most: AtomicUsize,
}

/// One look-up, until it ends or is given up.
struct Running<'a>(&'a LookUps);

impl<'a> Running<'a> {
    fn new(look_ups: &'a LookUps) -> Self {
        look_ups.most.fetch_max(look_ups.running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        Self(look_ups)
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Sqlite {
    /// Opens the file, and makes the table if it is not there.
    ///
    /// # Errors
    /// If it cannot.
    pub async fn open(url: &str) -> Result<Self, sqlx::Error> {
        let pool = SqlitePoolOptions::new().connect(url).await?;
        sqlx::query(SCHEMA).execute(&pool).await?;
        Ok(Self { pool, reports: Arc::default(), look_ups: Arc::default() })
    }

    /// The policies, each looked up once in a `time_to_live`.
    #[must_use]
    pub fn policies(&self, time_to_live: Duration) -> PolicyCache<HostKey> {
        let this = self.clone();
        let lookup = Lookup::new(move |host: HostKey| {
            let this = this.clone();
            async move { this.look_up(&host).await }
        })
        .on_failure({
            let failures = Seldom::default();
            move |failure| failures.say(format_args!("{failure}"))
        });
        PolicyCache::builder(lookup, time_to_live).build()
    }

    async fn look_up(&self, host: &HostKey) -> Result<Option<tower_cors::CorsPolicy>, sqlx::Error> {
        let running = Running::new(&self.look_ups);
        let rows = self.rows(host.as_str()).await?;
        drop(running);
        self.look_ups.answered.fetch_add(1, Ordering::SeqCst);
        if rows.is_empty() {
            self.reports.tell(host.as_str(), None);
            return Ok(None);
        }
        let policy = rows::policy(&rows);
        self.reports.tell(host.as_str(), policy.as_ref().err().cloned());
        Ok(policy.ok())
    }

    /// The rows of a tenant, and one more than it may have at most.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn rows(&self, host: &str) -> Result<Vec<rows::Row>, sqlx::Error> {
        let rows = sqlx::query("SELECT origin FROM allowed_origins WHERE host = ?1 LIMIT ?2")
            .bind(host)
            .bind(i64::try_from(MOST_ORIGINS + 1).expect("a small number"))
            .fetch_all(&self.pool)
            .await?;
        // Row by row: one that cannot be decoded is a fault of its tenant, and no failure of the database.
        Ok(rows.iter().map(|row| row.try_get(0).map_err(|_| "not a text".to_owned())).collect())
    }

    /// Reports the hosts that no request will ever be looked up by.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn report_hosts(&self) -> Result<(), sqlx::Error> {
        let statement = "SELECT DISTINCT host FROM allowed_origins";
        let mut hosts = std::pin::pin!(sqlx::query_scalar::<_, String>(statement).fetch(&self.pool));
        let mut untold = 0;
        while let Some(host) = std::future::poll_fn(|cx| hosts.as_mut().poll_next(cx)).await {
            let host = rows::cut(host?);
            if rows::canonical(&host).is_none() {
                untold += usize::from(!self.reports.tell(&host, Some(rows::NOT_CANONICAL.to_owned())));
            }
        }
        self.reports.all_read(untold, |_| true);
        Ok(())
    }

    /// Adds an origin to a tenant, and says whether it was new. It is not checked: see [`rows::with_one_more`].
    ///
    /// # Errors
    /// If the database refuses.
    pub async fn allow(&self, host: &str, origin: &str) -> Result<bool, sqlx::Error> {
        self.change("INSERT INTO allowed_origins VALUES (?1, ?2) ON CONFLICT DO NOTHING", host, origin).await
    }

    /// Takes an origin from a tenant, and says whether it was there.
    ///
    /// # Errors
    /// If the database refuses.
    pub async fn revoke(&self, host: &str, origin: &str) -> Result<bool, sqlx::Error> {
        self.change("DELETE FROM allowed_origins WHERE host = ?1 AND origin = ?2", host, origin).await
    }

    async fn change(&self, statement: &'static str, host: &str, origin: &str) -> Result<bool, sqlx::Error> {
        let done = sqlx::query(statement).bind(host).bind(origin).execute(&self.pool).await?;
        Ok(done.rows_affected() > 0)
    }

    /// The tenants that are denied, and why.
    #[must_use]
    pub fn reports(&self) -> &Reports {
        &self.reports
    }

    /// How often the database has answered; a look-up that was given up is none of these.
    #[must_use]
    pub fn look_ups(&self) -> usize {
        self.look_ups.answered.load(Ordering::SeqCst)
    }

    /// How often it was asked at the same time.
    #[must_use]
    pub fn most_at_once(&self) -> usize {
        self.look_ups.most.load(Ordering::SeqCst)
    }
}
