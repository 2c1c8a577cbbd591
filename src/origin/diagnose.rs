//! Which fault a refused text has.

use super::invalid::{InvalidOrigin, InvalidOriginKind};

/// Which of the two types a text was to become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    Origin,
    Pattern,
}

pub(super) fn refused(text: &str, _wanted: Wanted) -> InvalidOrigin {
    InvalidOrigin { value: text.into(), kind: InvalidOriginKind::Malformed, suggestion: None }
}

/// One sentence for the compiler's error message, where no text can be put together.
pub(super) const fn in_const(_text: &[u8], _wanted: Wanted) -> &'static str {
    "not an origin: write scheme://host or scheme://host:port"
}
