//! Chromium without a window, driven over its DevTools protocol.

use std::fs;
use std::io;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine as _;
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

/// The machine may be busy.
const PATIENCE: Duration = Duration::from_secs(60);

pub fn find() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let names = ["chromium", "google-chrome"];
    std::env::split_paths(&path)
        .flat_map(|directory| names.map(|name| directory.join(name)))
        .find(|program| program.is_file())
}

/// A browser, ended with all its processes when this is dropped.
pub struct Chromium {
    child: Child,
    home: TempDir,
}

impl Chromium {
    pub fn start(program: &PathBuf) -> io::Result<Self> {
        let home = tempfile::Builder::new().prefix("playground-").tempdir()?;
        let child = Command::new(program)
            .args([
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--disable-dev-shm-usage",
                "--hide-scrollbars",
                "--remote-debugging-port=0",
                "--host-resolver-rules=MAP evil.test 127.0.0.1",
            ])
            .arg(format!("--user-data-dir={}", home.path().display()))
            .arg("about:blank")
            .env("HOME", home.path())
            .env_remove("DBUS_SESSION_BUS_ADDRESS")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()?;
        Ok(Self { child, home })
    }

    /// Opens a tab.
    pub async fn tab(&mut self) -> Tab {
        let started = Instant::now();
        let address = loop {
            assert!(matches!(self.child.try_wait(), Ok(None)), "Chromium has ended by itself");
            assert!(started.elapsed() < PATIENCE, "Chromium did not say where it listens");
            // Two lines: the port, and the path.
            if let Ok(text) = fs::read_to_string(self.home.path().join("DevToolsActivePort"))
                && let Some((port, path)) = text.trim().split_once('\n')
            {
                break format!("ws://127.0.0.1:{port}{path}");
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        };
        let (socket, _) = tokio_tungstenite::connect_async(address).await.unwrap();
        let mut tab = Tab { socket, session: None, newest: 0, events: Vec::new() };
        let target = tab.call("Target.createTarget", json!({ "url": "about:blank" })).await;
        let target = json!({ "targetId": target["targetId"], "flatten": true });
        tab.session = Some(tab.call("Target.attachToTarget", target).await["sessionId"].clone());
        for domain in ["Page", "Runtime", "Log", "Network"] {
            tab.call(&format!("{domain}.enable"), json!({})).await;
        }
        tab
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        // The group is the browser's own: its leader was started with a group of its id.
        let group = format!("-{}", self.child.id());
        for signal in ["-TERM", "-KILL"] {
            let _ = Command::new("kill").args([signal, "--", &group]).stderr(Stdio::null()).status();
            std::thread::sleep(Duration::from_millis(200));
        }
        let _ = self.child.wait();
    }
}

pub struct Tab {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    session: Option<Value>,
    newest: u64,
    events: Vec<Value>,
}

impl Tab {
    pub async fn call(&mut self, method: &str, parameters: Value) -> Value {
        self.newest += 1;
        let id = self.newest;
        let mut message = json!({ "id": id, "method": method, "params": parameters });
        if let Some(session) = &self.session {
            message["sessionId"] = session.clone();
        }
        self.socket.send(Message::text(message.to_string())).await.unwrap();
        loop {
            let message = tokio::time::timeout(PATIENCE, self.socket.next()).await;
            let message = message.unwrap_or_else(|_| panic!("no answer to {method} {parameters:.300}"));
            let Message::Text(text) = message.unwrap().unwrap() else { continue };
            let message: Value = serde_json::from_str(&text).unwrap();
            if message["id"] == json!(id) {
                assert!(message["error"].is_null(), "{method}: {}", message["error"]);
                return message["result"].clone();
            }
            if message["method"].is_string() {
                self.events.push(message);
            }
        }
    }

    /// Runs a script, as if it came from a click, and waits for its promise.
    pub async fn run(&mut self, script: &str) -> Value {
        let parameters =
            json!({ "expression": script, "awaitPromise": true, "returnByValue": true, "userGesture": true });
        let result = self.call("Runtime.evaluate", parameters).await;
        assert!(result["exceptionDetails"].is_null(), "{script}: {}", result["exceptionDetails"]);
        result["result"]["value"].clone()
    }

    /// Waits until a script gives something true.
    pub async fn wait(&mut self, script: &str) -> Value {
        let started = Instant::now();
        loop {
            let value = self.run(script).await;
            if value != json!(false) && !value.is_null() && value != json!("") {
                return value;
            }
            if started.elapsed() > PATIENCE {
                let page = self.run("document.body.innerText").await;
                panic!("never true: {script}\n{}", page.as_str().unwrap_or_default());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    pub async fn go(&mut self, url: &str) {
        let result = self.call("Page.navigate", json!({ "url": url })).await;
        assert!(result["errorText"].is_null(), "{url}: {result}");
        let url = serde_json::to_string(url).unwrap();
        self.wait(&format!("location.href.startsWith({url}) && document.readyState === 'complete'")).await;
    }

    /// Every message of this kind so far, and only once.
    pub fn take_events(&mut self, method: &str) -> Vec<Value> {
        let (taken, left) = std::mem::take(&mut self.events).into_iter().partition(|event| event["method"] == method);
        self.events = left;
        taken
    }

    /// The status of the newest answer from there, which a script may not be able to read.
    pub async fn status_of(&mut self, url: &str) -> Value {
        let started = Instant::now();
        loop {
            let answers = self.take_events("Network.responseReceived");
            let mut answers = answers.iter().map(|event| &event["params"]["response"]);
            if let Some(answer) = answers.rfind(|answer| answer["url"] == url) {
                return answer["status"].clone();
            }
            assert!(started.elapsed() < PATIENCE, "no answer from {url}");
            self.run("new Promise((resolve) => setTimeout(resolve, 20))").await;
        }
    }

    /// A picture of the whole page.
    pub async fn screenshot(&mut self) -> Vec<u8> {
        let parameters = json!({ "format": "png", "captureBeyondViewport": true });
        let picture = self.call("Page.captureScreenshot", parameters).await;
        base64::engine::general_purpose::STANDARD.decode(picture["data"].as_str().unwrap()).unwrap()
    }
}
