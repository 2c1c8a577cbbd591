//! Who is where: the origins of the page, of the API, and of the frames that ask in its stead.

use serde::Deserialize;

/// The host of the frame that plays a preview deployment. Browsers never ask a name server for it.
pub const PREVIEW_HOST: &str = "pr-7.preview.localhost";

#[derive(Clone, Copy, Debug)]
pub struct Places {
    pub page: u16,
    pub api: u16,
}

/// Who sends a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sender {
    /// The page itself.
    Page,
    /// A frame of the same server under the name `127.0.0.1`.
    Loopback,
    /// A frame of the same server under the name of a preview deployment.
    Preview,
    /// A sandboxed frame, whose origin is `null`.
    Sandbox,
}

impl Sender {
    pub const ALL: [Self; 4] = [Self::Page, Self::Loopback, Self::Preview, Self::Sandbox];
}

impl Places {
    pub fn page_origin(self) -> String {
        origin("localhost", self.page)
    }

    pub fn api_origin(self) -> String {
        origin("localhost", self.api)
    }

    pub fn origin_of(self, sender: Sender) -> String {
        match sender {
            Sender::Page => self.page_origin(),
            Sender::Loopback => origin("127.0.0.1", self.page),
            Sender::Preview => origin(PREVIEW_HOST, self.page),
            Sender::Sandbox => "null".to_owned(),
        }
    }
}

fn origin(host: &str, port: u16) -> String {
    if port == 80 { format!("http://{host}") } else { format!("http://{host}:{port}") }
}
