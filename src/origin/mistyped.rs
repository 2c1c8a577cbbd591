//! Schemes of applications that are probably a slip of the finger: `htps://app.example.com` is a valid origin, and no page
//! has it.

use super::pattern::OriginPattern;
use super::shape::{HostShape, Shape, is_loopback};

impl OriginPattern {
    /// `https` or `http` where the scheme is another one, but nearly that.
    ///
    /// The weaker one only for this machine.
    pub(crate) fn scheme_that_was_meant(&self) -> Option<&'static str> {
        let Shape::Origins { scheme, host, .. } = self.shape() else { return None };
        if ["http", "https"].contains(&scheme) {
            return None;
        }
        let [http, https] = ["http", "https"].map(|meant| edits(scheme, meant));
        // Two edits away are words such as `help` and `step` too.
        let most = if scheme.bytes().all(|letter| b"htps".contains(&letter)) { 2 } else { 1 };
        let local = matches!(host, HostShape::Exact(host) if is_loopback(host));
        match http.min(https) {
            nearest if nearest > most => None,
            _ if local && http <= https => Some("http"),
            _ => Some("https"),
        }
    }
}

/// How many letters have to be put in, left out or replaced to make one word of the other.
fn edits(from: &str, to: &str) -> usize {
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (made, letter) in from.bytes().enumerate() {
        let mut diagonal = made;
        let mut left = made + 1;
        let mut next = vec![left];
        for (above, wanted) in row.iter().skip(1).zip(to.bytes()) {
            left = (diagonal + usize::from(letter != wanted)).min(left + 1).min(above + 1);
            diagonal = *above;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_counted() {
        for (from, to, count) in [
            ("http", "http", 0),
            ("", "http", 4),
            ("htp", "http", 1),
            ("htttp", "http", 1),
            ("hxtp", "http", 1),
            ("htps", "https", 1),
            ("tps", "https", 2),
            ("hptts", "https", 2),
            ("capacitor", "https", 8),
        ] {
            assert_eq!(edits(from, to), count, "{from} {to}");
        }
    }

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
