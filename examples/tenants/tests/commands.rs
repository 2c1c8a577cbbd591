//! The program itself: the commands that its documentation shows, and what it refuses to write.

mod support;

use std::path::Path;
use std::process::Output;

use support::directory::Directory;
use support::program::{Program, run, url};
use support::server::Server;
use tenants::postgres::Replica;

fn told(output: &Output) -> (bool, String) {
    let text = [&*output.stdout, &*output.stderr].concat();
    (output.status.success(), String::from_utf8(text).unwrap().trim_end().to_owned())
}

/// The first block of the documentation, as if it were typed: each command, and what it says.
#[test]
fn the_commands_do_what_is_documented() {
    let source = include_str!("../src/main.rs");
    let doc: Vec<&str> = source
        .lines()
        .map_while(|line| line.strip_prefix("//!"))
        .map(|line| line.strip_prefix(' ').unwrap_or(line))
        .collect();
    let doc = doc.join("\n").replace("\\\n", "");
    let block = doc.split("```text\n").nth(1).unwrap().split("\n```").next().unwrap();
    let directory = Directory::new();
    let mut server = None;
    let mut commands = 0;
    for part in format!("\n{block}").split("\n$ ").skip(1) {
        let (command, expected) = part.split_once('\n').unwrap();
        let words = words(command);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let got = match words.as_slice() {
            ["cargo", "run", "-p", "tenants", "--", "serve"] => {
                let program = Program::serve(&directory.0, None);
                server = Some(program);
                "listening on http://127.0.0.1:3000".to_owned()
            }
            ["cargo", "run", "-p", "tenants", "--", arguments @ ..] => told(&run(&directory.0, None, arguments)).1,
            ["curl", "-si", "-H", header, url] => server.as_ref().unwrap().get(url, header),
            other => panic!("not understood: {other:?}"),
        };
        assert_eq!(got, expected.trim_end(), "{command}");
        commands += 1;
    }
    assert!(commands > 5, "{commands} commands are no documentation");
}

/// The words of a shell command with nothing but apostrophes in it.
fn words(command: &str) -> Vec<String> {
    let parts = command.split('\'').enumerate();
    let words = parts.flat_map(|(index, part)| match index % 2 {
        1 => vec![part.to_owned()],
        _ => part.split_whitespace().map(str::to_owned).collect(),
    });
    words.collect()
}

fn check_what_is_written(directory: &Path, database: Option<&str>) {
    let run = |arguments: &[&str]| told(&run(directory, database, arguments));
    let written = |text: &str| (true, text.to_owned());
    assert_eq!(run(&["allow", "ACME.localhost:80", "https://t0.example"]), written("allowed"));
    assert_eq!(run(&["allow", "acme.localhost", "https://t0.example"]), written("was allowed already"));
    for (origin, fault) in [
        ("http://acme.example", "is not encrypted"),
        ("https://acme.example/", "ends with a slash"),
        ("*", "origin"),
        ("null", "null"),
        ("", "empty"),
    ] {
        let (is_written, told) = run(&["allow", "acme.localhost", origin]);
        assert!(!is_written && told.starts_with("nothing was written, for it would deny the tenant: "), "{told}");
        assert!(told.contains(fault), "{told}");
    }
    let (is_written, told) = run(&["allow", "https://acme.localhost", "https://t1.example"]);
    assert!(!is_written && told.contains("is not a host"), "{told}");

    let unknown = r#""https://t1.example" is not among the origins of "acme.localhost""#;
    assert_eq!(run(&["revoke", "acme.localhost", "https://t1.example"]), (false, unknown.to_owned()));
    assert_eq!(run(&["revoke", "Acme.localhost", "https://t0.example"]), written("revoked"));
    assert!(!run(&["revoke", "acme.localhost", "https://t0.example"]).0);
    assert!(!run(&["revoke"]).0);
}

#[tokio::test]
async fn only_what_leaves_a_policy_is_written_and_only_what_is_there_is_revoked() {
    let directory = Directory::new();
    check_what_is_written(&directory.0, None);
    // More than a tenant may have; and rows that others wrote, however their host is written.
    let sqlite = directory.open().await;
    for number in 0..200 {
        sqlite.allow("many.localhost", &format!("https://t{number}.example")).await.unwrap();
    }
    sqlite.allow("Strange.localhost.", "https://t0.example").await.unwrap();
    let (is_written, said) = told(&run(&directory.0, None, &["allow", "many.localhost", "https://more.example"]));
    assert!(!is_written && said.ends_with("more than 200 origins"), "{said}");
    assert_eq!(sqlite.rows("many.localhost").await.unwrap().len(), 200);
    assert!(told(&run(&directory.0, None, &["revoke", "Strange.localhost.", "https://t0.example"])).0);
    assert!(sqlite.rows("Strange.localhost.").await.unwrap().is_empty());
}

/// Also the first that starts: the table is made.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_with_postgresql() {
    let Some(server) = Server::start() else { return };
    let directory = Directory::new();
    check_what_is_written(&directory.0, Some(&url(&server.options())));
}

/// A service that starts before its database answers as soon as that is there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_comes_later() {
    let Some(mut server) = Server::start() else { return };
    server.kill();
    let replica = Replica::follow(server.options(), support::HOUR);
    let app = support::by_host(&replica);
    assert_eq!(support::ask(&app, "acme.localhost", "https://acme.app").await, support::UNAVAILABLE);
    server.restart();
    support::until("connected", async || replica.is_connected()).await;
    assert_eq!(support::ask(&app, "acme.localhost", "https://acme.app").await, support::REFUSED);
    // As somebody else does meanwhile.
    let database = url(&server.options());
    let allow = ["allow", "acme.localhost", "https://acme.app"];
    assert_eq!(told(&run(&std::env::temp_dir(), Some(&database), &allow)), (true, "allowed".to_owned()));
    support::until("allowed", async || {
        support::ask(&app, "acme.localhost", "https://acme.app").await == support::ALLOWED
    })
    .await;
}

/// A tenant's fault is told to nobody, and is no fault of the look-up.
#[tokio::test]
async fn where_nobody_reads_what_the_program_says_it_goes_on() {
    let directory = Directory::new();
    directory.open().await.allow("acme.localhost", "*").await.unwrap();
    let program = Program::serve(&directory.0, None);
    for _ in 0..2 {
        let answer = program.get("http://acme.localhost:3000/", "Origin: https://acme.app");
        assert!(answer.starts_with("HTTP/1.1 403 Forbidden"), "{answer}");
    }
}
