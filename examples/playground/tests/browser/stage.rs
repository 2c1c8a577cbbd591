//! The playground with a tab in a browser, and what a person does there.

use std::fs;
use std::io::{Write as _, stderr};
use std::path::PathBuf;
use std::sync::{Arc, Once};

use playground::Playground;
use playground::listen::Wanted;
use playground::places::Places;
use playground::runs::Runs;
use serde_json::json;

use crate::devtools::{self, Chromium, Tab};

/// More elements than the page has.
const MOST_TABS: usize = 120;

#[derive(Clone, Copy)]
pub enum Key {
    Tab,
    Enter,
    ControlEnter,
    SelectAll,
}

pub struct Stage {
    pub tab: Tab,
    pub places: Places,
    pub runs: Arc<Runs>,
    // Dropped last: the browser ends after everything else.
    _browser: Chromium,
}

/// `None` where there is no browser, which is said; with `CI=true` it is a failure.
pub async fn stage() -> Option<Stage> {
    let Some(program) = devtools::find() else {
        const HOW: &str = "Chromium is not installed: apt-get install -y --no-install-recommends chromium";
        static SAID: Once = Once::new();
        assert!(std::env::var("CI").as_deref() != Ok("true"), "{HOW}");
        // Written past the test harness, which keeps what passing tests print to itself.
        SAID.call_once(|| {
            let _ = writeln!(stderr(), "##########  NOT TESTED: the page, {HOW}  ##########");
        });
        return None;
    };
    let playground = Playground::bind(Wanted::Exactly(0), Wanted::Exactly(0)).await.unwrap();
    let (places, runs) = (playground.places, Arc::clone(&playground.runs));
    tokio::spawn(playground.serve());
    let mut browser = Chromium::start(&program).unwrap();
    let tab = browser.tab().await;
    Some(Stage { tab, places, runs, _browser: browser })
}

impl Stage {
    pub async fn open(&mut self) {
        self.tab.go(&format!("{}/", self.places.page_origin())).await;
        self.tab.wait("document.documentElement.dataset.ready === 'yes'").await;
    }

    /// Clicks what has this text, as a mouse does.
    pub async fn click(&mut self, selector: &str, text: &str) {
        let find = format!(
            "(() => {{
                const all = [...document.querySelectorAll({})];
                const one = all.find((element) => element.textContent.trim() === {});
                one.scrollIntoView({{ block: 'center' }});
                const box = one.getBoundingClientRect();
                return [box.x + box.width / 2, box.y + box.height / 2];
            }})()",
            json!(selector),
            json!(text)
        );
        let place = self.tab.run(&find).await;
        for kind in ["mousePressed", "mouseReleased"] {
            let event = json!({ "type": kind, "x": place[0], "y": place[1], "button": "left", "clickCount": 1 });
            self.tab.call("Input.dispatchMouseEvent", event).await;
        }
    }

    pub async fn press(&mut self, key: Key) {
        let (name, code, modifiers, text, commands): (_, _, _, _, &[&str]) = match key {
            Key::Tab => ("Tab", 9, 0, "", &[]),
            Key::Enter => ("Enter", 13, 0, "\r", &[]),
            Key::ControlEnter => ("Enter", 13, 2, "\r", &[]),
            // What a system makes of control and A.
            Key::SelectAll => ("a", 65, 2, "", &["selectAll"]),
        };
        for kind in ["keyDown", "keyUp"] {
            let event = json!({
                "type": kind, "key": name, "code": name, "windowsVirtualKeyCode": code, "modifiers": modifiers, "text": text,
                "commands": commands,
            });
            self.tab.call("Input.dispatchKeyEvent", event).await;
        }
    }

    /// Whether what has the focus is this, and has a text that begins so.
    pub async fn is_at(&mut self, selector: &str, text: &str) -> bool {
        let script = format!(
            "document.activeElement.matches({}) && document.activeElement.textContent.trim().startsWith({})",
            json!(selector),
            json!(text)
        );
        self.tab.run(&script).await == json!(true)
    }

    /// Goes on to it by the tabulator; what had the focus on the way, from the place where it began.
    pub async fn tab_to(&mut self, selector: &str, text: &str) -> Vec<String> {
        let mut way = Vec::new();
        for _ in 0..MOST_TABS {
            self.press(Key::Tab).await;
            let at =
                "document.activeElement.id || document.activeElement.parentElement.id || document.activeElement.name";
            way.push(self.tab.run(at).await.as_str().unwrap_or_default().to_owned());
            if self.is_at(selector, text).await {
                return way;
            }
        }
        panic!("no way by keyboard to {selector} {text:?}, only to {way:?}");
    }

    /// Types into an emptied field, as a keyboard does.
    pub async fn type_into(&mut self, id: &str, text: &str) {
        self.tab
            .run(&format!(
                "(() => {{ const field = document.getElementById('{id}'); field.focus(); field.select(); }})()"
            ))
            .await;
        self.tab.call("Input.insertText", json!({ "text": text })).await;
    }

    pub async fn findings(&mut self, status: &str) -> String {
        let is_there = format!("document.getElementById('findings-status').textContent.startsWith({})", json!(status));
        self.tab.wait(&is_there).await;
        self.text("findings").await
    }

    pub async fn text(&mut self, id: &str) -> String {
        self.tab.run(&format!("document.getElementById('{id}').innerText")).await.as_str().unwrap().to_owned()
    }

    /// The colours of browser, model and policy.
    pub async fn cards(&mut self) -> Vec<String> {
        let classes = "[...document.querySelectorAll('.card')].map((card) => card.className.replace('card ', ''))";
        serde_json::from_value(self.tab.run(classes).await).unwrap()
    }

    /// Sends, and waits for the verdict: `good` or `bad`.
    pub async fn send(&mut self) -> String {
        let before = self.runs.len();
        self.click("#send", "Send request").await;
        self.verdict(before).await
    }

    pub async fn verdict(&mut self, before: usize) -> String {
        let kind = "document.getElementById('banner').className.replace('banner ', '')";
        let arrived =
            format!("['good', 'bad'].includes({kind}) && document.querySelectorAll('.card').length === 3 && {kind}");
        while self.runs.len() == before {
            self.tab.run("new Promise((resolve) => setTimeout(resolve, 20))").await;
        }
        self.tab.wait(&arrived).await.as_str().unwrap().to_owned()
    }

    /// The width is that of the screen: the window of a phone grows with what is too wide for it.
    async fn assert_fits(&mut self, what: &str, width: u32) {
        let wide = format!(
            "[...document.querySelectorAll('body *')]
            .filter((one) => one.getBoundingClientRect().right > {width}.5 && !one.closest('.skip, .unseen, pre, select'))
            .map((one) => one.outerHTML.slice(0, 120))"
        );
        let needed = self.tab.run("document.documentElement.scrollWidth").await;
        let culprits = self.tab.run(&wide).await;
        assert!(needed.as_u64() <= Some(width.into()), "{what}: {needed} {culprits}");
        assert_eq!(culprits, json!([]), "{what}");
    }

    async fn show(&mut self, name: &str, width: u32, scheme: &str) {
        let features = json!({ "features": [
            { "name": "prefers-color-scheme", "value": scheme },
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ] });
        self.tab.call("Emulation.setEmulatedMedia", features).await;
        let size = json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600 });
        self.tab.call("Emulation.setDeviceMetricsOverride", size).await;
        let is_dark = self.tab.run("matchMedia('(prefers-color-scheme: dark)').matches").await;
        assert_eq!(is_dark, json!(scheme == "dark"));
        self.assert_fits(&format!("{name}, {width} pixels"), width).await;
        let directory = std::env::var_os("PLAYGROUND_PICTURES")
            .map_or_else(|| std::env::temp_dir().join("tower-cors-playground"), PathBuf::from);
        fs::create_dir_all(&directory).unwrap();
        fs::write(directory.join(format!("{name}-{scheme}-{width}.png")), self.tab.screenshot().await).unwrap();
    }

    pub async fn show_everywhere(&mut self, name: &str) {
        // The narrowest is what a window of 1280 pixels is at four times its size.
        for (width, scheme) in [(320, "light"), (360, "light"), (360, "dark"), (1280, "dark"), (1280, "light")] {
            self.show(name, width, scheme).await;
        }
    }
}

/// Nothing of the page's own was kept back by its own rules, and no script failed.
pub fn assert_no_complaints(tab: &mut Tab) {
    let complaints: Vec<String> = tab
        .take_events("Log.entryAdded")
        .into_iter()
        .filter(|event| event["params"]["entry"]["source"] != "network")
        .chain(tab.take_events("Runtime.exceptionThrown"))
        .map(|event| event["params"].to_string())
        // What a refused request leaves in the console is wanted.
        .filter(|text| !text.contains("blocked by CORS policy"))
        .collect();
    assert_eq!(complaints, [""; 0]);
}
