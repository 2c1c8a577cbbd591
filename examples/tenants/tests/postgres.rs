//! Two replicas and a real PostgreSQL, which is killed and comes back.

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use support::server::Server;
use support::{ALLOWED, HOUR, REFUSED, UNAVAILABLE, ask, by_host, deaf, serve, status, until, web_socket};
use tenants::postgres::{Replica, Table, set_up};
use tokio::task::JoinSet;

async fn admin(options: &PgConnectOptions) -> PgPool {
    PgPoolOptions::new().max_connections(1).connect_with(options.clone()).await.unwrap()
}

async fn execute(admin: &PgPool, statement: &'static str) {
    sqlx::raw_sql(statement).execute(admin).await.unwrap();
}

fn replica(options: &PgConnectOptions, max_stale: Duration) -> (Replica, Router) {
    let replica = Replica::follow(options.clone(), max_stale);
    let app = by_host(&replica);
    (replica, app)
}

/// Waits until a page at `origin` gets this from every replica.
async fn settle(apps: &[&Router], host: &str, origin: &str, expected: (u16, bool)) {
    for app in apps {
        until(&format!("{origin} at {host}: {expected:?}"), async || ask(app, host, origin).await == expected).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_replica_sees_a_change_and_a_fault_is_its_tenants_own() {
    let Some(server) = Server::start() else { return };
    let options = server.options();
    // As when replicas start together.
    let (one, two) = tokio::join!(set_up(&options), set_up(&options));
    one.unwrap();
    two.unwrap();
    let admin = admin(&options).await;
    let (first, first_app) = replica(&options, HOUR);
    let (second, second_app) = replica(&options, HOUR);
    let apps = [&first_app, &second_app];
    for replica in [&first, &second] {
        until("connected", async || replica.is_connected()).await;
    }
    settle(&apps, "acme.example", "https://acme.app", REFUSED).await;

    execute(
        &admin,
        "INSERT INTO allowed_origins VALUES ('acme.example', 'https://acme.app'), ('globex.example', 'https://globex.app')",
    )
    .await;
    settle(&apps, "acme.example", "https://acme.app", ALLOWED).await;
    settle(&apps, "globex.example", "https://globex.app", ALLOWED).await;
    for app in apps {
        assert_eq!(ask(app, "acme.example", "https://globex.app").await, REFUSED);
        assert_eq!(ask(app, "ACME.example.:80", "https://acme.app").await, ALLOWED);
        assert_eq!(ask(app, "nobody.example", "https://acme.app").await, REFUSED);
    }

    // One transaction: a tenant writes nonsense, another one takes an origin back.
    for nonsense in [
        "*",
        "null",
        "https://*.evil.app",
        "https://a.app/",
        "http://plain.app",
        "[\"https://a.app\"]",
        "",
        "\u{1b}[2J",
    ] {
        let mut change = admin.begin().await.unwrap();
        sqlx::query("INSERT INTO allowed_origins VALUES ('acme.example', $1)")
            .bind(nonsense)
            .execute(&mut *change)
            .await
            .unwrap();
        sqlx::raw_sql("DELETE FROM allowed_origins WHERE host = 'globex.example'").execute(&mut *change).await.unwrap();
        change.commit().await.unwrap();
        settle(&apps, "globex.example", "https://globex.app", REFUSED).await;
        settle(&apps, "acme.example", "https://acme.app", REFUSED).await;
        for (replica, app) in [(&first, &first_app), (&second, &second_app)] {
            for origin in ["https://evil.app", "https://x.evil.app", "https://a.app", "http://plain.app", "null"] {
                assert_eq!(ask(app, "acme.example", origin).await, REFUSED, "{nonsense:?}");
            }
            let reports = replica.reports().all();
            assert_eq!(reports.keys().collect::<Vec<_>>(), ["acme.example"], "{nonsense:?}");
            assert!(!reports["acme.example"].contains('\u{1b}'), "{reports:?}");
        }
        sqlx::query("DELETE FROM allowed_origins WHERE origin = $1").bind(nonsense).execute(&admin).await.unwrap();
        execute(&admin, "INSERT INTO allowed_origins VALUES ('globex.example', 'https://globex.app')").await;
        settle(&apps, "acme.example", "https://acme.app", ALLOWED).await;
        settle(&apps, "globex.example", "https://globex.app", ALLOWED).await;
        assert!(first.reports().all().is_empty() && second.reports().all().is_empty());
    }

    // A host that is not written as it is looked up is no tenant, and takes nothing from the one that is.
    execute(
        &admin,
        "INSERT INTO allowed_origins VALUES ('ACME.example', 'https://evil.app'), ('x y', 'https://evil.app')",
    )
    .await;
    for replica in [&first, &second] {
        until("both reported", async || replica.reports().all().len() == 2).await;
    }
    for app in apps {
        assert_eq!(ask(app, "acme.example", "https://evil.app").await, REFUSED);
        assert_eq!(ask(app, "acme.example", "https://acme.app").await, ALLOWED);
    }

    // An UPDATE that moves an origin from one tenant to another, and everything gone at once.
    execute(&admin, "DELETE FROM allowed_origins WHERE host IN ('ACME.example', 'x y')").await;
    execute(&admin, "UPDATE allowed_origins SET host = 'initech.example' WHERE host = 'globex.example'").await;
    settle(&apps, "initech.example", "https://globex.app", ALLOWED).await;
    settle(&apps, "globex.example", "https://globex.app", REFUSED).await;
    for replica in [&first, &second] {
        until("nothing to report", async || replica.reports().all().is_empty()).await;
    }
    execute(&admin, "TRUNCATE allowed_origins").await;
    settle(&apps, "initech.example", "https://globex.app", REFUSED).await;
    settle(&apps, "acme.example", "https://acme.app", REFUSED).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payload_is_a_hint_and_never_data() {
    let Some(server) = Server::start() else { return };
    let options = server.options();
    set_up(&options).await.unwrap();
    let admin = admin(&options).await;
    execute(&admin, "INSERT INTO allowed_origins VALUES ('acme.example', 'https://acme.app')").await;
    let (replica, app) = replica(&options, HOUR);
    settle(&[&app], "acme.example", "https://acme.app", ALLOWED).await;

    let long = "a".repeat(7_999);
    for payload in [
        "",
        "acme.example",
        "evil.example",
        "acme.example https://evil.app",
        "{\"host\":\"acme.example\",\"origin\":\"https://evil.app\"}",
        "'; DROP TABLE allowed_origins; --",
        "*",
        &long,
    ] {
        let reads = replica.reads();
        sqlx::query("SELECT pg_notify('allowed_origins', $1)").bind(payload).execute(&admin).await.unwrap();
        until("read again", async || replica.reads() > reads).await;
        for host in ["acme.example", "evil.example"] {
            assert_eq!(ask(&app, host, "https://evil.app").await, REFUSED, "{payload:?}");
        }
        settle(&[&app], "acme.example", "https://acme.app", ALLOWED).await;
    }

    // A look-up needs no handle beside it to be kept up to date.
    let other_app = by_host(&Replica::follow(options.clone(), HOUR));
    settle(&[&other_app], "acme.example", "https://acme.app", ALLOWED).await;

    // Ten thousand at once are a few reads.
    let reads = replica.reads();
    execute(
        &admin,
        "SELECT pg_notify('allowed_origins', 'made-up-' || n || '.example') FROM generate_series(1, 10000) AS n",
    )
    .await;
    execute(&admin, "INSERT INTO allowed_origins VALUES ('last.example', 'https://last.app')").await;
    settle(&[&app, &other_app], "last.example", "https://last.app", ALLOWED).await;
    let reads = replica.reads() - reads;
    println!("{reads} reads for ten thousand hints");
    // They are about 400 kB, and come 8 kB at a time or more; a run shows 3.
    assert!(reads <= 50, "{reads} reads for ten thousand hints");
}

/// Triggers may be switched off, missing, or not fire for whoever writes; the table may be another one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_tells_of_is_read_all_the_same() {
    let Some(server) = Server::start() else { return };
    let options = server.options();
    set_up(&options).await.unwrap();
    let admin = admin(&options).await;
    let (replica, app) = replica(&options, Duration::from_secs(2));
    for (untold, revoke) in [
        ("ALTER TABLE allowed_origins DISABLE TRIGGER ALL", "DELETE FROM allowed_origins"),
        ("SET session_replication_role = replica", "DELETE FROM allowed_origins"),
        ("DROP TRIGGER tell_of_rows ON allowed_origins", "DELETE FROM allowed_origins"),
        ("SELECT 1", "DROP TABLE allowed_origins; CREATE TABLE allowed_origins (host text, origin text)"),
    ] {
        execute(&admin, "INSERT INTO allowed_origins VALUES ('acme.example', 'https://acme.app')").await;
        settle(&[&app], "acme.example", "https://acme.app", ALLOWED).await;
        until("connected", async || replica.is_connected()).await;
        execute(&admin, untold).await;
        execute(&admin, revoke).await;
        settle(&[&app], "acme.example", "https://acme.app", REFUSED).await;
        assert!(replica.is_connected(), "the connection was not at fault: {untold}");
        execute(&admin, "SET session_replication_role = origin; ALTER TABLE allowed_origins ENABLE TRIGGER ALL").await;
    }
}

/// Of other types, without bounds, or where letters are sorted and compared in another way.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_table_opens_nothing_and_is_told_of() {
    let Some(server) = Server::start() else { return };
    let options = server.options();
    let admin = admin(&options).await;
    for (table, rows, reported, answers) in [
        ("host text, origin text", "(NULL, 'https://acme.app'), ('acme.example', NULL)", 1, REFUSED),
        ("host text, origin text", "(repeat('a', 100000), 'x'), ('acme.example', 'https://acme.app')", 1, ALLOWED),
        (
            "host text COLLATE no_case, origin text",
            "('acme.example', 'https://acme.app'), ('ACME.example', 'https://evil.app'), ('acme.example', '*'),
             ('Acme.example', 'https://evil.app')",
            3,
            REFUSED,
        ),
        // What no host can be read from is no empty list of tenants.
        ("host bytea, origin text", "('acme.example', 'https://acme.app')", 0, UNAVAILABLE),
    ] {
        let statements = format!(
            "CREATE COLLATION IF NOT EXISTS no_case
             (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
             DROP TABLE IF EXISTS allowed_origins;
             CREATE TABLE allowed_origins ({table});
             INSERT INTO allowed_origins VALUES {rows}"
        );
        sqlx::raw_sql(sqlx::AssertSqlSafe(statements)).execute(&admin).await.unwrap();
        let (replica, app) = replica(&options, HOUR);
        settle(&[&app], "acme.example", "https://acme.app", answers).await;
        if answers != UNAVAILABLE {
            until("connected", async || replica.is_connected()).await;
        }
        assert_eq!(ask(&app, "acme.example", "https://acme.app").await, answers, "{table} {rows}");
        assert!(!ask(&app, "acme.example", "https://evil.app").await.1, "{table} {rows}");
        let reports = replica.reports().all();
        assert_eq!(reports.len(), reported, "{table} {rows} {reports:?}");
        assert!(reports.keys().all(|host| host.len() < 300), "{table} {rows}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_whose_texts_may_be_none_is_refused() {
    let Some(server) = Server::start() else { return };
    let admin = admin(&server.options()).await;
    execute(&admin, "CREATE DATABASE other TEMPLATE template0 ENCODING SQL_ASCII LC_COLLATE 'C' LC_CTYPE 'C'").await;
    let error = set_up(&server.options().database("other")).await.unwrap_err();
    assert!(error.to_string().contains("the encoding SQL_ASCII, not UTF8"), "{error}");
}

/// Behind a pooler of transactions `SELECT 1` would be answered for ever, while every change passes unheard.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_hears_of_nothing_does_not_trust_what_is_known() {
    let Some(server) = Server::start() else { return };
    let options = server.options();
    set_up(&options).await.unwrap();
    let admin = admin(&options).await;
    execute(&admin, "INSERT INTO allowed_origins VALUES ('acme.example', 'https://acme.app')").await;
    let (replica, app) = replica(&deaf::in_front_of(&options).await, HOUR);
    settle(&[&app], "acme.example", "https://acme.app", ALLOWED).await;
    let reads = replica.reads();
    execute(&admin, "DELETE FROM allowed_origins").await;
    settle(&[&app], "acme.example", "https://acme.app", REFUSED).await;
    assert!(replica.reads() > reads && !replica.is_connected());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_table_that_somebody_has_locked_holds_nobody_up_for_ever() {
    let Some(server) = Server::start() else { return };
    let options = server.options();
    let admin = admin(&options).await;
    // With a trigger missing, so that there is something to set up.
    set_up(&options).await.unwrap();
    execute(&admin, "DROP TRIGGER tell_of_all ON allowed_origins").await;
    let mut lock = admin.begin().await.unwrap();
    sqlx::raw_sql("LOCK TABLE allowed_origins").execute(&mut *lock).await.unwrap();
    assert!(set_up(&options).await.is_err());
    lock.commit().await.unwrap();
    let mut table = Table::open(&options).await.unwrap();
    assert!(table.allow("acme.example", "https://acme.app").await.unwrap());
    let mut lock = admin.begin().await.unwrap();
    sqlx::raw_sql("LOCK TABLE allowed_origins").execute(&mut *lock).await.unwrap();
    // All is there: nothing is set up that would wait for the lock.
    let mut table = Table::open(&options).await.unwrap();
    assert!(table.revoke("acme.example", "https://acme.app").await.is_err());
}

/// What the load has seen.
#[derive(Default)]
struct Seen {
    answers: AtomicUsize,
    allowed: AtomicUsize,
    /// Allowed although the last state that this replica knew forbids it.
    wrongly_allowed: AtomicUsize,
    /// Of an origin that was allowed all the time.
    wrongly_refused: AtomicUsize,
}

const TENANTS: usize = 5;

/// Asks one replica, over and over, for every tenant and every kind of origin.
async fn load(app: Router, seen: Arc<Seen>, forbidden: Arc<[AtomicBool; 2]>, stop: Arc<AtomicBool>) {
    let mut number = 0;
    while !stop.load(Ordering::SeqCst) {
        number += 1;
        let tenant = number % TENANTS;
        let host = format!("t{tenant}.example");
        let (origin, was_forbidden) = match number / TENANTS % 4 {
            0 => (format!("https://kept.t{tenant}.app"), false),
            // Whether it is forbidden is read before the request is sent.
            1 => (format!("https://first.t{tenant}.app"), forbidden[0].load(Ordering::SeqCst)),
            2 => (format!("https://second.t{tenant}.app"), forbidden[1].load(Ordering::SeqCst)),
            // Another tenant's.
            _ => (format!("https://kept.t{}.app", (tenant + 1) % TENANTS), true),
        };
        let answer = ask(&app, &host, &origin).await;
        seen.answers.fetch_add(1, Ordering::SeqCst);
        if answer.1 {
            seen.allowed.fetch_add(1, Ordering::SeqCst);
        }
        if was_forbidden && answer != REFUSED {
            seen.wrongly_allowed.fetch_add(1, Ordering::SeqCst);
        }
        if origin.starts_with("https://kept") && !was_forbidden && answer != ALLOWED {
            seen.wrongly_refused.fetch_add(1, Ordering::SeqCst);
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_is_allowed_that_the_last_known_state_forbids() {
    let Some(mut server) = Server::start() else { return };
    let options = server.options();
    set_up(&options).await.unwrap();
    let connection = admin(&options).await;
    execute(
        &connection,
        "INSERT INTO allowed_origins SELECT 't' || n || '.example', 'https://' || kind || '.t' || n || '.app'
         FROM generate_series(0, 4) AS n, unnest(ARRAY['kept', 'first', 'second']) AS kind",
    )
    .await;
    let replicas = [replica(&options, HOUR), replica(&options, HOUR)];
    let apps = [&replicas[0].1, &replicas[1].1];
    let everywhere = async |kind: &str, expected| {
        for tenant in 0..TENANTS {
            settle(&apps, &format!("t{tenant}.example"), &format!("https://{kind}.t{tenant}.app"), expected).await;
        }
    };
    for kind in ["kept", "first", "second"] {
        everywhere(kind, ALLOWED).await;
    }

    let seen = Arc::new(Seen::default());
    let forbidden = Arc::new([AtomicBool::new(false), AtomicBool::new(false)]);
    let stop = Arc::new(AtomicBool::new(false));
    let mut tasks = JoinSet::new();
    for app in apps {
        for _ in 0..2 {
            tasks.spawn(load(app.clone(), seen.clone(), forbidden.clone(), stop.clone()));
        }
    }
    let so_many_more = async |number: usize| {
        let before = seen.answers.load(Ordering::SeqCst);
        until("more answers", async || seen.answers.load(Ordering::SeqCst) > before + number).await;
    };

    so_many_more(1_000).await;
    execute(&connection, "DELETE FROM allowed_origins WHERE origin LIKE 'https://first.%'").await;
    everywhere("first", REFUSED).await;
    forbidden[0].store(true, Ordering::SeqCst);
    so_many_more(1_000).await;

    for _ in 0..2 {
        // The power fails. Both go on with what they know.
        server.kill();
        for (replica, _) in &replicas {
            until("the loss is noticed", async || !replica.is_connected()).await;
        }
        so_many_more(5_000).await;
        everywhere("kept", ALLOWED).await;
        everywhere("first", REFUSED).await;

        // What changes where nobody is told of it …
        let elsewhere = admin(&server.restart_elsewhere()).await;
        execute(&elsewhere, "DELETE FROM allowed_origins WHERE origin LIKE 'https://second.%'").await;
        server.kill();
        so_many_more(1_000).await;

        // … is read when the database is back.
        server.restart();
        for (replica, _) in &replicas {
            until("the connection is back", async || replica.is_connected()).await;
        }
        everywhere("second", REFUSED).await;
        forbidden[1].store(true, Ordering::SeqCst);
        so_many_more(1_000).await;
    }

    // Everything works as before, for everybody.
    let connection = admin(&options).await;
    execute(&connection, "INSERT INTO allowed_origins VALUES ('new.example', 'https://new.app')").await;
    settle(&apps, "new.example", "https://new.app", ALLOWED).await;

    stop.store(true, Ordering::SeqCst);
    tasks.join_all().await;
    let count = |counter: &AtomicUsize| counter.load(Ordering::SeqCst);
    let (answers, allowed) = (count(&seen.answers), count(&seen.allowed));
    println!("{answers} answers, {allowed} of them allowed");
    assert!(answers > 15_000 && allowed > answers / 5, "{answers} answers, {allowed} allowed: that is no load");
    assert_eq!(count(&seen.wrongly_allowed), 0, "of {answers}");
    assert_eq!(count(&seen.wrongly_refused), 0, "of {answers}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn past_max_stale_everything_that_needs_a_policy_is_refused() {
    let Some(mut server) = Server::start() else { return };
    let options = server.options();
    set_up(&options).await.unwrap();
    let connection = admin(&options).await;
    execute(&connection, "INSERT INTO allowed_origins VALUES ('acme.example', 'https://acme.app')").await;
    let (replica, app) = replica(&options, Duration::from_secs(2));
    let address = serve(app.clone()).await;
    let foreign = async || web_socket(address, "acme.example", Some("https://evil.app")).await;
    let own_page = async || web_socket(address, "acme.example", Some("https://acme.app")).await;
    let preflight = async || {
        let lines = [
            "OPTIONS / HTTP/1.1",
            "Host: acme.example",
            "Origin: https://acme.app",
            "Access-Control-Request-Method: PUT",
        ];
        status(address, &lines).await
    };

    for round in 0..2 {
        until("the tenant is known", async || own_page().await == 101).await;
        assert_eq!(foreign().await, 403, "round {round}");
        assert_eq!(preflight().await, 204);

        server.kill();
        until("max_stale is over", async || own_page().await == 503).await;
        assert!(!replica.is_connected());
        assert_eq!(foreign().await, 503);
        assert_eq!(preflight().await, 503);
        assert_eq!(ask(&app, "acme.example", "https://acme.app").await, UNAVAILABLE);
        assert_eq!(ask(&app, "nobody.example", "https://acme.app").await, UNAVAILABLE);
        // What needs no permission of a tenant is served.
        assert_eq!(web_socket(address, "acme.example", None).await, 101);
        assert_eq!(web_socket(address, "acme.example", Some("https://acme.example")).await, 101);
        assert_eq!(status(address, &["GET / HTTP/1.1", "Host: acme.example"]).await, 200);
        server.restart();
    }
    until("the tenant is known", async || own_page().await == 101).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_hangs_is_lost() {
    let Some(mut server) = Server::start() else { return };
    let options = server.options();
    set_up(&options).await.unwrap();
    let connection = admin(&options).await;
    execute(&connection, "INSERT INTO allowed_origins VALUES ('acme.example', 'https://acme.app')").await;
    let (replica, app) = replica(&options, Duration::from_secs(1));
    settle(&[&app], "acme.example", "https://acme.app", ALLOWED).await;
    server.hang();
    settle(&[&app], "acme.example", "https://acme.app", UNAVAILABLE).await;
    until("the loss is noticed", async || !replica.is_connected()).await;
    server.go_on();
    settle(&[&app], "acme.example", "https://acme.app", ALLOWED).await;
    execute(&connection, "DELETE FROM allowed_origins").await;
    settle(&[&app], "acme.example", "https://acme.app", REFUSED).await;
}

#[tokio::test]
async fn nothing_is_known_before_the_first_read() {
    // A port where nobody listens.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let options = PgConnectOptions::new_without_pgpass().host("127.0.0.1").port(port).username("postgres");
    let (replica, app) = replica(&options, HOUR);
    assert_eq!(ask(&app, "acme.example", "https://acme.app").await, UNAVAILABLE);
    assert_eq!(ask(&app, "acme.example", "https://acme.example").await, (200, false));
    assert!(!replica.is_connected());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn made_up_hosts_cost_the_database_nothing() {
    let Some(server) = Server::start() else { return };
    let options = server.options();
    set_up(&options).await.unwrap();
    let connection = admin(&options).await;
    execute(
        &connection,
        "INSERT INTO allowed_origins SELECT 't' || n || '.example', 'https://t' || n || '.app' FROM generate_series(0, 49) AS n",
    )
    .await;
    let (replica, app) = replica(&options, HOUR);
    settle(&[&app], "t49.example", "https://t49.app", ALLOWED).await;
    let reads = replica.reads();
    let mut tasks = JoinSet::new();
    for task in 0..100 {
        let app = app.clone();
        tasks.spawn(async move {
            for number in 0..100 {
                let host = format!("made-up-{task}-{number}.example");
                assert_eq!(ask(&app, &host, "https://t1.app").await, REFUSED);
                let (host, origin) = (format!("t{}.example", number % 50), format!("https://t{}.app", number % 50));
                assert_eq!(ask(&app, &host, &origin).await, ALLOWED);
            }
        });
    }
    tasks.join_all().await;
    assert_eq!(replica.reads(), reads);
}
