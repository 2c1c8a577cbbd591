//! End to end: axum over hyper on loopback, with a thousand origins, and as many requests as it can answer.
//!
//! ```text
//! cargo bench --bench throughput                a minute
//! cargo bench --bench throughput -- --save      and keeps the result in RESULTS.md
//! ```
//!
//! Each stack is a process of its own, with one thread, and this process makes the load, with another. The stacks take
//! turns, so that whatever else the machine does meets all of them, and each is compared within its round.

mod fixture;

use std::convert::Infallible;
use std::env;
use std::fmt::Write;
use std::io::{self, BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::Request;
use axum::response::IntoResponse;
use axum::routing::{Route, get};
use http::header::CONTENT_TYPE;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime;
use tokio::task::JoinSet;
use tower::{Layer, Service};

use fixture::case::{Case, Origins, Sender};
use fixture::request::{PATH, wire};
use fixture::results::{environment, median, processor_seconds, replace_section};
use fixture::stacks;

const STACKS: [&str; 4] = ["none", "floor", "tower-cors", "tower-http"];
const CASE: Case = Case::get(Origins::Exact(1000), Sender::Allowed);
const CONNECTIONS: usize = 32;
/// A warm-up that is not counted, and then so many turns of each stack: many short ones, for machines that are shared are
/// now faster and now slower.
const TURNS: usize = 45;
const TURN: Duration = Duration::from_millis(240);

fn main() {
    let arguments: Vec<_> = env::args().skip(1).collect();
    if let Some(at) = arguments.iter().position(|argument| argument == "--serve") {
        return serve(&arguments[at + 1]);
    }
    // Without it `cargo test` has called, which wants to know no more than that this still runs.
    let measured = arguments.iter().any(|argument| argument == "--bench");
    let (turns, turn) = if measured { (TURNS, TURN) } else { (1, Duration::from_millis(20)) };
    let table = runtime().block_on(measure(turns, turn));
    if measured {
        let text = format!("{}\n\n{table}", environment(&["tower-http", "http", "hyper", "axum", "tokio"]));
        println!("{text}");
        if arguments.iter().any(|argument| argument == "--save") {
            replace_section("throughput", &text);
        }
    }
}

fn runtime() -> runtime::Runtime {
    runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

fn serve(stack: &str) {
    match stack {
        "none" => run(stacks::bare(&CASE)),
        "floor" => run(stacks::floor(&CASE)),
        "tower-cors" => run(stacks::ours(&CASE)),
        "tower-http" => run(stacks::tower_http(&CASE)),
        _ => panic!("no stack is called {stack}"),
    }
}

fn run<L>(layer: L)
where
    L: Layer<Route> + Clone + Send + Sync + 'static,
    L::Service: Service<Request, Response: IntoResponse, Error: Into<Infallible>, Future: Send>,
    L::Service: Clone + Send + Sync + 'static,
{
    let answer = async || ([(CONTENT_TYPE, "application/json")], "{\"id\":42,\"name\":\"an item\"}");
    let router = Router::new().route(PATH, get(answer)).layer(layer);
    runtime().block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        println!("{}", listener.local_addr().expect("an address").port());
        axum::serve(listener, router).await.expect("a server");
    });
}

/// A server process, and our connections to it.
struct Server {
    process: Child,
    connections: Vec<Connection>,
    /// Requests per second, and seconds of processor time per request, by turn.
    rates: Vec<f64>,
    times: Vec<f64>,
}

struct Connection {
    stream: TcpStream,
    answer: Vec<u8>,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Server {
    async fn start(stack: &str) -> io::Result<Self> {
        let mut process = Command::new(env::current_exe()?).args(["--serve", stack]).stdout(Stdio::piped()).spawn()?;
        let mut port = String::new();
        BufReader::new(process.stdout.take().expect("it is piped")).read_line(&mut port)?;
        let port: u16 = port.trim().parse().expect("a port");
        let mut server = Self { process, connections: Vec::new(), rates: Vec::new(), times: Vec::new() };
        for _ in 0..CONNECTIONS {
            let connection = Connection::open(port, stack != "none").await?;
            server.connections.push(connection);
        }
        Ok(server)
    }

    async fn load(&mut self, turn: Duration) -> io::Result<()> {
        let (start, used) = (Instant::now(), self.processor_seconds());
        let mut turns = JoinSet::new();
        for connection in self.connections.drain(..) {
            turns.spawn(connection.ask_until(start + turn));
        }
        let mut answered = 0_u32;
        while let Some(ended) = turns.join_next().await {
            let (connection, count) = ended.expect("a turn does not panic")?;
            self.connections.push(connection);
            answered += count;
        }
        self.rates.push(f64::from(answered) / start.elapsed().as_secs_f64());
        if let (Some(before), Some(after)) = (used, self.processor_seconds()) {
            self.times.push((after - before) / f64::from(answered));
        }
        Ok(())
    }

    fn processor_seconds(&self) -> Option<f64> {
        processor_seconds(&self.process.id().to_string())
    }
}

impl Connection {
    /// Connects, and learns what the answer is, by its end: all answers have the same length.
    async fn open(port: u16, cors: bool) -> io::Result<Self> {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
        stream.set_nodelay(true)?;
        stream.write_all(&wire(&CASE)).await?;
        let mut answer = Vec::new();
        while !answer.ends_with(b"}") {
            if stream.read_buf(&mut answer).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        let head = String::from_utf8_lossy(&answer);
        assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
        assert_eq!(head.contains("access-control-allow-origin: "), cors, "{head}");
        Ok(Self { stream, answer })
    }

    async fn ask_until(mut self, end: Instant) -> io::Result<(Self, u32)> {
        let request = wire(&CASE);
        let mut count = 0;
        while Instant::now() < end {
            self.stream.write_all(&request).await?;
            self.stream.read_exact(&mut self.answer).await?;
            count += 1;
        }
        Ok((self, count))
    }
}

async fn measure(turns: usize, turn: Duration) -> String {
    let mut servers = Vec::new();
    for stack in STACKS {
        servers.push(Server::start(stack).await.expect("a server"));
    }
    for at in 0..=turns {
        // Another one begins each round.
        servers.rotate_left(at % 2);
        for server in &mut servers {
            server.load(turn).await.expect("answers");
        }
        servers.rotate_right(at % 2);
        if at == 0 {
            for server in &mut servers {
                server.rates.clear();
                server.times.clear();
            }
        }
    }
    let [none, ..] = &servers[..] else { unreachable!("there are four") };
    let mut text =
        String::from("| | requests per second | of none | processor time per request, µs |\n|---|--:|--:|--:|\n");
    for (stack, server) in STACKS.iter().zip(&servers) {
        let shares = server.rates.iter().zip(&none.rates).map(|(rate, none)| 100.0 * rate / none);
        let _ = writeln!(
            text,
            "| {stack} | {:.0} | {:.1} % | {:.2} |",
            median(server.rates.iter().copied()),
            median(shares),
            median(server.times.iter().map(|time| time * 1e6)),
        );
    }
    text
}
