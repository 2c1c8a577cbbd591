//! A case: what a page does, as data for the page and for the model.

use std::fmt::Write as _;

use serde::Serialize;

use crate::engine::Engine;
use crate::seen::Seen;

/// The origins of a run. All are on this machine; they differ as origins do.
#[derive(Clone, Debug)]
pub struct Origins {
    /// Where the page is: `http://localhost:port`.
    pub page: String,
    /// A page at another port of the same site.
    pub neighbor: String,
    /// The application at another port of the same site, so that cookies go there.
    pub same_site: String,
    /// The same application at another site.
    pub cross_site: String,
    /// And over HTTPS with HTTP/2.
    pub tls: String,
}

impl Origins {
    /// Where nothing listens: for whoever asks the application without a connection.
    pub fn of_nobody() -> Self {
        Self {
            page: "http://localhost:1001".to_owned(),
            neighbor: "http://localhost:1002".to_owned(),
            same_site: "http://localhost:1003".to_owned(),
            cross_site: "http://127.0.0.1:1003".to_owned(),
            tls: "https://localhost:1004".to_owned(),
        }
    }
}

/// One case: steps of one page, one after the other.
#[derive(Clone, Debug, Serialize)]
pub struct Case {
    pub id: String,
    #[serde(skip)]
    pub group: &'static str,
    /// In a sandboxed frame, whose origin is opaque.
    pub sandboxed: bool,
    pub steps: Vec<Step>,
    /// The expectation, where it is not the model's.
    #[serde(skip)]
    pub by_hand: Option<ByHand>,
}

impl Case {
    /// What is done, in words that stay the same from run to run.
    pub fn title(&self) -> String {
        let steps: Vec<_> = self.steps.iter().map(Step::title).collect();
        let alike = steps.chunk_by(|one, other| one == other);
        let texts: Vec<_> = alike
            .map(|alike| if alike.len() > 1 { format!("{} ×{}", alike[0], alike.len()) } else { alike[0].clone() })
            .collect();
        let text = texts.join(", then ");
        if self.sandboxed { format!("sandboxed: {text}") } else { text }
    }
}

/// What is expected of a case that the model knows nothing of, written by hand.
#[derive(Clone, Debug)]
pub struct ByHand {
    pub seen: Vec<Seen>,
    pub preflights: usize,
    /// Requests that reach the service.
    pub executed: usize,
}

#[derive(Clone, Debug, Serialize)]
pub struct Step {
    pub via: Via,
    pub url: String,
    pub method: String,
    pub headers: Vec<(String, String)>,
    pub body: Option<String>,
    pub credentials: &'static str,
    pub mode: &'static str,
    pub redirect: &'static str,
    pub referrer_policy: &'static str,
    /// The `crossorigin` attribute of an element, if it has one.
    pub crossorigin: Option<&'static str>,
    /// Milliseconds to wait afterwards: for the browser to store the answer, or for a time to pass.
    pub pause: u64,
    /// Goes on when the page is gone.
    pub keepalive: bool,
    /// The document that does this in a frame, of another origin; `SANDBOX` for one without an origin of its own.
    pub frame: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Via {
    Fetch,
    Xhr,
    /// The script waits for it.
    XhrSync,
    /// With a listener on its upload.
    XhrUpload,
    EventSource,
    WebSocket,
    Image,
    Script,
    ModuleScript,
    /// `<link rel="preload" as="script">`.
    Preload,
    ModulePreload,
    /// A `@font-face` of a style sheet.
    Font,
    /// A `FontFace` that a script makes.
    FontFace,
    Form,
    Beacon,
    /// A call with `@connectrpc/connect-web`: the method is that of the service, the body its message as JSON.
    Connect,
    /// The same with `grpc-web`.
    GrpcWeb,
}

impl Step {
    /// What differs from the plainest step.
    fn title(&self) -> String {
        let mut text = format!("{:?} {} {}", self.via, self.method, place(&self.url));
        for (name, value) in self.headers.iter().take(4) {
            let _ = write!(text, ", {name}: {value:.24}");
        }
        if self.headers.len() > 4 {
            let _ = write!(text, " … {} headers", self.headers.len());
        }
        if let Some(body) = self.body.as_ref().filter(|body| !["x", ""].contains(&body.as_str())) {
            let _ = write!(text, ", body {body}");
        }
        for (value, plain, name) in [
            (self.credentials, "omit", "credentials"),
            (self.mode, "cors", "mode"),
            (self.redirect, "follow", "redirect"),
            (self.referrer_policy, "", "referrer policy"),
            (self.crossorigin.unwrap_or_default(), "", "crossorigin"),
        ] {
            if value != plain {
                let _ = write!(text, ", {name} {value}");
            }
        }
        if self.keepalive {
            text.push_str(", keepalive");
        }
        if let Some(frame) = &self.frame {
            text.push_str(match frame.as_str() {
                SANDBOX => ", from a sandbox",
                DATA => ", from a data: document",
                _ => ", from the neighbor",
            });
        }
        if self.pause > 1000 {
            let _ = write!(text, ", {} s pause", self.pause / 1000);
        }
        text
    }

    pub fn new(via: Via, method: &str, url: String) -> Self {
        Self {
            via,
            url,
            method: method.to_owned(),
            headers: Vec::new(),
            body: None,
            credentials: "omit",
            mode: "cors",
            redirect: "follow",
            referrer_policy: "",
            crossorigin: None,
            pause: 0,
            keepalive: false,
            frame: None,
        }
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn body(mut self, body: &str) -> Self {
        self.body = Some(body.to_owned());
        self
    }

    pub fn include(mut self) -> Self {
        self.credentials = "include";
        self
    }

    pub fn pause(mut self, milliseconds: u64) -> Self {
        self.pause = milliseconds;
        self
    }

    pub fn no_cors(mut self) -> Self {
        self.mode = "no-cors";
        self
    }
}

/// The policy and the service of a URL, and where they are if not at another site; ports and cases differ from run to run.
fn place(url: &str) -> String {
    let (url, target) = url.split_once("?to=").map_or((url, None), |(url, target)| (url, Some(target)));
    let (scheme, rest) = url.split_once("://").unwrap_or_default();
    let (authority, path) = rest.split_once('/').unwrap_or_default();
    let path = path.rsplit_once('/').map_or(path, |(path, _)| path);
    let is_own = ["local/", "home/"].iter().any(|own| path.starts_with(own));
    let at = match (["https", "wss"].contains(&scheme), authority.starts_with("localhost")) {
        (true, _) => " over TLS",
        (false, true) if is_own => " at the own origin",
        (false, true) => " at the same site",
        (false, false) => "",
    };
    match target {
        Some(target) => format!("{path}{at} to {}", place(target)),
        None => format!("{path}{at}"),
    }
}

/// For a frame that is sandboxed, and has the page's own script.
pub const SANDBOX: &str = "sandbox";
/// For one whose document is a `data:` URL.
pub const DATA: &str = "data";

/// Collects cases; gives each an id, which is the last segment of its path.
pub struct Table {
    /// Expectations by hand differ between engines.
    pub engine: Engine,
    pub origins: Origins,
    pub cases: Vec<Case>,
    pub group: &'static str,
}

impl Table {
    pub fn id(&self) -> String {
        format!("case{:03}", self.cases.len())
    }

    pub fn url(&self, origin: &str, policy_and_service: &str) -> String {
        format!("{origin}/{policy_and_service}/{}", self.id())
    }

    pub fn push(&mut self, sandboxed: bool, steps: Vec<Step>) {
        self.cases.push(Case { id: self.id(), group: self.group, sandboxed, steps, by_hand: None });
    }

    /// A case that is expected by hand.
    pub fn push_by_hand(&mut self, steps: Vec<Step>, by_hand: ByHand) {
        self.push(false, steps);
        if let Some(case) = self.cases.last_mut() {
            case.by_hand = Some(by_hand);
        }
    }

    /// One fetch to another site.
    pub fn fetch(&mut self, method: &str, path: &str, change: impl FnOnce(Step) -> Step) {
        let step = change(Step::new(Via::Fetch, method, self.url(&self.origins.cross_site, path)));
        self.push(false, vec![step]);
    }
}
