//! A person picks and types, sends, and sees.

use serde_json::json;

use crate::stage::{Key, assert_no_complaints, stage};

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
    assert_eq!(stage.cards().await, ["good", "good", "good"]);
    let wire = stage.text("wire").await;
    assert!(wire.contains("Preflight") && wire.contains("answered by the policy"), "{wire}");
    assert!(wire.contains("access-control-request-method: PUT"), "{wire}");
    assert!(wire.contains(&format!("access-control-allow-origin: {page}")), "{wire}");
    stage.show_everywhere("allowed").await;

    // The browser keeps the permission, and for how long is told; another try is another URL.
    assert!(wire.contains("keeps this permission for 7200 s"), "{wire}");
    stage.click("#send-again", "Send it again to the same URL").await;
    stage.tab.wait("document.getElementById('banner').innerText.includes('has kept the permission')").await;
    let wire = stage.text("wire").await;
    assert!(wire.contains("Request") && !wire.contains("Preflight"), "{wire}");
    assert!(stage.is_at("#result", "").await);
    assert_eq!(stage.send().await, "good");
    assert!(stage.text("wire").await.contains("Preflight"));

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
    assert_eq!(stage.cards().await, ["bad", "bad", "bad"]);
    let loopback = page.replace("localhost", "127.0.0.1");
    let change = stage.text("change").await;
    assert!(change.contains(&format!("- origins = [\"{loopback}\"]")), "{change}");
    assert!(change.contains(&format!("+ origins = [\"{loopback}\", \"{page}\"]")), "{change}");
    stage.show_everywhere("refused").await;
    // What was to be changed is no longer there.
    let proposed = "document.getElementById('apply') !== null";
    assert_eq!(stage.tab.run(proposed).await, json!(true));
    stage.click("#request-presets button", "Read").await;
    assert_eq!(stage.tab.run(proposed).await, json!(false));
    stage.click("#policy-presets button", "Nearly listed").await;
    stage.findings("It builds").await;
    assert_eq!(stage.send().await, "bad");
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
        assert_eq!(stage.cards().await, [verdict; 3], "{request}");
        let verdicts = stage.text("verdicts").await;
        assert!(verdicts.contains("agrees"), "{request}: {verdicts}");
    }
    // What the policy says has its own colour, whatever the browser made of it.
    for (allowed, class) in [(true, "card good"), (false, "card bad")] {
        let why = json!({ "explanation": { "allowed": allowed, "code": "a", "text": "b", "near_miss": null } });
        let card = stage.tab.run(&format!("policyCard({why}).className")).await;
        assert_eq!(card, class);
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
    stage.press(Key::ControlEnter).await;
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

    // A key that is none has no field: it can be written as another, or removed.
    stage.type_into("f-headers", "content-type").await;
    stage.tab.wait("!document.getElementById('findings').innerText.includes('Write headers')").await;
    stage.click("#findings button", "Remove allowed_headers").await;
    let findings = stage.findings("5 problems").await;
    assert!(!findings.contains("allowed_headers"), "{findings}");
    let described =
        "(id) => (document.getElementById(id).getAttribute('aria-describedby') ?? '').split(' ').filter(Boolean)
        .map((of) => document.getElementById(of).innerText).join(' ')";
    for (id, says) in
        [("f-origins", "has no scheme"), ("f-origins", "One on each line"), ("f-age", "whole number of seconds")]
    {
        let text = stage.tab.run(&format!("({described})('{id}')")).await;
        assert!(text.as_str().unwrap().contains(says), "{id}: {text}");
    }

    // What the server does not take is not said to build.
    stage.click(".segments span", "TOML").await;
    stage.tab.run("document.getElementById('toml-text').value = ''").await;
    stage.type_into("toml-text", &format!("# {}", "a".repeat(33 * 1024))).await;
    stage.findings("Not checked").await;
    assert_eq!(stage.text("alarm").await, "the body is longer than 32 KiB");
    stage.click(".segments span", "Fields").await;

    // A header that is there twice is not lost in the script.
    stage.click("#policy-presets button", "Public API").await;
    stage.findings("It builds: no problems").await;
    assert_eq!(stage.text("alarm").await, "");
    stage.type_into("r-headers", "x-a: 1\nX-A: 2").await;
    let call = stage.text("call").await;
    assert!(call.contains(r#"["x-a", "1"]"#) && call.contains(r#"["X-A", "2"]"#), "{call}");
    // What the browser itself refuses is no answer that nobody may read.
    stage.type_into("r-method", "TRACE").await;
    assert_eq!(stage.send().await, "bad");
    assert!(stage.text("banner").await.contains("nothing was sent"));

    // From the field to the verdict without a mouse.
    stage.click("#policy-presets button", "One front end, with cookies").await;
    stage.findings("It builds: no problems").await;
    stage.click("#request-presets button", "Read").await;
    stage.type_into("r-headers", "x-api-version: 2").await;
    let before = stage.runs.len();
    stage.press(Key::ControlEnter).await;
    assert_eq!(stage.verdict(before).await, "bad");
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
