//! The file, looked up tenant by tenant.

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use support::directory::Directory;
use support::{ALLOWED, HOUR, REFUSED, ask, until};
use tenants::app::app;
use tenants::sqlite::Sqlite;
use tokio::task::JoinSet;
use tower_cors::resolver::{ResolverLayer, Target};

fn service(sqlite: &Sqlite, time_to_live: Duration) -> Router {
    app(ResolverLayer::cached(|target: &Target<'_>| target.host(), sqlite.policies(time_to_live)))
}

#[tokio::test]
async fn a_change_is_seen_when_the_time_to_live_is_over() {
    let directory = Directory::new();
    let sqlite = directory.open().await;
    let app = service(&sqlite, Duration::from_millis(20));
    // As another process would.
    let other = directory.open().await;
    for _ in 0..2 {
        until("refused", async || ask(&app, "acme.example", "https://acme.app").await == REFUSED).await;
        assert!(other.allow("acme.example", "https://acme.app").await.unwrap());
        assert!(!other.allow("acme.example", "https://acme.app").await.unwrap());
        until("allowed", async || ask(&app, "acme.example", "https://acme.app").await == ALLOWED).await;
        assert_eq!(ask(&app, "globex.example", "https://acme.app").await, REFUSED);
        assert!(other.revoke("acme.example", "https://acme.app").await.unwrap());
        assert!(!other.revoke("acme.example", "https://acme.app").await.unwrap());
    }
}

#[tokio::test]
async fn a_fault_is_its_tenants_own() {
    let directory = Directory::new();
    let sqlite = directory.open().await;
    let app = service(&sqlite, Duration::ZERO);
    sqlite.allow("globex.example", "https://globex.app").await.unwrap();
    for nonsense in ["*", "null", "https://*.evil.app", "https://a.app/", "", "a' OR '1'='1", "https://ok.app\0"] {
        sqlite.allow("acme.example", "https://acme.app").await.unwrap();
        assert_eq!(ask(&app, "acme.example", "https://acme.app").await, ALLOWED, "{nonsense:?}");
        assert!(sqlite.reports().all().is_empty());
        sqlite.allow("acme.example", nonsense).await.unwrap();
        for origin in ["https://acme.app", "https://x.evil.app", "https://a.app", "https://ok.app", "null"] {
            assert_eq!(ask(&app, "acme.example", origin).await, REFUSED, "{nonsense:?}");
        }
        assert_eq!(ask(&app, "globex.example", "https://globex.app").await, ALLOWED);
        assert_eq!(sqlite.reports().all().into_keys().collect::<Vec<_>>(), ["acme.example"]);
        sqlite.revoke("acme.example", nonsense).await.unwrap();
    }
    assert_eq!(ask(&app, "a' OR '1'='1", "https://globex.app").await, REFUSED);
}

#[tokio::test]
async fn a_host_that_is_never_looked_up_is_reported() {
    let directory = Directory::new();
    let sqlite = directory.open().await;
    for host in ["acme.example", "ACME.example", "acme.example.", "acme.example:80", "https://acme.example", ""] {
        sqlite.allow(host, "https://evil.app").await.unwrap();
    }
    sqlite.report_hosts().await.unwrap();
    let strange = ["", "ACME.example", "acme.example.", "acme.example:80", "https://acme.example"];
    assert_eq!(sqlite.reports().all().into_keys().collect::<Vec<_>>(), strange);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn made_up_hosts_cause_bounded_look_ups_while_real_tenants_are_answered() {
    let directory = Directory::new();
    let sqlite = directory.open().await;
    for number in 0..50 {
        sqlite.allow(&format!("t{number}.example"), &format!("https://t{number}.app")).await.unwrap();
    }
    let app = service(&sqlite, HOUR);
    for number in 0..50 {
        assert_eq!(ask(&app, &format!("t{number}.example"), &format!("https://t{number}.app")).await, ALLOWED);
    }
    assert_eq!(sqlite.look_ups(), 50);
    let refused = Arc::new(AtomicUsize::new(0));
    let mut tasks = JoinSet::new();
    for task in 0..200 {
        let (app, refused) = (app.clone(), refused.clone());
        tasks.spawn(async move {
            for number in 0..50 {
                let host = format!("made-up-{task}-{number}.example");
                let (status, may_read) = ask(&app, &host, "https://t1.app").await;
                // Nobody's host, or one look-up too many at once.
                assert!(matches!(status, 403 | 503) && !may_read, "{status}");
                refused.fetch_add(usize::from(status == 503), Ordering::Relaxed);
                let (host, origin) = (format!("t{number}.example"), format!("https://t{number}.app"));
                assert_eq!(ask(&app, &host, &origin).await, ALLOWED);
            }
        });
    }
    tasks.join_all().await;
    // None for a real one, and one for each made-up host that was not refused for there being too many.
    assert_eq!(sqlite.look_ups() - 50, 10_000 - refused.load(Ordering::Relaxed));
    // What bounds them: 64 at the same time, of which a quarter is for real tenants.
    let most = sqlite.most_at_once();
    println!("{} refused, {most} look-ups at once", refused.load(Ordering::Relaxed));
    assert!((2..=48).contains(&most), "{most} look-ups at once");
}
