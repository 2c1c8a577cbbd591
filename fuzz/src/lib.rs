//! What the targets share.

use tower_cors::PolicyError;

/// Texts go to terminals and logs: nothing that came from outside may act there.
pub fn is_tame(text: &str) -> bool {
    text.chars().all(|char| char == '\n' || !char.is_control())
}

/// What must hold of any error, whatever the rules were.
pub fn check(error: &PolicyError) {
    let text = error.to_string();
    assert!(is_tame(&text), "{text:?}");
    assert!(error.problems().len() > 0);
    for problem in error.problems() {
        assert!(is_tame(&problem.to_string()), "{problem:?}");
        assert!(text.len() < 1 << 20, "{} bytes", text.len());
    }
}
