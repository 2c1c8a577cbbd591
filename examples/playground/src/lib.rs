//! The playground: an API and a page, on two origins of this machine.
//!
//! Stages: `places` (who is where), `rules` (a text becomes a policy, or problems), `ask` (what the page is to request),
//! `service` (what answers behind the policy), `runs` (what is kept of each try), `judge`, `change` and `report` (what
//! is told of it), `presets`; then the two servers, `api` and `page`, with `gate` before them, and `listen`.

pub mod api;
pub mod ask;
pub mod change;
pub mod gate;
pub mod judge;
pub mod listen;
pub mod page;
pub mod places;
pub mod presets;
pub mod report;
pub mod rules;
pub mod runs;
pub mod service;

use std::io;
use std::sync::Arc;

use crate::listen::{Listeners, Wanted};
use crate::places::Places;
use crate::runs::Runs;

/// Both servers, with their ports taken and nothing served yet.
pub struct Playground {
    pub places: Places,
    pub runs: Arc<Runs>,
    page: Listeners,
    api: Listeners,
}

impl Playground {
    /// # Errors
    /// If a port that was asked for is taken, or none is free.
    pub async fn bind(page: Wanted, api: Wanted) -> io::Result<Self> {
        let page = Listeners::bind(page).await?;
        let api = Listeners::bind(api).await?;
        let places = Places { page: page.port(), api: api.port() };
        Ok(Self { places, runs: Arc::default(), page, api })
    }

    /// Serves until the program ends.
    ///
    /// # Errors
    /// If one of the servers cannot go on.
    pub async fn serve(self) -> io::Result<()> {
        let page = page::router(self.places, Arc::clone(&self.runs));
        let api = api::router(self.places, self.runs);
        tokio::try_join!(self.page.serve(page), self.api.serve(api))?;
        Ok(())
    }
}
