//! Ports of this machine.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use axum::Router;
use tokio::net::TcpListener;

/// Chosen by the system, until one is free in both families.
const TRIES: usize = 16;

#[derive(Clone, Copy, Debug)]
pub enum Wanted {
    /// This port and no other; 0 is any free one.
    Exactly(u16),
    /// This port, or any free one where it is taken.
    Preferably(u16),
}

/// One port, in both families: browsers try either for `localhost`, and nobody else may answer there.
pub struct Listeners {
    v4: TcpListener,
    v6: Option<TcpListener>,
    port: u16,
}

impl Listeners {
    pub async fn bind(wanted: Wanted) -> io::Result<Self> {
        match wanted {
            Wanted::Exactly(0) => Self::any().await,
            Wanted::Exactly(port) => {
                Self::of(port).await.map_err(|error| io::Error::new(error.kind(), format!("port {port}: {error}")))
            }
            Wanted::Preferably(port) => match Self::of(port).await {
                Ok(listeners) => Ok(listeners),
                Err(_) => Self::any().await,
            },
        }
    }

    async fn any() -> io::Result<Self> {
        let mut last = None;
        for _ in 0..TRIES {
            match Self::of(0).await {
                Ok(listeners) => return Ok(listeners),
                Err(error) => last = Some(error),
            }
        }
        Err(last.unwrap_or_else(|| io::ErrorKind::AddrInUse.into()))
    }

    async fn of(port: u16) -> io::Result<Self> {
        let v4 = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await?;
        let port = v4.local_addr()?.port();
        let v6 = match TcpListener::bind(SocketAddr::from((Ipv6Addr::LOCALHOST, port))).await {
            Ok(listener) => Some(listener),
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => return Err(error),
            // A machine without IPv6.
            Err(_) => None,
        };
        Ok(Self { v4, v6, port })
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub async fn serve(self, router: Router) -> io::Result<()> {
        let v4 = axum::serve(self.v4, router.clone());
        match self.v6 {
            Some(v6) => tokio::try_join!(v4, axum::serve(v6, router)).map(|_| ()),
            None => v4.await,
        }
    }
}
