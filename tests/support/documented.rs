//! Runs a server and makes the requests that its documentation shows: `$ curl …` lines, each followed by the answer.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::server::send_raw;

/// The address that the documentation shows; the server gets a free one.
const SHOWN_ADDRESS: &str = "127.0.0.1:3000";

/// Starts `binary`, and compares its answers with those that `source` shows: Rust, whose documentation stands at the top, or
/// Markdown.
pub async fn check(source: &str, binary: &Path) {
    let server = Server::start(binary);
    check_answers(source, server.address).await;
}

/// Compares the answers of a server that runs already.
pub async fn check_answers(source: &str, address: SocketAddr) {
    let documented = exchanges(&if source.starts_with("//!") { top(source) } else { source.to_owned() });
    assert!(!documented.is_empty(), "no curl line is documented");
    for (command, expected) in documented {
        let answer = send_raw(address, &request(&command)).await;
        let mut lines = vec![format!(
            "HTTP/1.1 {} {}",
            answer.status.as_u16(),
            answer.status.canonical_reason().unwrap_or_default()
        )];
        let headers = answer.headers.iter().filter(|(name, _)| *name != "date");
        lines.extend(headers.map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())));
        let got = format!("{}\n\n{}", lines.join("\n"), answer.text());
        assert!(matches(&expected, got.trim_end()), "{command}\n--- documented\n{expected}\n--- got\n{got}");
    }
}

/// `…` stands for anything that no other run repeats.
fn matches(expected: &str, got: &str) -> bool {
    match expected.split_once('…') {
        None => expected == got,
        Some((before, after)) => got
            .strip_prefix(before)
            .is_some_and(|rest| rest.char_indices().any(|(index, _)| matches(after, &rest[index..]))),
    }
}

/// The documentation at the top of a file.
fn top(source: &str) -> String {
    let lines = source.lines().map_while(|line| line.strip_prefix("//!"));
    lines.map(|line| line.strip_prefix(' ').unwrap_or(line)).collect::<Vec<_>>().join("\n")
}

/// Each documented command, and the answer below it.
fn exchanges(doc: &str) -> Vec<(String, String)> {
    let doc = doc.replace("\\\n", "");
    let commands = doc.split("\n$ ").skip(1).map(|part| part.split("\n```").next().unwrap());
    commands
        .filter(|part| part.starts_with("curl "))
        .map(|part| {
            let (command, answer) = part.split_once('\n').expect("an answer is documented");
            (command.to_owned(), answer.trim_end().to_owned())
        })
        .collect()
}

/// What `curl` would send.
fn request(command: &str) -> String {
    let (mut method, mut target, mut headers, mut body) = (None, None, String::new(), None);
    let mut words = words(command).into_iter().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "-i" => {}
            "--max-time" => drop(words.next()),
            "-X" => method = words.next(),
            "-H" => headers = format!("{headers}\n{}", words.next().unwrap()),
            "-d" => body = words.next(),
            url => {
                let path = url.strip_prefix("http://").and_then(|url| url.strip_prefix(SHOWN_ADDRESS));
                target = Some(path.unwrap_or_else(|| panic!("not understood: {url}")).to_owned());
            }
        }
    }
    if let Some(body) = &body {
        headers = format!("{headers}\ncontent-length: {}", body.len());
    }
    let method = method.unwrap_or_else(|| if body.is_some() { "POST" } else { "GET" }.to_owned());
    let head = format!("{method} {} HTTP/1.1\nhost: {SHOWN_ADDRESS}\naccept: */*{headers}", target.unwrap());
    // The head ends with one line end of its own and one that `send_raw` adds after the body, which nobody reads.
    body.map_or(head.clone(), |body| format!("{head}\n\n{body}"))
}

/// The words of a shell command with nothing but apostrophes in it.
fn words(command: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (index, part) in command.split('\'').enumerate() {
        if index % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    words
}

struct Server {
    process: Child,
    address: SocketAddr,
}

impl Server {
    fn start(binary: &Path) -> Self {
        let mut process = Command::new(binary).arg("127.0.0.1:0").stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("listening on http://").expect("it says where it listens");
        let address = address.parse().unwrap();
        Self { process, address }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}
