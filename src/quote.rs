//! How values that somebody else wrote are shown: quoted, escaped and cut.

use std::fmt::{self, Write as _};

/// A longer value is cut here, in characters.
const SHOWN: usize = 100;

/// As [`Quoted`], for bytes: those that are not UTF-8 are shown as U+FFFD.
pub(crate) struct QuotedBytes<'a>(pub(crate) &'a [u8]);

impl fmt::Display for QuotedBytes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A character takes at most four bytes: what is cut off here would not be shown.
        let shown = self.0.get(..4 * (SHOWN + 1)).unwrap_or(self.0);
        Quoted(&String::from_utf8_lossy(shown)).fmt(f)
    }
}

/// Shows a text in quotes, without control characters, cut to a bounded length.
pub(crate) struct Quoted<'a>(pub(crate) &'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        let mut rest = self.0.chars();
        for character in rest.by_ref().take(SHOWN) {
            // An apostrophe needs no escape between quotation marks.
            if character == '\'' {
                f.write_char('\'')?;
            } else {
                write!(f, "{}", character.escape_debug())?;
            }
        }
        if rest.next().is_some() {
            f.write_char('…')?;
        }
        f.write_char('"')
    }
}
