//! A policy from a TOML file: `cargo run --example config --features serde [FILE]`.
//!
//! Every problem of the file is printed when the program starts, and nothing is served until there is none.

use std::error::Error;
use std::net::SocketAddr;
use std::process::ExitCode;

use axum::Router;
use axum::routing::{get, put};
use tower_cors::{CorsConfig, CorsPolicy};

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    listen: SocketAddr,
    #[serde(default)]
    cors: CorsConfig,
}

#[tokio::main]
async fn main() -> ExitCode {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/cors.toml");
    let file = std::env::args().nth(1).unwrap_or_else(|| default.to_owned());
    let settings = match read(&file) {
        Ok(settings) => settings,
        Err(error) => {
            eprintln!("{file}: {error}");
            return ExitCode::FAILURE;
        }
    };
    let policy = match settings.cors.build() {
        Ok(policy) => policy,
        Err(error) => {
            for problem in error.problems() {
                eprintln!("{file}: [cors] {problem}");
            }
            return ExitCode::FAILURE;
        }
    };
    println!("{policy}");
    for warning in policy.warnings() {
        println!("warning: {warning}");
    }
    match serve(settings.listen, policy).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}: {error}", settings.listen);
            ExitCode::FAILURE
        }
    }
}

fn read(file: &str) -> Result<Settings, Box<dyn Error>> {
    Ok(toml::from_str(&std::fs::read_to_string(file)?)?)
}

async fn serve(address: SocketAddr, policy: CorsPolicy) -> std::io::Result<()> {
    let routes =
        Router::new().route("/", get(async || "hello\n")).route("/item", put(async || "stored\n")).layer(policy);
    let listener = tokio::net::TcpListener::bind(address).await?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, routes).await
}
