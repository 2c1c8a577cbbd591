//! The [CORS-preflight cache](https://fetch.spec.whatwg.org/#cors-preflight-cache). It only permits: a request that it
//! does not cover is preflighted anew, and a policy that has become narrower revokes nothing that is in it.
//!
//! In the standard's mode it is the standard's, with its odd parts: a new answer changes the age of what matches already,
//! and `*` matches every method and name (but `authorization`), also where a request with credentials was granted the
//! method or header that is called `*`. It holds no more than 4096 entries of 4096 names each, which a user agent may
//! limit as it likes. Answers of age 0 leave nothing.

use super::check::Credentials;
use super::engine::{AuthorizationRule, CacheShape, Engine};
use super::preflight::Grant;
use super::safelist::is_safelisted_method;
use std::time::Duration;

/// What grants are kept under.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key {
    /// The site of the top-level page.
    pub(super) partition: String,
    /// The origin as it was sent.
    pub(super) origin: String,
    /// The whole URL, with query and fragment.
    pub(super) url: String,
}

/// What a request wants to be spared a preflight for.
#[derive(Debug)]
pub(super) struct Wanted<'a> {
    pub(super) key: &'a Key,
    pub(super) credentials: Credentials,
    pub(super) method: &'a str,
    pub(super) names: &'a [String],
    pub(super) uses_cors_preflight: bool,
}

/// The methods or names kept for one origin and URL; more push out the oldest.
const MOST_TOKENS: usize = 4096;

#[derive(Clone, Debug, Default)]
pub(super) struct PreflightCache {
    /// The oldest first, or in Firefox the least recently used.
    entries: Vec<Entry>,
}

#[derive(Clone, Debug)]
struct Entry {
    key: Key,
    credentials: bool,
    methods: Vec<Token>,
    names: Vec<Token>,
    /// The end of a whole answer; single tokens have their own.
    expires: Duration,
}

#[derive(Clone, Debug)]
struct Token {
    text: String,
    stored: Duration,
    expires: Duration,
}

impl PreflightCache {
    /// Whether grants that are still in force cover the request at this time.
    pub(super) fn covers(
        &mut self,
        engine: Engine,
        rule: AuthorizationRule,
        wanted: &Wanted<'_>,
        now: Duration,
    ) -> bool {
        self.drop_expired(now);
        let is_include = wanted.credentials == Credentials::Include;
        let serves = |entry: &Entry| {
            entry.key == *wanted.key
                && (entry.credentials == is_include
                    || entry.credentials && !is_include && engine.shares_credentialed_grants())
        };
        // A literal `*`, granted to a request with credentials, is a wildcard in the standard, for requests without
        // credentials in WebKit, and never in Chromium.
        let is_wildcard = |entry: &Entry, token: &Token| {
            let is_literal = match engine {
                Engine::Standard => false,
                Engine::Chromium => is_include || entry.credentials,
                Engine::Firefox | Engine::WebKit => is_include,
            };
            token.text == "*" && engine.caches_wildcards() && !is_literal
        };
        let method_is_safe = is_safelisted_method(wanted.method)
            && (wanted.method != "HEAD" || engine.caches_unlisted_head())
            && (!wanted.uses_cors_preflight || engine != Engine::Standard);
        let any = |covers: &dyn Fn(&Entry) -> bool| self.entries.iter().any(|entry| serves(entry) && covers(entry));
        let covers_method = method_is_safe
            || any(&|entry| entry.methods.iter().any(|token| token.text == wanted.method || is_wildcard(entry, token)));
        let covers_names = wanted.names.iter().all(|name| {
            let beyond_wildcard =
                name == "authorization" && (rule == AuthorizationRule::Strict || engine != Engine::WebKit);
            any(&|entry| {
                entry
                    .names
                    .iter()
                    .any(|token| token.text.eq_ignore_ascii_case(name) || !beyond_wildcard && is_wildcard(entry, token))
            })
        });
        let is_covered = any(&|_| true) && covers_method && covers_names;
        if engine == Engine::Firefox && is_covered {
            if let Some(index) = self.entries.iter().position(serves) {
                let entry = self.entries.remove(index);
                self.entries.push(entry);
            }
        }
        is_covered
    }

    /// Keeps what an answer has granted, for so long from now on.
    pub(super) fn store(
        &mut self,
        engine: Engine,
        key: &Key,
        credentials: Credentials,
        grant: Grant,
        max_age: Duration,
        now: Duration,
    ) {
        self.drop_expired(now);
        let expires = now.saturating_add(max_age);
        let credentials = credentials == Credentials::Include;
        if !engine.caches_url(&key.url) {
            return;
        }
        if engine.cache_shape() == CacheShape::Replaced {
            self.entries.retain(|entry| entry.key != *key);
        } else if engine == Engine::Firefox && max_age.is_zero() {
            return;
        }
        let tokens = |list: Vec<String>| {
            list.into_iter().take(MOST_TOKENS).map(|text| Token { text, stored: now, expires }).collect::<Vec<_>>()
        };
        let (mut methods, mut names) = (tokens(grant.methods), tokens(grant.names));
        let max_age_only = (engine == Engine::Standard).then_some(max_age);
        // Whether what is kept matches what was granted now.
        let is_standard = engine == Engine::Standard;
        let same_method = |kept: &str, new: &str| kept == new || is_standard && kept == "*";
        let same_name = |kept: &str, new: &str| {
            kept.eq_ignore_ascii_case(new) || is_standard && kept == "*" && !new.eq_ignore_ascii_case("authorization")
        };
        if is_standard && !credentials {
            // What stands in an entry with credentials matches this request too, so its age is set, as that of every other
            // match; but nothing that was granted without credentials may be added there.
            let granted = (methods.clone(), names.clone());
            for entry in self.entries.iter_mut().filter(|entry| entry.key == *key) {
                let new_methods = refresh(&mut entry.methods, granted.0.clone(), max_age_only, same_method);
                let new_names = refresh(&mut entry.names, granted.1.clone(), max_age_only, same_name);
                methods.retain(|token| new_methods.iter().any(|new| new.text == token.text));
                names.retain(|token| new_names.iter().any(|new| new.text == token.text));
                entry.expires = entry.expires.max(expires);
            }
        }
        let matching = self.entries.iter_mut().find(|entry| entry.key == *key && entry.credentials == credentials);
        match matching {
            Some(entry) => {
                merge(&mut entry.methods, methods, max_age_only, same_method);
                merge(&mut entry.names, names, max_age_only, same_name);
                entry.expires = entry.expires.max(expires);
            }
            None if max_age.is_zero() => {}
            None => {
                if self.entries.len() >= engine.cache_size() {
                    self.entries.remove(0);
                }
                self.entries.push(Entry { key: key.clone(), credentials, methods, names, expires });
            }
        }
    }

    /// [Clears](https://fetch.spec.whatwg.org/#concept-cache-clear) what is kept for an origin and URL.
    pub(super) fn clear(&mut self, key: &Key) {
        self.entries.retain(|entry| entry.key != *key);
    }

    fn drop_expired(&mut self, now: Duration) {
        for entry in &mut self.entries {
            entry.methods.retain(|token| now < token.expires);
            entry.names.retain(|token| now < token.expires);
        }
        self.entries.retain(|entry| now < entry.expires);
    }
}

/// Sets the age of the tokens that are there already, in the standard counted from when they were stored first, elsewhere
/// from now. Returns the tokens that are not there.
fn refresh(
    old: &mut [Token],
    new: Vec<Token>,
    max_age_only: Option<Duration>,
    same: impl Fn(&str, &str) -> bool,
) -> Vec<Token> {
    let mut rest = Vec::new();
    for token in new {
        let mut is_known = false;
        for known in old.iter_mut().filter(|known| same(&known.text, &token.text)) {
            known.expires = max_age_only.map_or(token.expires, |age| known.stored.saturating_add(age));
            is_known = true;
        }
        if !is_known {
            rest.push(token);
        }
    }
    rest
}

/// Refreshes what is there, and adds the rest.
fn merge(old: &mut Vec<Token>, new: Vec<Token>, max_age_only: Option<Duration>, same: impl Fn(&str, &str) -> bool) {
    let rest = refresh(old, new, max_age_only, same);
    old.extend(rest);
    let surplus = old.len().saturating_sub(MOST_TOKENS);
    old.drain(..surplus);
}
