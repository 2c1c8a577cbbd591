//! The layer on an axum router, below hyper's HTTP/1, which reads from memory: all of a server but the kernel.

use std::convert::Infallible;
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use axum::Router;
use axum::extract::Request;
use axum::response::IntoResponse;
use axum::routing::{Route, get};
use http::header::CONTENT_TYPE;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper::server::conn::http1;
use hyper_util::service::TowerToHyperService;
use tower_layer::Layer;
use tower_service::Service;

use crate::fixture::case::Case;
use crate::fixture::request::{PATH, wire};

/// A connection on which the same request comes `count` times. Returns the first answer as text.
pub fn calls<L>(stack: impl FnOnce(&Case) -> L) -> impl FnOnce(&Case, usize, usize) -> String
where
    L: Layer<Route> + Clone + Send + Sync + 'static,
    L::Service: Service<Request, Response: IntoResponse, Error: Into<Infallible>, Future: Send>,
    L::Service: Clone + Send + Sync + 'static,
{
    move |case, _, count| {
        let answer = || async { ([(CONTENT_TYPE, "application/json")], "{\"id\":42,\"name\":\"a item\"}") };
        let router = Router::new().route(PATH, get(answer)).layer(stack(case)).with_state(());
        let mut pipe = Pipe { wire: wire(case), at: 0, unread: count, unanswered: count, first: Vec::new() };
        // The date is rendered once a second, so its share of a call would depend on how fast the machine is.
        let mut server = http1::Builder::new();
        let connection =
            server.auto_date_header(false).serve_connection(&mut pipe, TowerToHyperService::new(router.into_service()));
        counted_calls(pin!(connection));
        String::from_utf8(pipe.first).expect("a head in ASCII")
    }
}

#[inline(never)]
fn counted_calls(mut connection: Pin<&mut impl Future<Output = hyper::Result<()>>>) {
    let mut context = Context::from_waker(Waker::noop());
    // Pending only because hyper lets others have their turn from time to time: the pipe never is.
    while connection.as_mut().poll(&mut context).map(|ended| ended.expect("a connection")).is_pending() {}
}

struct Pipe {
    wire: Vec<u8>,
    /// How much of the current request was read.
    at: usize,
    /// How many requests are still to be read, the current one included.
    unread: usize,
    unanswered: usize,
    first: Vec<u8>,
}

impl Read for &mut Pipe {
    fn poll_read(mut self: Pin<&mut Self>, _: &mut Context<'_>, mut buffer: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        if self.unread > 0 {
            let rest = &self.wire[self.at..];
            let length = rest.len().min(buffer.remaining());
            buffer.put_slice(&rest[..length]);
            self.at += length;
            if self.at == self.wire.len() {
                self.at = 0;
                self.unread -= 1;
            }
        } else if self.unanswered > 0 {
            return Poll::Pending;
        }
        Poll::Ready(Ok(()))
    }
}

impl Write for &mut Pipe {
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.unanswered -= 1;
        if self.first.is_empty() {
            self.first.extend_from_slice(bytes);
        }
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
