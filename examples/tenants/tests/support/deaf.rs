//! What a pooler of transactions makes of `LISTEN`: everything passes, but no notification ever arrives.

use std::net::SocketAddr;

use sqlx::postgres::PgConnectOptions;
use tokio::io::{self, AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

/// `NotificationResponse`, in the protocol of PostgreSQL.
const NOTIFICATION: u8 = b'A';

/// The same server, seen through such a pooler, for as long as the runtime lives.
pub async fn in_front_of(server: &PgConnectOptions) -> PgConnectOptions {
    let behind: SocketAddr = ([127, 0, 0, 1], server.get_port()).into();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let Ok(server) = TcpStream::connect(behind).await else { continue };
            let ((mut from_client, to_client), (from_server, mut to_server)) =
                (client.into_split(), server.into_split());
            tokio::spawn(async move { io::copy(&mut from_client, &mut to_server).await });
            tokio::spawn(all_but_notifications(from_server, to_client));
        }
    });
    server.clone().port(port)
}

/// Each message of the server is a kind, a length that counts itself, and the rest.
async fn all_but_notifications(mut from: OwnedReadHalf, mut to: OwnedWriteHalf) -> io::Result<()> {
    loop {
        let mut head = [0; 5];
        from.read_exact(&mut head).await?;
        let length = u32::from_be_bytes(head[1..].try_into().unwrap());
        let mut rest = vec![0; length as usize - 4];
        from.read_exact(&mut rest).await?;
        if head[0] != NOTIFICATION {
            to.write_all(&head).await?;
            to.write_all(&rest).await?;
        }
    }
}
