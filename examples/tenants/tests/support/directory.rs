//! A directory of a test's own, which goes with it.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use tenants::sqlite::Sqlite;

pub struct Directory(pub PathBuf);

impl Directory {
    pub fn new() -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let directory = std::env::temp_dir().join(format!("tenants-sqlite-{}-{number}", std::process::id()));
        std::fs::create_dir(&directory).unwrap();
        Self(directory)
    }

    /// The database that the program makes in it.
    pub async fn open(&self) -> Sqlite {
        Sqlite::open(&format!("sqlite://{}/tenants.sqlite?mode=rwc", self.0.display())).await.unwrap()
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        _ = std::fs::remove_dir_all(&self.0);
    }
}
