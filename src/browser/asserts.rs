//! Assertions for tests: they panic with the whole story.
#![expect(
    clippy::panic,
    clippy::must_use_candidate,
    reason = "an assertion panics, and that may be all that is wanted"
)]

use super::headers::shown;
use super::outcome::{Allowed, Blocked, Outcome, ResponseType, Step, Verdict};
use std::fmt;

impl Outcome {
    /// Asserts that a script can read the response.
    ///
    /// # Panics
    ///
    /// If it cannot, with the reason, or if there is nothing to read: an answer in mode `no-cors`, a navigation.
    #[track_caller]
    pub fn assert_readable(&self) -> &Allowed {
        match &self.verdict {
            Verdict::Allowed(allowed) if allowed.is_readable() => allowed,
            _ => panic!("the page should have been able to read the response\n{self}"),
        }
    }

    /// Asserts that CORS blocks the request.
    ///
    /// # Panics
    ///
    /// If it was allowed, or if something else than CORS is the reason.
    #[track_caller]
    pub fn assert_blocked(&self) -> &Blocked {
        match &self.verdict {
            Verdict::Blocked(blocked) if blocked.is_cors() => blocked,
            _ => panic!("CORS should have blocked the request\n{self}"),
        }
    }

    /// Asserts that the request fails at this step, be it a CORS matter or not.
    ///
    /// # Panics
    ///
    /// If it was allowed, or failed elsewhere.
    #[track_caller]
    pub fn assert_blocked_at(&self, step: Step) -> &Blocked {
        match &self.verdict {
            Verdict::Blocked(blocked) if blocked.step() == step => blocked,
            _ => panic!("the request should have failed at {step:?}\n{self}"),
        }
    }

    /// Asserts that the answer is opaque, or none at all because this is a beacon: the request was sent, and the page can
    /// read nothing.
    ///
    /// # Panics
    ///
    /// If it is anything else.
    #[track_caller]
    pub fn assert_opaque(&self) -> &Allowed {
        match &self.verdict {
            Verdict::Allowed(allowed)
                if matches!(allowed.response_type(), ResponseType::Opaque | ResponseType::Beacon) =>
            {
                allowed
            }
            _ => panic!("the response should have been opaque\n{self}"),
        }
    }

    /// Asserts that at least one preflight was sent.
    ///
    /// # Panics
    ///
    /// If there was none.
    #[track_caller]
    pub fn assert_preflighted(&self) -> &Self {
        assert!(self.preflights().next().is_some(), "there should have been a preflight\n{self}");
        self
    }

    /// Asserts that no preflight was sent.
    ///
    /// # Panics
    ///
    /// If there was one.
    #[track_caller]
    pub fn assert_not_preflighted(&self) -> &Self {
        assert!(self.preflights().next().is_none(), "there should have been no preflight\n{self}");
        self
    }

    /// Asserts that nothing but preflights was sent.
    ///
    /// # Panics
    ///
    /// If an actual request did.
    #[track_caller]
    pub fn assert_not_executed(&self) -> &Self {
        assert!(self.actual_requests().next().is_none(), "the actual request should not have been sent\n{self}");
        self
    }
}

impl Allowed {
    /// Asserts the status that a script reads.
    ///
    /// # Panics
    ///
    /// If it is another.
    #[track_caller]
    pub fn assert_status(&self, status: u16) -> &Self {
        assert!(self.status() == status, "the status should have been {status}, but is {}", self.status());
        self
    }

    /// Asserts the body that a script reads.
    ///
    /// # Panics
    ///
    /// If it is another, or none.
    #[track_caller]
    pub fn assert_body(&self, body: impl AsRef<[u8]>) -> &Self {
        let (expected, found) = (shown(body.as_ref()), self.body().map(shown));
        assert!(self.body() == Some(body.as_ref()), "the body should have been `{expected}`, but is {found:?}");
        self
    }

    /// Asserts that a script can read a header with this value.
    ///
    /// # Panics
    ///
    /// If the header is missing, unreadable, or has another value.
    #[track_caller]
    pub fn assert_header(&self, name: &str, value: impl AsRef<[u8]>) -> &Self {
        let (expected, found) = (shown(value.as_ref()), self.headers().get(name));
        if found.as_deref() != Some(value.as_ref()) {
            let found = match found {
                Some(found) => format!("it is `{}`", shown(&found)),
                None if self.hidden_headers().contains(name) => {
                    "it came, but is not readable: name it in Access-Control-Expose-Headers".to_owned()
                }
                None => "it did not come".to_owned(),
            };
            panic!("`{name}: {expected}` should have been readable, but {found}");
        }
        self
    }

    /// Asserts that a script cannot read a header, whether it came or not.
    ///
    /// # Panics
    ///
    /// If it can.
    #[track_caller]
    pub fn assert_unreadable(&self, name: &str) -> &Self {
        assert!(!self.headers().contains(name), "`{name}` should not have been readable");
        self
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.verdict {
            Verdict::Blocked(blocked) => writeln!(f, "{blocked}")?,
            Verdict::Allowed(allowed) => {
                let what = match allowed.response_type() {
                    ResponseType::Basic => "is of the page's own origin, so CORS has no say",
                    ResponseType::Cors => "may be read by the page",
                    ResponseType::Opaque => {
                        "has an opaque answer: its mode is `no-cors`, so the page can read nothing, whatever the server sends"
                    }
                    ResponseType::OpaqueRedirect => "is redirected, and the page asked not to see where",
                    ResponseType::Navigation => "leaves the page for another document, so CORS has no say",
                    ResponseType::WebSocket => "is open, and CORS has no say in WebSockets",
                    ResponseType::Beacon => "was sent, and no script sees the answer to a beacon",
                    ResponseType::EventStream => "is open: the page may read its events, and nothing else",
                };
                writeln!(f, "{} {what}.", self.asked)?;
                if allowed.is_readable() && allowed.response_type() != ResponseType::EventStream {
                    let names = |headers: &super::HeaderList| {
                        headers.iter().map(|(name, _)| shown(name.as_bytes())).collect::<Vec<_>>().join(", ")
                    };
                    writeln!(f, "status {}; readable headers: {}", allowed.status(), names(allowed.headers()))?;
                    writeln!(f, "unreadable headers: {}", names(allowed.hidden_headers()))?;
                }
            }
        }
        for note in &self.notes {
            writeln!(f, "note: {note}")?;
        }
        for exchange in &self.exchanges {
            let request = exchange.request();
            let (method, url) = (shown(request.method().as_bytes()), shown(request.url().as_bytes()));
            writeln!(f, "> {method} {url} {:?}", request.headers())?;
            match exchange.response() {
                Some(response) => writeln!(f, "< {} {:?}", response.status(), response.headers())?,
                None => writeln!(f, "< no response")?,
            }
        }
        Ok(())
    }
}
