//! The examples `config` and `reload`, started on a file of a test's own, which changes while they run.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use crate::documented;
use crate::examples::example;
use crate::server::{Version, send};

/// No measurement: it ends a test that would never end.
const PATIENCE: Duration = Duration::from_secs(60);

struct Settings(PathBuf);

impl Settings {
    fn new(cors: &str) -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let name = format!("tower-cors-{}-{}.toml", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let settings = Self(std::env::temp_dir().join(name));
        settings.write("127.0.0.1:0", cors);
        settings
    }

    fn write(&self, listen: &str, cors: &str) {
        std::fs::write(&self.0, format!("listen = '{listen}'\n[cors]\n{cors}\n")).unwrap();
    }

    fn name(&self) -> String {
        self.0.display().to_string()
    }
}

impl Drop for Settings {
    fn drop(&mut self) {
        _ = std::fs::remove_file(&self.0);
    }
}

/// A program that runs, and what it says, line by line.
struct Program {
    process: Child,
    said: Receiver<String>,
}

impl Program {
    fn start(name: &str, settings: &Settings) -> Self {
        let mut command = Command::new(example(name));
        command.arg(&settings.0).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let (sender, said) = channel();
        listen(process.stdout.take().unwrap(), sender.clone());
        listen(process.stderr.take().unwrap(), sender);
        Self { process, said }
    }

    /// What is said up to a line that begins like this, and that line.
    fn until(&self, beginning: &str) -> Vec<String> {
        let mut lines = Vec::new();
        loop {
            let line = self.said.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("no {beginning:?} in {lines:#?}"));
            lines.push(line);
            if lines.last().unwrap().starts_with(beginning) {
                return lines;
            }
        }
    }

    fn address(said: &[String]) -> SocketAddr {
        said.last().unwrap().strip_prefix("listening on http://").unwrap().parse().unwrap()
    }

    /// Everything that is said until it ends by itself, and whether that is a success.
    fn end(mut self) -> (bool, Vec<String>) {
        let lines = self.said.iter().collect();
        (self.process.wait().unwrap().success(), lines)
    }
}

fn listen(pipe: impl Read + Send + 'static, sender: Sender<String>) {
    std::thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
}

impl Drop for Program {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// Which of these origins may read.
async fn readers(address: SocketAddr) -> Vec<&'static str> {
    let mut readers = Vec::new();
    for name in ["a", "b"] {
        let answer = send(address, Version::Http1, &format!("GET /\norigin: https://{name}.example")).await;
        assert_eq!(answer.text(), "hello\n");
        readers.extend(answer.header("access-control-allow-origin").map(|_| name));
    }
    readers
}

#[tokio::test]
async fn the_config_example_prints_and_answers_what_it_documents() {
    let source = include_str!("../../examples/config.rs");
    let settings = Settings::new("");
    let file = include_str!("../../examples/cors.toml");
    std::fs::write(&settings.0, file.replace("127.0.0.1:3000", "127.0.0.1:0")).unwrap();
    let program = Program::start("config", &settings);
    let mut printed = program.until("listening");
    let address = Program::address(&printed);
    printed.pop();
    let lines = source.lines().map(|line| line.trim_start_matches("//! "));
    let shown = lines.skip_while(|line| !line.starts_with("$ cargo run")).skip(1);
    let shown: Vec<_> = shown.take_while(|line| !line.starts_with("listening")).collect();
    assert_eq!(printed, shown);
    documented::check_answers(source, address).await;
}

#[tokio::test]
async fn the_config_example_serves_by_its_file_or_tells_every_fault() {
    let settings = Settings::new("origins = 'https://a.example'\nmethods = 'PUT'");
    let program = Program::start("config", &settings);
    let said = program.until("listening");
    assert!(said.contains(&r#"origins = ["https://a.example"]"#.to_owned()), "{said:#?}");
    assert!(said.iter().any(|line| line.starts_with("warning: ")), "{said:#?}");
    let address = Program::address(&said);
    assert_eq!(readers(address).await, ["a"]);
    let preflight = "OPTIONS /item\norigin: https://a.example\naccess-control-request-method: PUT";
    let answer = send(address, Version::Http1, preflight).await;
    assert_eq!((answer.status.as_u16(), answer.header("access-control-allow-methods")), (204, Some("PUT")));

    settings.write("127.0.0.1:0", "origin = 'https://a.example'\nmax_age = '10m'");
    let (succeeded, said) = Program::start("config", &settings).end();
    let file = settings.name();
    let beginnings = ["unknown key \"origin\"", "origins: no origin is listed", "max_age: expected a whole number"];
    assert!(!succeeded && said.len() == beginnings.len(), "{said:#?}");
    for (line, beginning) in said.iter().zip(beginnings) {
        assert!(line.starts_with(&format!("{file}: [cors] {beginning}")), "{line}");
    }
    for nonsense in ["= =", "max_age = '"] {
        settings.write("127.0.0.1:0", nonsense);
        let (succeeded, said) = Program::start("config", &settings).end();
        assert!(!succeeded && said[0].starts_with(&format!("{file}: ")), "{said:#?}");
    }
}

#[cfg(feature = "reload")]
#[tokio::test]
async fn the_reload_example_shows_what_a_change_does_and_then_applies_it() {
    let settings = Settings::new("origins = 'https://a.example'\nmax_age = 600");
    let program = Program::start("reload", &settings);
    let address = Program::address(&program.until("listening"));
    assert_eq!(readers(address).await, ["a"]);

    settings.write("127.0.0.1:0", "origins = 'https://b.example'\nmethods = 'PUT'");
    let said = program.until("The new policy is in force.");
    let [empty, opened, closed, methods, max_age, note, warning, _in_force] = said.try_into().unwrap();
    let told = [empty, opened, closed, methods, max_age];
    assert_eq!(
        told,
        [
            "",
            "origins opened: https://b.example",
            "origins closed: https://a.example",
            "methods opened: PUT",
            "max_age: 600 s -> not set",
        ]
    );
    assert!(note.contains("up to 600 s more") && note.contains("Only reject_disallowed_origins stops"), "{note}");
    assert!(warning.starts_with("warning: "), "{warning}");
    assert_eq!(readers(address).await, ["b"]);

    // What is wrong is told, and nothing changes.
    for (faulty, fault) in [
        ("origins = 'https://a.example/'", "[cors] origins[0]: \"https://a.example/\" ends with a slash"),
        ("origins = [", "TOML parse error"),
    ] {
        settings.write("127.0.0.1:0", faulty);
        let said = program.until("The policy stays as it was.");
        assert!(said[1].starts_with(&format!("{}: {fault}", settings.name())), "{said:#?}");
        assert_eq!(readers(address).await, ["b"]);
    }
    std::fs::remove_file(&settings.0).unwrap();
    program.until("The policy stays as it was.");
    assert_eq!(readers(address).await, ["b"]);

    // Another address is not silently ignored.
    settings.write("127.0.0.1:1", "origins = 'https://a.example, https://b.example'\nmethods = 'PUT'");
    let said = program.until("The new address, 127.0.0.1:1, counts when the program starts again.");
    assert!(said.iter().any(|line| line == "origins opened: https://a.example"), "{said:#?}");
    assert_eq!(readers(address).await, ["a", "b"]);

    let (succeeded, said) = {
        settings.write("127.0.0.1:0", "origins = ''");
        Program::start("reload", &settings).end()
    };
    assert!(!succeeded && said[0].starts_with(&format!("{}: [cors] origins: ", settings.name())), "{said:#?}");
}
