//! Allowed origins of many tenants, in a database.
//!
//! With SQLite inside and nothing to set up; the file `tenants.sqlite` is made where you are:
//!
//! ```text
//! $ cargo run -p tenants -- allow acme.localhost https://app.acme.example
//! allowed
//!
//! $ cargo run -p tenants -- serve
//! listening on http://127.0.0.1:3000
//!
//! $ curl -si -H 'Origin: https://app.acme.example' http://acme.localhost:3000/
//! HTTP/1.1 200 OK
//! content-type: text/plain; charset=utf-8
//! vary: origin
//! vary: host
//! access-control-allow-origin: https://app.acme.example
//! access-control-allow-credentials: true
//! content-length: 6
//!
//! hello
//!
//! $ curl -si -H 'Origin: https://app.acme.example' http://globex.localhost:3000/
//! HTTP/1.1 403 Forbidden
//! vary: origin
//! vary: host
//! cache-control: no-store
//! content-length: 0
//!
//! $ cargo run -p tenants -- allow acme.localhost 'https://*.acme.example'
//! nothing was written, for it would deny the tenant: "https://*.acme.example" has a wildcard: one exact origin has \
//! none; write the origin in full, or use an `OriginPattern`
//!
//! $ cargo run -p tenants -- revoke acme.localhost https://acme.example
//! "https://acme.example" is not among the origins of "acme.localhost"
//!
//! $ cargo run -p tenants -- revoke acme.localhost https://app.acme.example
//! revoked
//! ```
//!
//! What another process changes is seen after a second, which is how long a look-up is cached.
//!
//! With PostgreSQL (14 or later, a database in UTF8, no TLS), several replicas, each of which keeps all tenants in memory
//! (about 3 kB for each) and is told of every change by `LISTEN` and `NOTIFY`. Not through a pooler of transactions: that
//! forgets `LISTEN`, so that each replica could only read everything over and over, which it does, and says so.
//!
//! ```text
//! $ export DATABASE_URL=postgres://postgres@127.0.0.1:5432/postgres
//! $ cargo run -p tenants -- serve 127.0.0.1:3000 &
//! $ cargo run -p tenants -- serve 127.0.0.1:3001 &
//! connected to the database, all tenants were read
//! $ cargo run -p tenants -- allow acme.localhost https://app.acme.example     # both allow it now
//! $ psql "$DATABASE_URL" -c "INSERT INTO allowed_origins VALUES ('acme.localhost', 'https://*.acme.example')"
//! tenant "acme.localhost" is denied: …                                        # said by both replicas
//! ```
//!
//! The table and its triggers are made by whoever comes first, before or after the service starts.
//!
//! While the database is away the last state is in force, for five minutes here. Then, and before the first read,
//! requests that need a policy are answered with 503, and those of the service's own pages and of programs are served
//! (while it is there, all tenants are read again in every half of that time, for changes that no trigger has told of):
//!
//! ```text
//! $ curl -si -H 'Origin: https://app.acme.example' http://acme.localhost:3000/
//! HTTP/1.1 503 Service Unavailable
//! vary: origin
//! vary: host
//! cache-control: no-store
//! content-length: 0
//!
//! $ curl -s http://acme.localhost:3000/
//! hello
//! ```
//!
//! `cargo test -p tenants` starts PostgreSQL servers of its own on loopback, kills them and starts them again. Without
//! PostgreSQL on the machine (`apt-get install postgresql`) these tests say that they are skipped; with `CI=true` they
//! fail.

use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use tenants::app::app;
use tenants::postgres::{Replica, Table};
use tenants::rows;
use tenants::sqlite::Sqlite;
use tokio::net::TcpListener;
use tower_cors::resolver::{HostKey, ResolverLayer, Target};

/// For how long a tenant of the file is not looked up again.
const TIME_TO_LIVE: Duration = Duration::from_secs(1);
/// For how long a replica answers from what it knows when its database is gone.
const MAX_STALE: Duration = Duration::from_secs(300);

const USAGE: &str = "usage: tenants serve [ADDRESS] | allow HOST ORIGIN | revoke HOST ORIGIN
The database is that of DATABASE_URL: postgres://… or sqlite://…; without it, the file tenants.sqlite is made.";

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let url = std::env::var("DATABASE_URL").unwrap_or_else(|_| "sqlite://tenants.sqlite?mode=rwc".to_owned());
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match *arguments {
        ["serve"] => serve(&url, "127.0.0.1:3000").await,
        ["serve", address] => serve(&url, address).await,
        ["allow", host, origin] => allow(&url, host, origin).await,
        ["revoke", host, origin] => revoke(&url, host, origin).await,
        _ => Err(USAGE.into()),
    }
}

fn is_postgres(url: &str) -> bool {
    url.starts_with("postgres://") || url.starts_with("postgresql://")
}

async fn serve(url: &str, address: &str) -> Result<(), Box<dyn Error>> {
    let by_host = |target: &Target<'_>| target.host();
    let resolver = if is_postgres(url) {
        ResolverLayer::new(by_host, Replica::follow(url.parse()?, MAX_STALE).lookup())
    } else {
        let sqlite = Sqlite::open(url).await?;
        sqlite.report_hosts().await?;
        ResolverLayer::cached(by_host, sqlite.policies(TIME_TO_LIVE))
    };
    let listener = TcpListener::bind(address).await?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, app(resolver)).await?;
    Ok(())
}

/// Only what leaves a tenant with a policy is written; what else gets into the table denies its tenant.
async fn allow(url: &str, host: &str, origin: &str) -> Result<(), Box<dyn Error>> {
    let host = host.parse::<HostKey>()?;
    let mut database = Database::open(url).await?;
    let rows = database.rows(host.as_str()).await?;
    rows::with_one_more(rows, origin)
        .map_err(|fault| format!("nothing was written, for it would deny the tenant: {fault}"))?;
    let is_new = database.allow(host.as_str(), origin).await?;
    println!("{}", if is_new { "allowed" } else { "was allowed already" });
    Ok(())
}

/// Takes away what is written, however it is written; if there is no such row, that of the host as it is looked up.
async fn revoke(url: &str, host: &str, origin: &str) -> Result<(), Box<dyn Error>> {
    let mut database = Database::open(url).await?;
    let mut was_there = database.revoke(host, origin).await?;
    if let (false, Ok(canonical)) = (was_there, host.parse::<HostKey>()) {
        was_there = database.revoke(canonical.as_str(), origin).await?;
    }
    if !was_there {
        return Err(format!("{origin:?} is not among the origins of {host:?}").into());
    }
    println!("revoked");
    Ok(())
}

/// Either database.
enum Database {
    Postgres(Table),
    Sqlite(Sqlite),
}

impl Database {
    async fn open(url: &str) -> Result<Self, Box<dyn Error>> {
        Ok(if is_postgres(url) {
            Self::Postgres(Table::open(&url.parse()?).await?)
        } else {
            Self::Sqlite(Sqlite::open(url).await?)
        })
    }

    async fn rows(&mut self, host: &str) -> Result<Vec<rows::Row>, sqlx::Error> {
        match self {
            Self::Postgres(table) => table.rows(host).await,
            Self::Sqlite(sqlite) => sqlite.rows(host).await,
        }
    }

    async fn allow(&mut self, host: &str, origin: &str) -> Result<bool, sqlx::Error> {
        match self {
            Self::Postgres(table) => table.allow(host, origin).await,
            Self::Sqlite(sqlite) => sqlite.allow(host, origin).await,
        }
    }

    async fn revoke(&mut self, host: &str, origin: &str) -> Result<bool, sqlx::Error> {
        match self {
            Self::Postgres(table) => table.revoke(host, origin).await,
            Self::Sqlite(sqlite) => sqlite.revoke(host, origin).await,
        }
    }
}
