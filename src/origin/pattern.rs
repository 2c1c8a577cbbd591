//! [`Origin`] and [`OriginPattern`]: parsed leaf types.

use std::borrow::Cow;

/// One serialised origin, as a browser sends it in the `Origin` header.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    text: Cow<'static, str>,
}

/// The origins that a policy allows, as one entry of its list.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OriginPattern {
    text: Cow<'static, str>,
}

/// What an [`OriginPattern`] says, part by part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape<'a> {
    /// `*`
    Any,
    Origins { scheme: &'a str, host: HostShape<'a>, port: PortShape<'a> },
}

/// The host of an [`OriginPattern`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HostShape<'a> {
    Exact(&'a str),
    /// `*.base`: one or more labels below `base` (which has no leading dot).
    Below(&'a str),
    /// `prefix*suffix.rest`: one or more of `[a-z0-9-]` inside the left-most label; `rest` has no leading dot.
    InLabel { prefix: &'a str, suffix: &'a str, rest: &'a str },
    /// `scheme://*` of an application scheme.
    Any,
}

/// The port of an [`OriginPattern`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PortShape<'a> {
    /// No port: the default one of the scheme.
    Absent,
    Number(&'a str),
    /// `:*`: any, or none.
    Any,
}
