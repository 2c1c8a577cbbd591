//! A case that was run: what was seen and counted, and all that it is held against.

use crate::application::Count;
use crate::case::Case;
use crate::engine::Engine;
use crate::ruling::Ruling;
use crate::seen::Seen;

/// A series this long has to spare Firefox a preflight, if any does: on a new connection it repeats the first ones.
pub const SERIES: usize = 6;

#[derive(Clone, Debug)]
pub struct Checked {
    pub engine: Engine,
    pub case: Case,
    /// By the model, or by hand.
    pub expected: Vec<Seen>,
    pub expected_count: Count,
    /// By the rules of the policies alone.
    pub ruling: Option<Ruling>,
    pub seen: Vec<Seen>,
    pub count: Count,
}

impl Checked {
    /// Whether page and service saw what is expected.
    pub fn agrees(&self) -> bool {
        self.faults().is_empty()
    }

    /// What it does not agree with.
    pub fn faults(&self) -> Vec<&'static str> {
        let checks = [
            ("what is expected", self.seen == self.expected),
            ("the rules", self.ruling.as_ref().is_none_or(|ruling| ruling.agrees(&self.seen))),
            ("the expected count", self.counts_as(self.expected_count.preflights, self.expected_count.executed)),
            ("the count by the rules", self.is_counted_by_rules()),
            ("what is expected after a pause", self.asks_anew() == self.expected_count.asks_after(self.pause())),
            ("its protocol", self.count.http2 == if self.is_http2() { self.count.arrived } else { 0 }),
        ];
        checks.into_iter().filter(|(_, agrees)| !agrees).map(|(what, _)| what).collect()
    }

    fn is_counted_by_rules(&self) -> bool {
        self.ruling.as_ref().is_none_or(|ruling| self.counts_as(ruling.preflights, ruling.executed))
    }

    fn counts_as(&self, preflights: usize, executed: usize) -> bool {
        let Count { preflights: counted, .. } = self.count;
        let steps = self.case.steps.len();
        let are_counted = match self.engine {
            Engine::Chromium | Engine::WebKit => counted == preflights,
            // It may ask again; but in a longer series where it need not, not always.
            Engine::Firefox if steps > 1 => {
                let most = if steps >= SERIES && preflights < steps { steps - 1 } else { steps };
                (preflights..=most.max(preflights)).contains(&counted)
            }
            Engine::Firefox => counted == preflights,
        };
        are_counted && self.count.executed == executed
    }

    /// Steps up to the pause, all of them if there is none.
    fn pause(&self) -> usize {
        self.case.steps.iter().position(|step| step.pause > 0).map_or(usize::MAX, |paused| paused + 1)
    }

    fn asks_anew(&self) -> bool {
        self.count.asks_after(self.pause())
    }

    /// Whether everything goes over HTTP/2.
    fn is_http2(&self) -> bool {
        self.case.steps.iter().all(|step| {
            step.url.starts_with("https:") || (step.url.starts_with("wss:") && self.engine.opens_sockets_over_http2())
        })
    }
}
