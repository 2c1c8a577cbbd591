//! Schemes of applications that are probably a slip of the finger: `htps://app.example.com` is a valid origin, and no page
//! has it.

use super::pattern::OriginPattern;
use super::shape::{HostShape, Shape, is_loopback};
use crate::edits;

impl OriginPattern {
    /// `https` or `http` where the scheme is another one, but nearly that.
    ///
    /// The weaker one only for this machine.
    pub(crate) fn scheme_that_was_meant(&self) -> Option<&'static str> {
        let Shape::Origins { scheme, host, .. } = self.shape() else { return None };
        if ["http", "https"].contains(&scheme) {
            return None;
        }
        // Two edits away are words such as `help` and `step` too.
        let most = if scheme.bytes().all(|letter| b"htps".contains(&letter)) { 2 } else { 1 };
        let local = matches!(host, HostShape::Exact(host) if is_loopback(host));
        match ["http", "https"].map(|meant| edits::between(scheme, meant, most)) {
            [None, None] => None,
            [Some(http), https] if local && https.is_none_or(|https| http <= https) => Some("http"),
            _ => Some("https"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_nearly_a_scheme_of_the_web_is_taken_for_it() {
        let meant = |text: &str| text.parse::<OriginPattern>().unwrap().scheme_that_was_meant();
        for scheme in
            ["htps", "htttp", "htttps", "hhttps", "ttps", "htpps", "httpss", "shttp", "https.", "hptts", "htp"]
        {
            assert_eq!(meant(&format!("{scheme}://app.example.com")), Some("https"), "{scheme}");
        }
        for (text, scheme) in
            [("htp://localhost:3000", "http"), ("htps://localhost", "https"), ("htp://10.0.0.1", "https")]
        {
            assert_eq!(meant(text), Some(scheme), "{text}");
        }
        for scheme in [
            "http",
            "https",
            "app",
            "capacitor",
            "chrome-extension",
            "electron",
            "help",
            "hop",
            "hot",
            "ionic",
            "ms-appx-web",
            "moz-extension",
            "safari-web-extension",
            "step",
            "tauri",
            "vscode-file",
            "vscode-webview",
            "wails",
        ] {
            assert_eq!(meant(&format!("{scheme}://localhost")), None, "{scheme}");
        }
    }
}
