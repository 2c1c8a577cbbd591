//! The rules of every policy, by hand, and what they mean to a page. No layer and no model comes in here.

use std::time::Duration;

/// Whose pages may read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origins {
    Any,
    /// The page under test.
    Page,
    /// Documents without an origin of their own.
    Null,
    Others,
}

#[derive(Clone, Copy)]
pub(crate) enum Names {
    Any,
    These(&'static [&'static str]),
}

#[derive(Clone, Copy)]
pub(crate) struct Rules {
    pub(crate) origins: Origins,
    credentials: bool,
    methods: Names,
    headers: Names,
    exposed: Names,
    pub(crate) max_age: Duration,
    pub(crate) rejects: bool,
    /// Whether preflights are answered at all; the service gets them otherwise.
    pub(crate) has_layer: bool,
}

/// What browsers make of an answer that names no time.
const UNSET: Duration = Duration::from_secs(5);

const BARE: Rules = Rules {
    origins: Origins::Page,
    credentials: false,
    methods: Names::These(&[]),
    headers: Names::These(&[]),
    exposed: Names::These(&[]),
    max_age: UNSET,
    rejects: false,
    has_layer: true,
};

const LIST: Rules = Rules {
    credentials: true,
    methods: Names::These(&["PUT", "PATCH", "OPTIONS", "BREW"]),
    headers: Names::These(&["content-type", "x-a", "authorization"]),
    exposed: Names::These(&["x-a", "etag"]),
    max_age: Duration::from_secs(600),
    ..BARE
};

const ANY: Rules = Rules {
    origins: Origins::Any,
    methods: Names::Any,
    headers: Names::Any,
    exposed: Names::Any,
    max_age: LIST.max_age,
    ..BARE
};

pub(crate) fn rules(policy: &str) -> Option<Rules> {
    Some(match policy {
        "list" | "pattern" | "predicate" | "ok" => LIST,
        "denied" => Rules { origins: Origins::Others, ..LIST },
        "bare" => BARE,
        // Today's browsers let a plain `*` cover `authorization`.
        "any" | "any-but-authorization" => ANY,
        "any-with-credentials" => Rules { origins: Origins::Page, credentials: true, ..ANY },
        "null" => Rules { origins: Origins::Null, ..LIST },
        "enforced" => Rules { rejects: true, ..LIST },
        "enforced-denied" | "home" => Rules { origins: Origins::Others, rejects: true, ..LIST },
        "uncached" => Rules { max_age: Duration::ZERO, ..LIST },
        "unset" => Rules { max_age: UNSET, ..LIST },
        // The page's own service has none either, and needs none.
        "no-layer" | "local" => Rules { origins: Origins::Others, has_layer: false, ..BARE },
        _ => return None,
    })
}

/// More names than this are not echoed.
const MOST_NAMES: usize = 128;

impl Rules {
    pub(crate) fn allows(&self, asker: Asker) -> bool {
        match self.origins {
            Origins::Any => true,
            Origins::Page => asker == Asker::Page,
            Origins::Null => asker == Asker::Null,
            Origins::Others => false,
        }
    }

    /// Whether the page may read. Any origin is said with a `*`, which is nothing to requests with credentials.
    pub(crate) fn shares(&self, asker: Asker, include: bool) -> bool {
        self.allows(asker) && (self.credentials || !include)
    }

    pub(crate) fn grants(&self, asker: Asker, include: bool, method: &str, names: &[String]) -> bool {
        let method = ["GET", "HEAD", "POST"].contains(&method) || self.methods.has(method);
        // Where the names are echoed, for `*` says nothing with credentials, there is a limit.
        let few = !self.credentials || !matches!(self.headers, Names::Any) || names.len() <= MOST_NAMES;
        self.shares(asker, include) && method && few && names.iter().all(|name| self.headers.has(name))
    }

    /// Whether the service says what is exposed, for the policy says nothing of it.
    pub(crate) fn leaves_exposed_to_service(&self) -> bool {
        matches!(self.exposed, Names::These([]))
    }

    pub(crate) fn exposes(&self, name: &str, include: bool) -> bool {
        const ALWAYS: [&str; 7] = [
            "cache-control",
            "content-language",
            "content-length",
            "content-type",
            "expires",
            "last-modified",
            "pragma",
        ];
        ALWAYS.contains(&name) || (self.exposed.has(name) && (self.credentials || !include))
    }
}

impl Names {
    fn has(self, name: &str) -> bool {
        match self {
            Self::Any => true,
            Self::These(names) => names.contains(&name),
        }
    }
}

/// Who asks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asker {
    Page,
    Null,
}
