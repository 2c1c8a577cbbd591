//! Try a policy against your own browser:
//!
//! ```text
//! $ cargo run -p playground
//! the playground is at http://localhost:5180
//! its API, which is the other origin, at http://localhost:5181
//! ```
//!
//! Both are reached from this machine only. Other ports: `cargo run -p playground -- PAGE API`, or the environment
//! variables `PLAYGROUND_PAGE` and `PLAYGROUND_API`. A default port that is taken is replaced by one that is free.
//!
//! `cargo test -p playground` drives the page in Chromium; where that is missing it says so and is skipped, with
//! `CI=true` it fails.

use std::error::Error;
use std::process::ExitCode;

use playground::Playground;
use playground::listen::Wanted;

const USAGE: &str = "usage: playground [PAGE-PORT [API-PORT]]   (or PLAYGROUND_PAGE and PLAYGROUND_API)";
const PAGE: u16 = 5180;
const API: u16 = 5181;

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
    let mut arguments = std::env::args().skip(1);
    let page = wanted(arguments.next(), "PLAYGROUND_PAGE", PAGE)?;
    let api = wanted(arguments.next(), "PLAYGROUND_API", API)?;
    if arguments.next().is_some() {
        return Err(USAGE.into());
    }
    let playground = Playground::bind(page, api).await?;
    println!("the playground is at {}", playground.places.page_origin());
    println!("its API, which is the other origin, at {}", playground.places.api_origin());
    playground.serve().await?;
    Ok(())
}

fn wanted(argument: Option<String>, variable: &str, default: u16) -> Result<Wanted, Box<dyn Error>> {
    match argument.or_else(|| std::env::var(variable).ok()) {
        Some(port) => Ok(Wanted::Exactly(port.parse().map_err(|_| USAGE)?)),
        None => Ok(Wanted::Preferably(default)),
    }
}
