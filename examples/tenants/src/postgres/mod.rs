//! PostgreSQL: several replicas of this service. Each keeps all tenants in memory and is told of changes.
//!
//! A replica answers from what it knows, so that no request waits for the database and none can make it work. What it
//! knows is as good as what it is told: when nothing arrives any more, the last state is in force for `max_stale` and no
//! longer.
//!
//! Stages: `table` is what stands in the database, `known` what is known of it, `follow` keeps the one up to the other.

mod follow;
mod known;
mod table;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use tokio::task::{JoinHandle, JoinSet};
use tower_cors::resolver::{HostKey, Lookup};

use crate::reports::{Reports, say};
use follow::Follower;

pub use table::{Table, set_up};

/// All tenants, kept up to date for as long as a clone of this, or a look-up made from it, is there.
#[derive(Clone, Debug)]
pub struct Replica {
    following: Arc<Following>,
}

#[derive(Debug)]
struct Following {
    follower: Arc<Follower>,
    task: JoinHandle<()>,
}

impl Drop for Following {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Replica {
    /// Begins to follow the database, whenever it is there, and makes its table where there is none. Until its tenants
    /// have been read once, look-ups fail.
    ///
    /// `max_stale` is for how long the last state stays in force when the connection is lost: how long an origin that
    /// was taken away in the meantime may still be allowed. It is counted from the last time that a notification came
    /// through, and one is sent in every quarter of it, or in every second. In every half of it all tenants are read
    /// again, for changes that nobody tells of: a trigger may be switched off, or its table another one.
    ///
    /// While all are read no change is heard, and nothing is confirmed: choose it several times as long as that takes, or
    /// look-ups fail meanwhile.
    #[must_use]
    pub fn follow(options: PgConnectOptions, max_stale: Duration) -> Self {
        let follower = Arc::new(Follower::new(max_stale));
        let task = tokio::spawn(keep_following(follower.clone(), options));
        Self { following: Arc::new(Following { follower, task }) }
    }

    /// The look-up for the resolver: in memory, so that it needs no cache, and costs the database nothing.
    pub fn lookup(&self) -> Lookup<HostKey> {
        let following = self.following.clone();
        Lookup::new(move |host: HostKey| {
            let found = following.follower.known.find(&host);
            async move { found }
        })
        // It never waits; the bound is one for threads.
        .max_in_flight(100_000)
    }

    /// Was everything read, and does this replica hear of changes?
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.following.follower.connected.load(Ordering::SeqCst)
    }

    /// How often rows were read, all or some.
    #[must_use]
    pub fn reads(&self) -> usize {
        self.following.follower.reads.load(Ordering::SeqCst)
    }

    /// The tenants that are denied, and why.
    #[must_use]
    pub fn reports(&self) -> &Reports {
        &self.following.follower.reports
    }
}

/// Begins again if a mistake ends it. To drop the set ends what runs in it.
async fn keep_following(follower: Arc<Follower>, options: PgConnectOptions) {
    let mut running = JoinSet::new();
    loop {
        let (follower, options) = (follower.clone(), options.clone());
        running.spawn(async move { follower.follow(&options).await });
        if let Some(Err(mistake)) = running.join_next().await {
            say(format_args!("{mistake}; the database is followed anew"));
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}
