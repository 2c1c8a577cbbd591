//! Clients for servers on loopback sockets: a real one, and one that sends any bytes.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request, StatusCode, Uri};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Set by the services behind the layer, to tell their answers from the layer's own.
pub const INNER: &str = "x-inner";

/// A server that does not answer fails its test instead of holding it up.
const PATIENCE: Duration = Duration::from_secs(30);

pub async fn listener() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.unwrap()
}

#[derive(Clone, Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    /// Who answered: `inner`, or the status of an answer that does not come from the service; then the headers that a
    /// CORS layer answers for, in alphabetical order.
    pub fn cors(&self) -> String {
        let who = match self.headers.get(INNER) {
            Some(_) => "inner".to_owned(),
            None => self.status.as_u16().to_string(),
        };
        format!("{who}\n{}", self.cors_headers()).trim_end().to_owned()
    }

    /// The headers that a CORS layer answers for, in alphabetical order.
    pub fn cors_headers(&self) -> String {
        let ours = |name: &HeaderName| {
            name.as_str().starts_with("access-control-") || name == "vary" || name == "cache-control"
        };
        let mut lines: Vec<String> = self
            .headers
            .iter()
            .filter(|(name, _)| ours(name))
            .map(|(name, value)| format!("{name}: {}", String::from_utf8_lossy(value.as_bytes())))
            .collect();
        lines.sort();
        lines.join("\n")
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    Http1,
    Http2,
}

/// Sends a request with a real client. `text` is `METHOD target`, one header a line and, after an empty line, a body.
pub async fn send(address: SocketAddr, version: Version, text: &str) -> Answer {
    let client =
        Client::builder(TokioExecutor::new()).http2_only(version == Version::Http2).build_http::<Full<Bytes>>();
    let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
    let mut request = super::support::parse(head).map(|()| Full::from(body.trim().to_owned()));
    let target = request.uri().path_and_query().unwrap().clone();
    *request.uri_mut() =
        Uri::builder().scheme("http").authority(address.to_string()).path_and_query(target).build().unwrap();
    let response = tokio::time::timeout(PATIENCE, client.request(request)).await.unwrap().unwrap();
    let (parts, body) = response.into_parts();
    let body = tokio::time::timeout(PATIENCE, body.collect()).await.unwrap().unwrap();
    Answer { status: parts.status, headers: parts.headers, body: body.to_bytes().to_vec() }
}

/// Sends one HTTP/2 request as it is, whatever the authority of its URI, and returns the head of the answer.
///
/// A request before it makes sure that the settings of the server have arrived: `:protocol` needs them.
pub async fn send_http2(address: SocketAddr, request: Request<()>) -> Result<Answer, hyper::Error> {
    let stream = TcpStream::connect(address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let io = TokioIo::new(stream);
    let (mut client, connection) =
        hyper::client::conn::http2::Builder::new(TokioExecutor::new()).handshake(io).await.unwrap();
    let connection = tokio::spawn(connection);
    let first = Request::get(format!("http://{address}/first")).body(Full::new(Bytes::new())).unwrap();
    tokio::time::timeout(PATIENCE, client.send_request(first)).await.unwrap().unwrap();
    let response = tokio::time::timeout(PATIENCE, client.send_request(request.map(|()| Full::new(Bytes::new()))));
    let answer = response.await.unwrap().map(|response| Answer {
        status: response.status(),
        headers: response.headers().clone(),
        body: Vec::new(),
    });
    connection.abort();
    answer
}

/// Sends a request as it is written: lines become `CRLF` lines, and a character up to U+00FF one byte.
pub async fn send_raw(address: SocketAddr, text: &str) -> Answer {
    let mut connection = RawConnection::open(address).await;
    connection.write(&bytes_of(text)).await;
    let without_body = text.trim_start().starts_with("HEAD ");
    connection.answer(without_body).await
}

/// The bytes of a request head that is written with indented lines.
pub fn bytes_of(text: &str) -> Vec<u8> {
    let head = text.trim_start_matches('\n').lines().map(|line| line.trim_start_matches(' '));
    let text = head.collect::<Vec<_>>().join("\r\n") + "\r\n\r\n";
    text.chars().map(|character| u8::try_from(u32::from(character)).unwrap()).collect()
}

/// One connection, on which any bytes may be written.
#[derive(Debug)]
pub struct RawConnection {
    pub stream: TcpStream,
    unread: Vec<u8>,
}

impl RawConnection {
    pub async fn open(address: SocketAddr) -> Self {
        Self { stream: TcpStream::connect(address).await.unwrap(), unread: Vec::new() }
    }

    /// A server that has heard enough may close while we write: what counts is what it answers.
    pub async fn write(&mut self, bytes: &[u8]) {
        let _closed = tokio::time::timeout(PATIENCE, self.stream.write_all(bytes)).await.unwrap();
    }

    /// The next answer.
    pub async fn answer(&mut self, without_body: bool) -> Answer {
        while !self.unread.windows(4).any(|end| end == b"\r\n\r\n") {
            assert!(self.read().await, "closed in the head: {:?}", String::from_utf8_lossy(&self.unread));
        }
        let end = self.unread.windows(4).position(|end| end == b"\r\n\r\n").unwrap();
        let head = String::from_utf8_lossy(&self.unread[..end]).into_owned();
        self.unread.drain(..end + 4);
        let mut lines = head.split("\r\n");
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let mut headers = HeaderMap::new();
        for (name, value) in lines.map(|line| line.split_once(':').unwrap()) {
            headers.append(name.parse::<HeaderName>().unwrap(), HeaderValue::from_str(value.trim()).unwrap());
        }
        let body = self.body(status, &headers, without_body).await;
        Answer { status, headers, body }
    }

    async fn body(&mut self, status: StatusCode, headers: &HeaderMap, without_body: bool) -> Vec<u8> {
        let length = headers.get("content-length").map(|length| length.to_str().unwrap().parse::<usize>().unwrap());
        if without_body || status.is_informational() || [204, 304].contains(&status.as_u16()) {
            return Vec::new();
        }
        assert!(!headers.contains_key("transfer-encoding"), "no test needs it");
        let Some(length) = length else {
            while self.read().await {}
            return std::mem::take(&mut self.unread);
        };
        while self.unread.len() < length {
            assert!(self.read().await, "closed in the body");
        }
        self.unread.drain(..length).collect()
    }

    /// At least this many bytes, of whatever comes.
    pub async fn at_least(&mut self, length: usize) -> &[u8] {
        while self.unread.len() < length {
            assert!(self.read().await, "closed");
        }
        &self.unread
    }

    /// False when the server has closed the connection.
    async fn read(&mut self) -> bool {
        let mut buffer = [0; 4096];
        match tokio::time::timeout(PATIENCE, self.stream.read(&mut buffer)).await.expect("no answer") {
            Ok(0) | Err(_) => false,
            Ok(length) => {
                self.unread.extend_from_slice(&buffer[..length]);
                true
            }
        }
    }
}
