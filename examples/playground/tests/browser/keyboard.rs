//! A person without a mouse.

use serde_json::json;

use crate::stage::{Key, assert_no_complaints, stage};

/// Everything that is needed for a verdict, from the top of the page on, in the order in which it stands there.
const WAY: [&str; 12] = [
    "policy-presets",
    "f-origins",
    "f-methods",
    "f-headers",
    "request-presets",
    "r-method",
    "r-path",
    "r-sender",
    "r-headers",
    "r-credentials",
    "r-body",
    "send",
];

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_reached_and_used_by_keyboard() {
    let Some(mut stage) = stage().await else { return };
    let page = stage.places.page_origin();
    stage.open().await;
    stage.press(Key::Tab).await;
    assert!(stage.is_at(".skip", "Skip to the verdict").await);
    let way = stage.tab_to("#send", "").await;
    assert!(way.contains(&"view".to_owned()) || way.contains(&"segments".to_owned()), "{way:?}");
    let places = WAY.iter().map(|name| way.iter().position(|passed| passed == name));
    assert!(places.clone().all(|place| place.is_some()) && places.is_sorted(), "{way:?}");

    // A preset, the verdict, and the change that is proposed.
    stage.open().await;
    stage.tab_to("#policy-presets button", "Nearly listed").await;
    stage.press(Key::Enter).await;
    stage.findings("It builds").await;
    assert!(stage.is_at("#policy-presets button", "Nearly listed").await);
    stage.tab_to("#send", "").await;
    stage.press(Key::Enter).await;
    assert_eq!(stage.verdict(0).await, "bad");
    assert!(stage.is_at("#send", "").await);
    stage.tab_to("#apply", "Change it and send again").await;
    stage.press(Key::Enter).await;
    assert_eq!(stage.verdict(1).await, "good");
    assert!(stage.is_at("#result", "").await);

    // A field, its problem, and the suggestion: what is focused then says what came of it.
    stage.open().await;
    stage.tab_to("#f-origins", "").await;
    stage.press(Key::SelectAll).await;
    stage.tab.call("Input.insertText", json!({ "text": format!("{page}/\nhttps://app.example.com/") })).await;
    for (problems, origin) in [("2 problems", page.as_str()), ("1 problem", "https://app.example.com")] {
        stage.findings(problems).await;
        stage.tab_to("#findings button", &format!("Write {origin}")).await;
        stage.press(Key::Enter).await;
        stage.tab.wait("document.activeElement.id === 'findings-status'").await;
    }
    stage.findings("It builds").await;
    assert!(stage.is_at("#findings-status", "It builds").await);
    assert_no_complaints(&mut stage.tab);
}
