//! The program, as somebody starts it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;

fn command(directory: &Path, database: Option<&str>, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tenants"));
    command.current_dir(directory).args(arguments).env_remove("DATABASE_URL").stdin(Stdio::null());
    command.envs(database.map(|url| ("DATABASE_URL", url)));
    command
}

pub fn run(directory: &Path, database: Option<&str>, arguments: &[&str]) -> Output {
    command(directory, database, arguments).output().unwrap()
}

pub fn url(options: &PgConnectOptions) -> String {
    format!("postgres://postgres@127.0.0.1:{}/postgres", options.get_port())
}

/// Serves until it is dropped. Whatever it says after its address finds a closed pipe.
pub struct Program {
    process: Child,
    address: SocketAddr,
}

impl Program {
    pub fn serve(directory: &Path, database: Option<&str>) -> Self {
        let mut command = command(directory, database, &["serve", "127.0.0.1:0"]);
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        drop(process.stderr.take());
        let address = line.trim().strip_prefix("listening on http://").expect("it says where it listens");
        let address = address.parse().unwrap();
        Self { process, address }
    }

    /// The answer to a request, without its date, as `curl -i` shows it.
    pub fn get(&self, url: &str, header: &str) -> String {
        let (authority, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        write!(stream, "GET /{path} HTTP/1.1\r\nhost: {authority}\r\n{header}\r\n\r\n").unwrap();
        let mut reader = BufReader::new(stream);
        let (mut answer, mut length) = (String::new(), 0);
        loop {
            let mut line = String::new();
            assert!(reader.read_line(&mut line).unwrap() > 0, "closed in the head");
            if let Some(number) = line.strip_prefix("content-length: ") {
                length = number.trim().parse().unwrap();
            }
            if !line.starts_with("date: ") {
                answer.push_str(&line.replace('\r', ""));
            }
            if line == "\r\n" {
                break;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        answer.push_str(std::str::from_utf8(&body).unwrap());
        answer.trim_end().to_owned()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}
