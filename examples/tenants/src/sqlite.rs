//! SQLite: one process, one file. Each tenant is looked up when it is asked for, and kept for a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use sqlx::Row as _;
use sqlx::sqlite::{SqlitePool, SqlitePoolOptions};
use tower_cors::resolver::{HostKey, Lookup, PolicyCache};

use crate::reports::Reports;
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
    look_ups: Arc<AtomicUsize>,
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
        .on_failure(|failure| eprintln!("{failure}"));
        PolicyCache::builder(lookup, time_to_live).build()
    }

    async fn look_up(&self, host: &HostKey) -> Result<Option<tower_cors::CorsPolicy>, sqlx::Error> {
        self.look_ups.fetch_add(1, Ordering::Relaxed);
        let rows = sqlx::query("SELECT origin FROM allowed_origins WHERE host = ?1 LIMIT ?2")
            .bind(host.as_str())
            .bind(i64::try_from(MOST_ORIGINS + 1).expect("a small number"))
            .fetch_all(&self.pool)
            .await?;
        if rows.is_empty() {
            self.reports.tell(host.as_str(), None);
            return Ok(None);
        }
        // Row by row: one that cannot be decoded is a fault of its tenant, and no failure of the database.
        let rows: Vec<rows::Row> = rows.iter().map(|row| row.try_get(0).map_err(|_| "not a text".to_owned())).collect();
        let policy = rows::policy(&rows);
        self.reports.tell(host.as_str(), policy.as_ref().err().cloned());
        Ok(policy.ok())
    }

    /// Adds an origin to a tenant.
    ///
    /// # Errors
    /// If the database refuses.
    pub async fn allow(&self, host: &str, origin: &str) -> Result<(), sqlx::Error> {
        let insert = "INSERT INTO allowed_origins VALUES (?1, ?2) ON CONFLICT DO NOTHING";
        sqlx::query(insert).bind(host).bind(origin).execute(&self.pool).await.map(drop)
    }

    /// Takes an origin from a tenant.
    ///
    /// # Errors
    /// If the database refuses.
    pub async fn revoke(&self, host: &str, origin: &str) -> Result<(), sqlx::Error> {
        let delete = "DELETE FROM allowed_origins WHERE host = ?1 AND origin = ?2";
        sqlx::query(delete).bind(host).bind(origin).execute(&self.pool).await.map(drop)
    }

    /// The tenants that are denied, and why.
    #[must_use]
    pub fn reports(&self) -> &Reports {
        &self.reports
    }

    /// How often the database was asked.
    #[must_use]
    pub fn look_ups(&self) -> usize {
        self.look_ups.load(Ordering::Relaxed)
    }
}
