//! The table and its triggers: made where they are missing, and changed by hand. Nothing here waits without an end.

use std::io::ErrorKind;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{Connection as _, Row as _};
use tokio::time::timeout;

use crate::rows::{self, MOST_ORIGINS};

pub(super) const CHANNEL: &str = "allowed_origins";

/// Changing the table would lock it, if only for a moment: looked for first.
const IS_SET_UP: &str = "
SELECT current_setting('server_encoding'), count(*) = 2 FROM pg_trigger
WHERE tgrelid = to_regclass('allowed_origins') AND tgname IN ('tell_of_rows', 'tell_of_all')";

/// Every change of a row tells which host it is about. The payload is a hint where to look, and never what to believe:
/// everybody who can connect to the database can send one.
const SCHEMA: &str = "
SET lock_timeout = '2s';
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

/// How long the database may take for anything but reading all tenants.
pub(super) const PATIENCE: Duration = Duration::from_secs(2);

/// A connection of its own. A pool would tell of a refused one as of a time-out.
pub(super) async fn connect(options: &PgConnectOptions) -> Result<PgConnection, sqlx::Error> {
    in_time(PATIENCE, PgConnection::connect_with(options)).await
}

/// Makes the table and its triggers where they are not there. A trigger that is switched off stays off.
pub(super) async fn set_up_over(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    let is_set_up = sqlx::query_as::<_, (String, bool)>(IS_SET_UP).fetch_one(&mut *connection);
    let (encoding, is_set_up) = in_time(PATIENCE, is_set_up).await?;
    // Elsewhere one row that is no text would be an error of all rows.
    if encoding != "UTF8" {
        return Err(sqlx::Error::Configuration(format!("the database has the encoding {encoding}, not UTF8").into()));
    }
    if !is_set_up {
        // Twice: what it waits for ends with an error that says so.
        in_time(PATIENCE * 2, sqlx::raw_sql(SCHEMA).execute(connection)).await?;
    }
    Ok(())
}

/// Makes the table and its triggers, if they are not there. A [`Replica`](super::Replica) does so itself.
///
/// # Errors
/// If the database refuses.
pub async fn set_up(options: &PgConnectOptions) -> Result<(), sqlx::Error> {
    let mut connection = connect(options).await?;
    set_up_over(&mut connection).await?;
    in_time(PATIENCE, connection.close()).await
}

/// The table, for whoever changes it by hand.
#[derive(Debug)]
pub struct Table(PgConnection);

impl Table {
    /// Connects, and makes the table if it is not there.
    ///
    /// # Errors
    /// If the database refuses.
    pub async fn open(options: &PgConnectOptions) -> Result<Self, sqlx::Error> {
        let mut connection = connect(options).await?;
        set_up_over(&mut connection).await?;
        Ok(Self(connection))
    }

    /// The rows of a tenant, and one more than it may have at most.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn rows(&mut self, host: &str) -> Result<Vec<rows::Row>, sqlx::Error> {
        let statement = "SELECT origin FROM allowed_origins WHERE host = $1 LIMIT $2";
        let most = i64::try_from(MOST_ORIGINS + 1).expect("a small number");
        let rows = in_time(PATIENCE, sqlx::query(statement).bind(host).bind(most).fetch_all(&mut self.0)).await?;
        Ok(rows.iter().map(|row| row.try_get(0).map_err(|_| "not a text".to_owned())).collect())
    }

    /// Adds an origin to a tenant, and says whether it was new. It is not checked: see [`rows::with_one_more`].
    ///
    /// # Errors
    /// If the database refuses.
    pub async fn allow(&mut self, host: &str, origin: &str) -> Result<bool, sqlx::Error> {
        self.change("INSERT INTO allowed_origins VALUES ($1, $2) ON CONFLICT DO NOTHING", host, origin).await
    }

    /// Takes an origin from a tenant, and says whether it was there.
    ///
    /// # Errors
    /// If the database refuses.
    pub async fn revoke(&mut self, host: &str, origin: &str) -> Result<bool, sqlx::Error> {
        self.change("DELETE FROM allowed_origins WHERE host = $1 AND origin = $2", host, origin).await
    }

    async fn change(&mut self, statement: &'static str, host: &str, origin: &str) -> Result<bool, sqlx::Error> {
        let change = sqlx::query(statement).bind(host).bind(origin).execute(&mut self.0);
        Ok(in_time(PATIENCE, change).await?.rows_affected() > 0)
    }
}

pub(super) async fn in_time<T>(
    time: Duration,
    work: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, sqlx::Error> {
    timeout(time, work).await.unwrap_or_else(|_| Err(sqlx::Error::Io(ErrorKind::TimedOut.into())))
}
