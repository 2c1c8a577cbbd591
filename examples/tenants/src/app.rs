//! The service: one page and one WebSocket for every tenant.

use axum::Router;
use axum::extract::ws::{Message, WebSocketUpgrade};
use axum::response::Response;
use axum::routing::{any, get};
use tower_cors::resolver::{HostKey, ResolverLayer};

/// The service behind a resolver, which may come from either database.
///
/// Every policy of ours rejects, so what has no policy is rejected too.
pub fn app(resolver: ResolverLayer<HostKey>) -> Router {
    Router::new()
        .route("/", get(async || "hello\n").put(async || "written\n"))
        .route("/ws", any(web_socket))
        .layer(resolver.reject_disallowed_origins(true))
}

async fn web_socket(upgrade: WebSocketUpgrade) -> Response {
    upgrade.max_message_size(64 * 1024).on_upgrade(async |mut socket| {
        while let Some(Ok(message @ (Message::Text(_) | Message::Binary(_)))) = socket.recv().await {
            if socket.send(message).await.is_err() {
                break;
            }
        }
    })
}
