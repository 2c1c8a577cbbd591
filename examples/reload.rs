//! A server whose policy follows a TOML file: `cargo run --example reload --features reload,serde [FILE]`.
//!
//! Change the file while it runs: the difference is shown before it is applied. What is wrong is printed, and the old
//! policy stays in force. Only the policy is changed: another address counts when the program starts again.

use std::fmt;
use std::fs::File;
use std::io::{Read, Write};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use axum::Router;
use axum::routing::{get, put};
use tower_cors::{CorsConfig, CorsPolicy, PolicyDiff, ReloadHandle};

/// How often the file is read. Its content is compared, not its time: that sees every way to replace a file.
const INTERVAL: Duration = Duration::from_millis(500);
/// A longer file is not read.
const LONGEST: u64 = 1 << 20;

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Read once, when the program starts.
    listen: SocketAddr,
    #[serde(default)]
    cors: CorsConfig,
}

#[tokio::main]
async fn main() -> ExitCode {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/cors.toml");
    let file = std::env::args().nth(1).unwrap_or_else(|| default.to_owned());
    match start(file).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn start(file: String) -> Result<(), String> {
    let text = read(&file)?;
    let (address, policy) = parse(&text).map_err(|error| format!("{file}: {error}"))?;
    say(format_args!("{policy}"));
    say_warnings(&policy);
    let handle = ReloadHandle::new(policy);
    let routes = Router::new()
        .route("/", get(async || "hello\n"))
        .route("/item", put(async || "stored\n"))
        .layer(handle.clone());
    let listener = tokio::net::TcpListener::bind(address).await.map_err(|error| format!("{address}: {error}"))?;
    say(format_args!("listening on http://{}", listener.local_addr().unwrap_or(address)));
    std::thread::spawn(move || watch(&file, &handle, address, text));
    axum::serve(listener, routes).await.map_err(|error| error.to_string())
}

fn watch(file: &str, handle: &ReloadHandle, address: SocketAddr, text: String) {
    let mut seen = Ok(text);
    let mut last = seen.clone();
    loop {
        std::thread::sleep(INTERVAL);
        let now = read(file);
        // Somebody may be writing the file: it counts when it has been the same for an interval.
        if std::mem::replace(&mut last, now.clone()) != now || now == seen {
            continue;
        }
        seen.clone_from(&now);
        let applied = now.and_then(|text| apply(handle, address, &text).map_err(|error| format!("{file}: {error}")));
        if let Err(error) = applied {
            say(format_args!("\n{error}\nThe policy stays as it was."));
        }
    }
}

fn apply(handle: &ReloadHandle, address: SocketAddr, text: &str) -> Result<(), String> {
    let (new_address, new) = parse(text)?;
    say(format_args!("\n{}", PolicyDiff::between(&handle.policy(), &new)));
    say_warnings(&new);
    handle.replace(new).map_err(|error| error.to_string())?;
    say(format_args!("The new policy is in force."));
    if new_address != address {
        say(format_args!("The new address, {new_address}, counts when the program starts again."));
    }
    Ok(())
}

fn say_warnings(policy: &CorsPolicy) {
    for warning in policy.warnings() {
        say(format_args!("warning: {warning}"));
    }
}

/// Where nobody reads them any more lines are lost: the file is watched all the same.
fn say(line: fmt::Arguments<'_>) {
    _ = writeln!(std::io::stdout(), "{line}");
}

fn parse(text: &str) -> Result<(SocketAddr, CorsPolicy), String> {
    let settings: Settings = toml::from_str(text).map_err(|error| error.to_string())?;
    let policy = settings.cors.build().map_err(|error| format!("[cors] {error}"))?;
    Ok((settings.listen, policy))
}

fn read(file: &str) -> Result<String, String> {
    let mut text = String::new();
    let read = File::open(file).and_then(|file| file.take(LONGEST + 1).read_to_string(&mut text));
    match read {
        Ok(length) if length as u64 > LONGEST => Err(format!("{file} is longer than {LONGEST} bytes")),
        Ok(_) => Ok(text),
        Err(error) => Err(format!("{file}: {error}")),
    }
}
