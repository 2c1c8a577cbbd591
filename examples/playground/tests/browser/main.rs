//! The page in a real browser: a person picks and types, sends, and sees; others try what is theirs not to do.
//!
//! Pictures are kept in the directory that `PLAYGROUND_PICTURES` names, or in a directory of the system for temporary files.

mod devtools;

use std::fs;
use std::io::{Write as _, stderr};
use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::response::Html;
use devtools::{Chromium, Tab};
use playground::Playground;
use playground::listen::Wanted;
use playground::places::Places;
use playground::runs::Runs;
use serde_json::{Value, json};
use tokio::net::TcpListener;

struct Stage {
    tab: Tab,
    places: Places,
    runs: Arc<Runs>,
    // Dropped last: the browser ends after everything else.
    _browser: Chromium,
}

/// `None` where there is no browser, which is said; with `CI=true` it is a failure.
async fn stage() -> Option<Stage> {
    let Some(program) = devtools::find() else {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "Chromium is missing: apt-get install chromium");
        // Written past the test harness, which keeps what passing tests print to itself.
        let _ = writeln!(stderr(), "SKIPPED: the page was not tried in a browser; to do so: apt-get install chromium");
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
    async fn open(&mut self) {
        self.tab.go(&format!("{}/", self.places.page_origin())).await;
        self.tab.wait("document.documentElement.dataset.ready === 'yes'").await;
    }

    /// Clicks what has this text, as a mouse does.
    async fn click(&mut self, selector: &str, text: &str) {
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

    async fn key(&mut self, key: &str, code: u32, modifiers: u32) {
        let text = if key == "Enter" { "\r" } else { "" };
        for kind in ["keyDown", "keyUp"] {
            let event = json!({
                "type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code, "modifiers": modifiers, "text": text,
            });
            self.tab.call("Input.dispatchKeyEvent", event).await;
        }
    }

    /// Types into an emptied field, as a keyboard does.
    async fn type_into(&mut self, id: &str, text: &str) {
        self.tab
            .run(&format!(
                "(() => {{ const field = document.getElementById('{id}'); field.focus(); field.select(); }})()"
            ))
            .await;
        self.tab.call("Input.insertText", json!({ "text": text })).await;
    }

    async fn findings(&mut self, status: &str) -> String {
        let is_there = format!("document.getElementById('findings-status').textContent.startsWith({})", json!(status));
        self.tab.wait(&is_there).await;
        self.text("findings").await
    }

    async fn text(&mut self, id: &str) -> String {
        self.tab.run(&format!("document.getElementById('{id}').innerText")).await.as_str().unwrap().to_owned()
    }

    /// Sends, and waits for the verdict: `good` or `bad`.
    async fn send(&mut self) -> String {
        let before = self.runs.len();
        self.click("#send", "Send request").await;
        self.verdict(before).await
    }

    async fn verdict(&mut self, before: usize) -> String {
        let kind = "document.getElementById('banner').className.replace('banner ', '')";
        let arrived =
            format!("['good', 'bad'].includes({kind}) && document.querySelectorAll('.card').length === 3 && {kind}");
        while self.runs.len() == before {
            self.tab.run("new Promise((resolve) => setTimeout(resolve, 20))").await;
        }
        self.tab.wait(&arrived).await.as_str().unwrap().to_owned()
    }

    async fn assert_fits(&mut self, what: &str) {
        let wide = "[...document.querySelectorAll('body *')]
            .filter((one) => one.getBoundingClientRect().right > innerWidth + 0.5 && !one.closest('.skip, .unseen, pre, select'))
            .map((one) => one.outerHTML.slice(0, 120))";
        let widths = self.tab.run("[document.documentElement.scrollWidth, innerWidth]").await;
        let culprits = self.tab.run(wide).await;
        assert!(widths[0].as_u64() <= widths[1].as_u64(), "{what}: {widths} {culprits}");
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
        self.assert_fits(&format!("{name}, {width} pixels")).await;
        let directory = std::env::var_os("PLAYGROUND_PICTURES")
            .map_or_else(|| std::env::temp_dir().join("tower-cors-playground"), PathBuf::from);
        fs::create_dir_all(&directory).unwrap();
        fs::write(directory.join(format!("{name}-{scheme}-{width}.png")), self.tab.screenshot().await).unwrap();
    }

    async fn show_everywhere(&mut self, name: &str) {
        for (width, scheme) in [(360, "light"), (360, "dark"), (1280, "dark"), (1280, "light")] {
            self.show(name, width, scheme).await;
        }
    }
}

/// Nothing of the page's own was kept back by its own rules, and no script failed.
fn assert_no_complaints(tab: &mut Tab) {
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

#[tokio::test(flavor = "multi_thread")]
async fn a_person_tries_policies() {
    let Some(mut stage) = stage().await else { return };
    let page = stage.places.page_origin();
    stage.open().await;
    stage.findings("It builds: no problems").await;
    stage.show_everywhere("begin").await;

    // The preset that is there at first, with a cookie: allowed, and browser, model and policy agree.
    assert_eq!(stage.send().await, "good");
    let verdicts = stage.text("verdicts").await;
    assert!(
        verdicts.contains("fetch() gave a response: 200") && verdicts.contains("\"user\": \"alice\""),
        "{verdicts}"
    );
    assert!(verdicts.contains("agrees"), "{verdicts}");
    assert!(!verdicts.contains("Hidden from the script"), "{verdicts}");
    let wire = stage.text("wire").await;
    assert!(wire.contains("Preflight") && wire.contains("answered by the policy"), "{wire}");
    assert!(wire.contains("access-control-request-method: PUT"), "{wire}");
    assert!(wire.contains(&format!("access-control-allow-origin: {page}")), "{wire}");
    stage.show_everywhere("allowed").await;

    assert_eq!(stage.tab.run("document.getElementById('stale').hidden").await, json!(true));
    stage.click("#request-presets button", "Read").await;
    assert_eq!(stage.tab.run("document.getElementById('stale').hidden").await, json!(false));

    // Nearly listed: refused, with the near miss and the line to change, which helps.
    stage.click("#policy-presets button", "Nearly listed").await;
    stage.findings("It builds").await;
    assert_eq!(stage.send().await, "bad");
    let verdicts = stage.text("verdicts").await;
    assert!(verdicts.contains("TypeError: Failed to fetch") && verdicts.contains("agrees"), "{verdicts}");
    assert!(verdicts.contains("loopback-differs") && verdicts.contains("near miss"), "{verdicts}");
    let loopback = page.replace("localhost", "127.0.0.1");
    let change = stage.text("change").await;
    assert!(change.contains(&format!("- origins = [\"{loopback}\"]")), "{change}");
    assert!(change.contains(&format!("+ origins = [\"{loopback}\", \"{page}\"]")), "{change}");
    stage.show_everywhere("refused").await;
    let before = stage.runs.len();
    stage.click("#apply", "Change it and send again").await;
    assert_eq!(stage.verdict(before).await, "good");

    // Each of the other policies, with the request that belongs to it.
    for (preset, verdict, says) in [
        ("Public API", "good", "allowed"),
        ("Preview deployments", "good", "pr-7.preview.localhost"),
        ("gRPC-Web", "good", "grpc-status"),
        ("null", "good", "Readable: status 200"),
        ("Legal and void", "good", "patch"),
    ] {
        stage.click("#policy-presets button", preset).await;
        stage.findings("It builds").await;
        assert_eq!(stage.send().await, verdict, "{preset}");
        let all = format!("{}{}", stage.text("verdicts").await, stage.text("result").await);
        assert!(all.contains(says) && all.contains("agrees"), "{preset}: {all}");
    }
    assert!(stage.findings("It builds, with").await.contains("patch-not-upper-case"));
    for (request, verdict) in
        [("Redirect", "good"), ("Error 500", "good"), ("Fault of the script", "bad"), ("From a sandbox", "bad")]
    {
        stage.click("#policy-presets button", "One front end, with cookies").await;
        stage.findings("It builds: no problems").await;
        stage.click("#request-presets button", request).await;
        assert_eq!(stage.send().await, verdict, "{request}");
        let verdicts = stage.text("verdicts").await;
        assert!(verdicts.contains("agrees"), "{request}: {verdicts}");
    }
    assert_no_complaints(&mut stage.tab);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_types_a_policy() {
    let Some(mut stage) = stage().await else { return };
    let page = stage.places.page_origin();
    stage.open().await;

    // A problem is told at once, and nothing is sent.
    stage.type_into("f-origins", &format!("{page}/")).await;
    let findings = stage.findings("1 problem").await;
    assert!(
        findings.contains("origin-has-trailing-slash") && findings.contains(&format!("write \"{page}\"")),
        "{findings}"
    );
    stage.click("#send", "Send request").await;
    stage.key("Enter", 13, 2).await;
    assert_eq!(stage.text("send-hint").await, "No server runs with a policy that does not build.");
    assert_eq!(stage.runs.len(), 0);
    assert_eq!(stage.tab.run("document.getElementById('f-origins').getAttribute('aria-invalid')").await, "true");
    // The suggestion is one click away.
    stage.click("#findings button", &format!("Write {page}")).await;
    stage.findings("It builds: no problems").await;

    // The other views hold the same policy, and are written in as well.
    stage.click(".segments span", "TOML").await;
    let toml = stage.tab.run("document.getElementById('toml-text').value").await;
    assert!(toml.as_str().unwrap().starts_with(&format!("origins = [\"{page}\"]\n")), "{toml}");
    stage.type_into("toml-text", "origins = [").await;
    assert!(stage.findings("This is no TOML").await.contains("line 1"));
    stage.show_everywhere("syntax").await;
    stage.type_into("toml-text", "origins = [\"https://*.github.io\"]\ncredentials = true\norgins = []\n").await;
    let findings = stage.findings("2 problems").await;
    assert!(findings.contains("origin-open-to-strangers") && findings.contains("unknown-key"), "{findings}");
    stage.click(".segments span", "Fields").await;
    assert_eq!(stage.tab.run("document.getElementById('f-origins').value").await, "https://*.github.io");
    assert_eq!(stage.tab.run("document.querySelector('[data-key=credentials]').checked").await, json!(true));
    stage.click("#policy-presets button", "Broken: pasted").await;
    stage.findings("6 problems").await;
    stage.show_everywhere("problems").await;

    // By keyboard alone: from the field to the verdict.
    stage.click("#policy-presets button", "One front end, with cookies").await;
    stage.findings("It builds: no problems").await;
    stage.click("#request-presets button", "Read").await;
    stage.type_into("r-headers", "x-api-version: 2").await;
    stage.key("Enter", 13, 2).await;
    assert_eq!(stage.verdict(0).await, "bad");
    assert!(stage.text("verdicts").await.contains("header-not-allowed"));
    assert!(stage.text("change").await.contains("+ headers = [\"content-type\", \"x-api-version\"]"));
    // The service runs a simple request although the page may not read the answer.
    stage.type_into("f-origins", "https://app.example.com").await;
    stage.findings("It builds").await;
    stage.click("#request-presets button", "Read").await;
    assert_eq!(stage.send().await, "bad");
    assert!(stage.text("banner").await.contains("the service did run it"));
    assert_no_complaints(&mut stage.tab);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_wrote_is_text() {
    let Some(mut stage) = stage().await else { return };
    let page = stage.places.page_origin();
    let hostile = "<img src=x onerror=\"window.broken=1\"><script>window.broken=1</script>";
    stage.open().await;
    let count = "[document.querySelectorAll('img').length, document.scripts.length, document.querySelectorAll('iframe').length]";
    let before = stage.tab.run(count).await;

    stage.type_into("f-origins", hostile).await;
    let findings = stage.findings("1 problem").await;
    assert!(findings.contains("<img src=x onerror="), "{findings}");
    stage.click(".segments span", "JSON").await;
    stage
        .type_into("json-text", &json!({ hostile: hostile, "origins": [page], "methods": [hostile] }).to_string())
        .await;
    let findings = stage.findings("2 problems").await;
    assert!(findings.contains("unknown-key") && findings.contains("<img src=x"), "{findings}");
    stage.type_into("json-text", hostile).await;
    stage.findings("This is no JSON").await;

    // In a request, its echo and the log of it.
    stage.type_into("json-text", &json!({ "origins": [page], "headers": ["x-a"] }).to_string()).await;
    stage.findings("It builds").await;
    stage.click("#request-presets button", "Read").await;
    stage.type_into("r-method", "POST").await;
    stage.type_into("r-headers", &format!("x-a: {hostile}")).await;
    stage.type_into("r-body", hostile).await;
    assert_eq!(stage.send().await, "good");
    let (verdicts, wire) = (stage.text("verdicts").await, stage.text("wire").await);
    assert!(verdicts.contains("<img src=x onerror=") && wire.contains("<img src=x onerror="), "{verdicts}{wire}");

    assert_eq!(stage.tab.run(count).await, before);
    assert_eq!(stage.tab.run("typeof window.broken").await, "undefined");
    // Even a page that wanted to could not: markup from text is forbidden.
    let forbidden = "(() => { try { document.body.insertAdjacentHTML('beforeend', '<b>'); return 'made' } catch (e) { return e.name } })()";
    assert_eq!(stage.tab.run(forbidden).await, "TypeError");
}

/// A policy and a request, as the page sends them, from wherever the tab is; the status that came back, if it could be read.
async fn attempt(tab: &mut Tab, url: &str, init: &str) -> Value {
    let body = json!({
        "policy": { "format": "json", "text": "{\"origins\":[\"*\"]}" },
        "ask": { "sender": "page", "engine": "chromium", "method": "GET", "path": "items", "headers": [],
                 "credentials": "omit", "body": "" },
    });
    let body = json!(body.to_string());
    tab.take_events("Network.responseReceived");
    tab.run(&format!(
        "fetch('{url}', {{ method: 'POST', body: {body}, {init} }}).then((r) => r.type === 'opaque' ? 'opaque' : r.status, (e) => e.name)"
    ))
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_has_a_say() {
    let Some(mut stage) = stage().await else { return };
    let elsewhere = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let other = format!("http://localhost:{}/", elsewhere.local_addr().unwrap().port());
    let blank = Router::new().fallback(async || Html("<!doctype html><title>elsewhere</title>"));
    tokio::spawn(async { axum::serve(elsewhere, blank).await });
    let run = format!("{}/api/run", stage.places.page_origin());
    let json_type = "headers: { 'content-type': 'application/json' }";

    // The same request passes from the page itself: what follows fails for no other reason.
    stage.open().await;
    assert_eq!(attempt(&mut stage.tab, &run, json_type).await, 200);
    assert_eq!(stage.runs.len(), 1);

    // From a second origin, asked and unasked.
    stage.tab.go(&other).await;
    assert_eq!(attempt(&mut stage.tab, &run, json_type).await, "TypeError");
    for unasked in ["mode: 'no-cors'", "mode: 'no-cors', headers: { 'content-type': 'application/json' }"] {
        assert_eq!(attempt(&mut stage.tab, &run, unasked).await, "opaque");
        assert_eq!(stage.tab.status_of(&run).await, 403);
    }
    let framed = format!(
        "new Promise((resolve) => {{
            const frame = document.createElement('iframe');
            frame.src = '{}/frame';
            frame.onload = () => {{
                const channel = new MessageChannel();
                channel.port1.onmessage = () => resolve('obeyed');
                frame.contentWindow.postMessage({{ url: '{run}', ask: {{ headers: [], method: 'GET', body: '' }} }}, '*', [channel.port2]);
                setTimeout(() => resolve('silent'), 500);
            }};
            document.body.append(frame);
        }})",
        stage.places.page_origin()
    );
    assert_eq!(stage.tab.run(&framed).await, "silent");
    assert_eq!(stage.runs.len(), 1);

    // Under another name that leads to this machine: to the browser it is one origin, to the server it is not.
    let rebound = format!("http://evil.test:{}/", stage.places.page);
    stage.tab.go(&rebound).await;
    assert_eq!(attempt(&mut stage.tab, "/api/run", json_type).await, 403);
    assert_eq!(stage.tab.run("fetch('/presets.json').then((r) => r.status, (e) => e.name)").await, 403);
    stage.tab.go(&format!("http://evil.test:{}/run/0/items", stage.places.api)).await;
    assert_eq!(attempt(&mut stage.tab, &run, json_type).await, "TypeError");
    assert_eq!(stage.runs.len(), 1);
}
