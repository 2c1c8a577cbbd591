//! Why a text is not an origin or an origin pattern, and what to write instead.

use std::fmt;

use crate::quote::Quoted;

/// Why a text is not an [`Origin`](crate::Origin), or not an [`OriginPattern`](crate::OriginPattern), and what to write
/// instead.
///
/// The text names the value (escaped, and cut where it is long), the fault and the repair, in one line:
///
/// ```
/// use tower_cors::{InvalidOriginKind, Origin};
///
/// let error = "https://App.Example.com/".parse::<Origin>().unwrap_err();
/// assert_eq!(error.kind(), InvalidOriginKind::TrailingSlash);
/// assert_eq!(error.code(), "origin-has-trailing-slash");
/// assert_eq!(error.suggestion(), Some("https://app.example.com"));
/// assert_eq!(
///     error.to_string(),
///     "\"https://App.Example.com/\" ends with a slash: browsers send an origin without it, and compare byte for byte; \
///      write \"https://app.example.com\""
/// );
/// ```
///
/// One fault is named, the first that was found; a suggestion repairs all of them.
#[derive(Clone, PartialEq, Eq)]
pub struct InvalidOrigin {
    pub(super) value: Box<str>,
    pub(super) kind: InvalidOriginKind,
    /// What to write instead: nothing certain, one text, or several entries.
    pub(super) instead: Box<[Box<str>]>,
    /// Whether it stands in a policy that must trust its origins, where any origin is no way out.
    pub(super) trusting: bool,
}

/// The reason of an [`InvalidOrigin`].
///
/// ```
/// use tower_cors::{InvalidOriginKind, OriginPattern};
///
/// let error = "app.example.com".parse::<OriginPattern>().unwrap_err();
/// assert_eq!(error.kind(), InvalidOriginKind::MissingScheme);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum InvalidOriginKind {
    /// Nothing, or nothing but white space.
    Empty,
    /// Longer than any origin can be.
    TooLong,
    /// A control character.
    ControlCharacter,
    /// White space inside or around.
    Whitespace,
    /// Quotes, brackets or commas around it, as in JSON.
    Quoted,
    /// Several origins in one text.
    List,
    /// A regular expression.
    Regex,
    /// A variable that was not filled in: `${ORIGIN}`, `https://<your-domain>`.
    Placeholder,
    /// `null`, which no page of one's own sends alone.
    Null,
    /// A wildcard where one exact origin is wanted.
    NotExact,
    /// No scheme: `app.example.com`, `localhost:3000`, `//host`.
    MissingScheme,
    /// Not the form of a scheme.
    Scheme,
    /// A wildcard in the scheme: `*://example.com`.
    WildcardScheme,
    /// `ws`, `wss`, `ftp`, `blob`: no page has an origin of this scheme.
    SchemeOfNoPage,
    /// `file`, `data`, `about`, `javascript`: the origin of such pages is `null`.
    OpaqueScheme,
    /// Two schemes: `https://https://example.com`.
    TwoSchemes,
    /// Not exactly `://` between scheme and host: `http:/host`, `https:\\host`.
    Slashes,
    /// A user name before the host.
    Userinfo,
    /// A path.
    Path,
    /// A slash at the end.
    TrailingSlash,
    /// A query.
    Query,
    /// A fragment.
    Fragment,
    /// No host.
    MissingHost,
    /// Upper-case letters in the scheme or the host.
    UpperCase,
    /// A host in Unicode, which browsers send as Punycode.
    UnicodeHost,
    /// A percent-encoded host.
    PercentEncoding,
    /// A character that no host has.
    HostCharacter,
    /// A dot too many in the host.
    EmptyLabel,
    /// A label of more than 63 characters.
    LabelTooLong,
    /// A host of more than 253 characters.
    HostTooLong,
    /// A host that ends in a number but is no IPv4 address as browsers write it.
    Ipv4,
    /// Not an IPv6 address as browsers write it.
    Ipv6,
    /// Not the host of an application's scheme.
    ApplicationHost,
    /// A wildcard in a place where none can stand.
    WildcardPlace,
    /// More than one wildcard in the host.
    SeveralWildcards,
    /// A wildcard in place of the whole host: `https://*`, `https://pr-*`.
    WildcardWithoutBase,
    /// A wildcard in or before an IP address.
    WildcardAddress,
    /// A wildcard inside the label that people register: `https://*example.com`.
    WildcardBeforePublicSuffix,
    /// A wildcard inside a label, which cannot be checked without the feature `public-suffix`.
    WildcardUnchecked,
    /// Not a port.
    Port,
    /// The default port of the scheme.
    DefaultPort,
}

impl InvalidOrigin {
    /// The text that was refused, as it was given. Bytes of a header value that are not UTF-8 stand as U+FFFD.
    ///
    /// ```
    /// # use tower_cors::Origin;
    /// assert_eq!("example.com".parse::<Origin>().unwrap_err().value(), "example.com");
    /// ```
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }

    /// The reason, to match on.
    ///
    /// ```
    /// # use tower_cors::{InvalidOriginKind, Origin};
    /// assert_eq!("null".parse::<Origin>().unwrap_err().kind(), InvalidOriginKind::Null);
    /// ```
    #[must_use]
    pub fn kind(&self) -> InvalidOriginKind {
        self.kind
    }

    /// The reason as a name that stays the same, for logs and for programs that read them.
    ///
    /// ```
    /// # use tower_cors::Origin;
    /// assert_eq!("null".parse::<Origin>().unwrap_err().code(), "origin-is-null");
    /// ```
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.kind.texts().0
    }

    /// What to write instead, where that is certain: a text of the same type that is valid as it stands, with every fault
    /// of the value repaired, and that never allows more than the value meant: no weaker scheme, no new wildcard.
    ///
    /// ```
    /// # use tower_cors::OriginPattern;
    /// let suggestion = |text: &str| text.parse::<OriginPattern>().unwrap_err().suggestion().map(str::to_owned);
    ///
    /// assert_eq!(suggestion("wss://APP.example.com:443/socket").as_deref(), Some("https://app.example.com"));
    /// assert_eq!(suggestion("localhost:3000").as_deref(), Some("http://localhost:3000"));
    /// assert_eq!(suggestion("https://a.*.example.com"), None);
    /// ```
    ///
    /// Where no scheme is given it is `https`, and `http` for this machine itself (`localhost`, 127.0.0.0/8, `[::1]`).
    #[must_use]
    pub fn suggestion(&self) -> Option<&str> {
        match &*self.instead {
            [one] => Some(one),
            _ => None,
        }
    }

    /// The same fault with other suggestions; with none, if one of them has no other.
    pub(crate) fn map_suggestions(mut self, other: impl Fn(&str) -> Option<String>) -> Self {
        let instead = self.instead.iter().map(|text| other(text).map(Box::from)).collect::<Option<_>>();
        self.instead = instead.unwrap_or_default();
        self
    }

    /// The same fault where any origin must not be allowed.
    pub(crate) fn of_trusting_policy(mut self) -> Self {
        self.trusting = true;
        self
    }
}

impl fmt::Display for InvalidOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (_, fault, advice) = self.kind.texts();
        write!(f, "{} {fault}; ", Quoted(&self.value))?;
        match &*self.instead {
            [] if self.kind == InvalidOriginKind::WildcardWithoutBase && !self.trusting => {
                write!(f, "{advice} (\"*\" as the only entry is any origin)")
            }
            [] => f.write_str(advice),
            // Valid, so there is nothing to escape; and to be copied, so nothing is cut.
            [one] => write!(f, "write \"{one}\""),
            several => write!(f, "write each as an entry of its own: \"{}\"", several.join("\", \"")),
        }
    }
}

impl fmt::Debug for InvalidOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InvalidOrigin({}: {self})", self.code())
    }
}

impl std::error::Error for InvalidOrigin {}

impl InvalidOriginKind {
    /// Stable name, fault, and what to do where nothing certain can be written instead.
    #[rustfmt::skip]
    const fn texts(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Empty => ("origin-is-empty",
                "is empty, as a comma at the end or a variable that is not set leaves it: an origin is scheme://host or scheme://host:port",
                "leave the entry out, or write an origin such as \"https://app.example.com\""),
            Self::TooLong => ("origin-is-too-long",
                "is longer than any origin: that is 327 bytes at most",
                "write scheme, host and port alone"),
            Self::ControlCharacter => ("origin-has-control-character",
                "has a control character: an origin has none",
                "look at the bytes of this text, and write scheme, host and port alone"),
            Self::Whitespace => ("origin-has-white-space",
                "has white space: an origin has none, nor any around it",
                "write one origin without it"),
            Self::Quoted => ("origin-is-quoted",
                "has quotes, brackets or commas around it: an origin has none",
                "write the origin alone"),
            Self::List => ("origin-is-a-list",
                "is a list in one text: every entry is one origin",
                "write each origin as an entry of its own"),
            Self::Regex => ("origin-is-a-regex",
                "is a regular expression: there are none here, only wildcards such as \"https://*.example.com\"",
                "list each origin, or the wildcard below which they are"),
            Self::Placeholder => ("origin-is-a-placeholder",
                "has a variable that was not filled in",
                "write what it stands for"),
            Self::Null => ("origin-is-null",
                "is no page's own origin: every website can send it, from a sandboxed frame",
                "if all of them may read the answers, call `dangerously_allow_null_origin()` and list \"null\" in \
                 `allow_origins`"),
            Self::NotExact => ("origin-is-not-exact",
                "has a wildcard: one exact origin has none",
                "write the origin in full, or use an `OriginPattern`"),
            Self::MissingScheme => ("origin-has-no-scheme",
                "has no scheme: the pages of one host under http and https have different origins",
                "write \"https://\" and the host"),
            Self::Scheme => ("origin-has-bad-scheme",
                "has no valid scheme: that is http, https or an application's, of a-z, 0-9, `+`, `.` and `-`, with a \
                 letter first and 64 characters at most",
                "write \"https://\" and the host"),
            Self::WildcardScheme => ("origin-has-wildcard-scheme",
                "has a wildcard for its scheme: every entry has one scheme",
                "list an entry for each scheme"),
            Self::SchemeOfNoPage => ("origin-has-scheme-of-no-page",
                "has a scheme that no page's origin has: the Origin header names the page, not what the page connects to",
                "write the https origin of the page"),
            Self::OpaqueScheme => ("origin-has-opaque-scheme",
                "has a scheme whose pages send the origin \"null\", as any website can",
                "serve the page over http, for example from \"http://localhost:8080\", and list that"),
            Self::TwoSchemes => ("origin-has-two-schemes",
                "has two schemes",
                "write one scheme, \"://\" and the host"),
            Self::Slashes => ("origin-has-bad-slashes",
                "does not have exactly \"://\" between scheme and host",
                "write the scheme, \"://\" and the host"),
            Self::Userinfo => ("origin-has-userinfo",
                "has a user name before its host: browsers never send one",
                "write the origin without all that stands before the host you mean"),
            Self::Path => ("origin-has-path",
                "has a path: browsers send only scheme, host and port of a page",
                "write scheme, host and port alone"),
            Self::TrailingSlash => ("origin-has-trailing-slash",
                "ends with a slash: browsers send an origin without it, and compare byte for byte",
                "write scheme, host and port alone"),
            Self::Query => ("origin-has-query",
                "has a query: browsers send only scheme, host and port of a page",
                "write scheme, host and port alone"),
            Self::Fragment => ("origin-has-fragment",
                "has a fragment: browsers send only scheme, host and port of a page",
                "write scheme, host and port alone"),
            Self::MissingHost => ("origin-has-no-host",
                "has no host",
                "write the scheme, \"://\" and the host"),
            Self::UpperCase => ("origin-has-upper-case",
                "has upper-case letters: browsers send scheme and host in lower case, and compare byte for byte",
                "write scheme and host in lower case"),
            Self::UnicodeHost => ("origin-has-unicode-host",
                "has a host that is not ASCII: browsers send it as Punycode",
                if cfg!(feature = "idna") {
                    "write the host as browsers send it: in ASCII, with labels that begin with \"xn--\""
                } else {
                    "write the host as browsers send it, with labels that begin with \"xn--\" (the feature `idna` of \
                     tower-cors, which is off, would name them)"
                }),
            Self::PercentEncoding => ("origin-has-percent-encoding",
                "has a percent-encoded host: browsers send it decoded",
                "write the host as browsers send it: in ASCII, with nothing encoded"),
            Self::HostCharacter => ("origin-has-bad-character",
                "has a character that no host has: labels consist of a-z, 0-9, `-` and `_`",
                "write the host as the browser's address bar shows it"),
            Self::EmptyLabel => ("origin-has-empty-label",
                "has a dot too many: there is nothing between two dots, or before the first",
                "write the host in full (\"https://*.example.com\" is every host below example.com)"),
            Self::LabelTooLong => ("origin-has-long-label",
                "has a label of more than 63 characters: no name has one",
                "write the host as the browser's address bar shows it"),
            Self::HostTooLong => ("origin-has-long-host",
                "has a host of more than 253 characters: no name is so long",
                "write the host as the browser's address bar shows it"),
            Self::Ipv4 => ("origin-has-bad-ipv4",
                "has a host that ends in a number, so browsers take it for an IPv4 address",
                "write four decimal numbers up to 255, without leading zeros (browsers read those as octal)"),
            Self::Ipv6 => ("origin-has-bad-ipv6",
                "has no IPv6 address as browsers write it: in brackets, in lower case, shortened, and without zone or \
                 dotted end",
                "write it as the browser's address bar shows it"),
            Self::ApplicationHost => ("origin-has-bad-application-host",
                "has no valid host for an application's scheme: that is 1 to 253 of A-Z, a-z, 0-9, `.`, `_` and `-`, or \
                 `*` alone for any",
                "write the host as the application sends it"),
            Self::WildcardPlace => ("origin-has-misplaced-wildcard",
                "has a wildcard where none can stand: it is the left-most label or a part of it, or the port",
                "list each origin, or write a wildcard such as \"https://*.example.com\""),
            Self::SeveralWildcards => ("origin-has-several-wildcards",
                "has more than one wildcard in its host: one `*.` stands for any number of labels",
                "list each origin, or write a wildcard such as \"https://*.example.com\""),
            Self::WildcardWithoutBase => ("origin-wildcard-has-no-base",
                "has a wildcard that every website fits: it stands for names below a host of yours",
                "write a wildcard such as \"https://*.example.com\""),
            Self::WildcardAddress => ("origin-has-wildcard-address",
                "has a wildcard in an IP address: browsers know no parts of those",
                "list each address"),
            Self::WildcardBeforePublicSuffix => ("origin-wildcard-before-public-suffix",
                "has a wildcard inside the label that people register: strangers can register names that fit",
                "put the wildcard further to the left, as in \"https://*.example.com\""),
            Self::WildcardUnchecked => ("origin-wildcard-is-unchecked",
                "has a wildcard inside a label that strangers might register: the feature `public-suffix` of tower-cors, \
                 which is off, would tell",
                "turn the feature on, or make the wildcard a label of its own, as in \"https://*.example.com\""),
            Self::Port => ("origin-has-bad-port",
                "has no valid port: that is a number from 1 to 65535 without leading zeros, or `*` in a pattern",
                "write that number, or no port for the default one"),
            Self::DefaultPort => ("origin-has-default-port",
                "names the default port of its scheme: browsers leave it out",
                "leave the port out"),
        }
    }
}
