//! A policy from a TOML file: `examples/cors.toml`, or the one that is named as an argument.
//!
//! Every problem of the file is printed when the program starts, and nothing is served until there is none. The answers
//! below are complete but for their `date`; `allow` is axum's.
//!
//! ```text
//! $ cargo run --example config --features serde
//! origins = ["https://app.example.com", "https://*.preview.example.com", "http://localhost:*"]
//! methods = ["PUT", "DELETE"]
//! headers = ["content-type"]
//! expose_headers = []
//! credentials = false
//! max_age = 7200
//! preflight_status = 204
//! reject_disallowed_origins = false
//! listening on http://127.0.0.1:3000
//!
//! $ curl -i -X OPTIONS http://127.0.0.1:3000/item -H 'origin: http://localhost:5173' \
//!     -H 'access-control-request-method: PUT'
//! HTTP/1.1 204 No Content
//! vary: origin, access-control-request-method, access-control-request-headers
//! access-control-allow-origin: http://localhost:5173
//! access-control-allow-methods: PUT,DELETE
//! access-control-allow-headers: content-type
//! access-control-max-age: 7200
//! allow: PUT
//!
//! $ curl -i -X PUT http://127.0.0.1:3000/item -H 'origin: https://pr-7.preview.example.com'
//! HTTP/1.1 200 OK
//! content-type: text/plain; charset=utf-8
//! vary: origin
//! access-control-allow-origin: https://pr-7.preview.example.com
//! content-length: 7
//!
//! stored
//! ```

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
