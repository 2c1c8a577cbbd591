//! [`Origin`] and [`OriginPattern`]: parsed leaf types.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use http::HeaderValue;

use super::diagnose::{self, Wanted};
use super::grammar::{self, Kind, Parts};
use super::invalid::InvalidOrigin;
use super::shape::{Shape, recognise_pattern, shape};

/// One exact origin, written as a browser writes it in the [`Origin`](https://fetch.spec.whatwg.org/#origin-header)
/// header: `scheme://host`, and `:port` where that is not the scheme's default one.
///
/// It is compared byte for byte, so it is accepted only as browsers send it: lower case, no path and no slash at the
/// end, no default port, IP addresses as the [URL Standard](https://url.spec.whatwg.org/#host-serializing) writes them,
/// names in Unicode as Punycode. Never `null`, never a wildcard. What is wrong comes back as [`InvalidOrigin`], with
/// what to write instead.
///
/// ```
/// use tower_cors::Origin;
///
/// let origin: Origin = "https://app.example.com:8443".parse()?;
/// assert_eq!(origin.as_str(), "https://app.example.com:8443");
///
/// let error = "https://app.example.com:443/".parse::<Origin>().unwrap_err();
/// assert_eq!(error.suggestion(), Some("https://app.example.com"));
/// # Ok::<(), tower_cors::InvalidOrigin>(())
/// ```
///
/// Applications and browser extensions have origins of a scheme of their own:
///
/// ```
/// # use tower_cors::Origin;
/// assert!("capacitor://localhost".parse::<Origin>().is_ok());
/// assert!("chrome-extension://nngceckbapebfimnlniiiahkandclblb".parse::<Origin>().is_ok());
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    text: Cow<'static, str>,
    parts: Parts,
}

/// The origins that a policy allows, as one entry of its list: one exactly, or several by a wildcard.
///
/// | pattern | allows |
/// |---|---|
/// | `https://app.example.com` | this [`Origin`] |
/// | `https://*.example.com` | every host below `example.com`, at any depth; never `example.com` itself |
/// | `https://pr-*.preview.example.com` | one or more of `a`–`z`, `0`–`9` and `-` in place of the `*`, never a dot |
/// | `http://localhost:*` | any port, or none |
/// | `capacitor://*` | any host of an application's scheme |
/// | `*` | any origin; only as the one entry of a list |
///
/// Wildcards of host and port may be combined. There is no wildcard elsewhere, none right before the top-level domain
/// inside a label (`https://*example.com` would let in `https://evilexample.com`), and no regular expression.
///
/// ```
/// use tower_cors::OriginPattern;
///
/// let pattern: OriginPattern = "https://*.example.com".parse()?;
/// assert_eq!(pattern.to_string(), "https://*.example.com");
///
/// let error = "https://*example.com".parse::<OriginPattern>().unwrap_err();
/// assert_eq!(error.suggestion(), Some("https://*.example.com"));
/// # Ok::<(), tower_cors::InvalidOrigin>(())
/// ```
///
/// A wildcard inside a label must not stand right before an ICANN public suffix such as `com` or `co.uk`. Without the
/// feature `public-suffix` it is refused below every top-level domain that has suffixes of several labels, as `uk` has.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OriginPattern {
    text: Cow<'static, str>,
    parts: Parts,
}

impl Origin {
    /// An origin written in the program, checked by the compiler.
    ///
    /// ```
    /// use tower_cors::Origin;
    ///
    /// const APP: Origin = Origin::from_static("https://app.example.com");
    /// assert_eq!(APP.as_str(), "https://app.example.com");
    /// ```
    ///
    /// ```compile_fail
    /// # use tower_cors::Origin;
    /// const APP: Origin = Origin::from_static("https://app.example.com/");
    /// ```
    ///
    /// # Panics
    ///
    /// If `text` is not an origin; in a `const` that is a compile error. [`InvalidOrigin`] says more: `parse` gives it.
    #[must_use]
    #[track_caller]
    #[expect(clippy::panic, reason = "the documented way for a const function to refuse")]
    pub const fn from_static(text: &'static str) -> Self {
        match grammar::origin(text.as_bytes()) {
            Some(parts) => Self { text: Cow::Borrowed(text), parts },
            None => panic!("{}", diagnose::in_const(text.as_bytes(), Wanted::Origin)),
        }
    }
}

impl OriginPattern {
    /// A pattern written in the program, checked by the compiler.
    ///
    /// A wildcard inside a label is refused here where only the public suffix list can check it, as below `uk`
    /// (`https://pr-*.example.co.uk`): `parse` it.
    ///
    /// ```
    /// use tower_cors::OriginPattern;
    ///
    /// const PREVIEWS: OriginPattern = OriginPattern::from_static("https://*.preview.example.com");
    /// assert_eq!(PREVIEWS.as_str(), "https://*.preview.example.com");
    /// ```
    ///
    /// ```compile_fail
    /// # use tower_cors::OriginPattern;
    /// const PREVIEWS: OriginPattern = OriginPattern::from_static("*.preview.example.com");
    /// ```
    ///
    /// # Panics
    ///
    /// If `text` is not an origin pattern, or one that cannot be checked here; in a `const` that is a compile error.
    /// [`InvalidOrigin`] says more: `parse` gives it.
    #[must_use]
    #[track_caller]
    #[expect(clippy::panic, reason = "the documented way for a const function to refuse")]
    pub const fn from_static(text: &'static str) -> Self {
        match grammar::pattern(text.as_bytes()) {
            Some(Parts { kind: Kind::InLabel { unsure: true }, .. }) => {
                panic!(
                    "a wildcard inside a label needs the public suffix list here: use \"…\".parse::<OriginPattern>()"
                )
            }
            Some(parts) => Self { text: Cow::Borrowed(text), parts },
            None => panic!("{}", diagnose::in_const(text.as_bytes(), Wanted::Pattern)),
        }
    }

    /// What this pattern says, part by part.
    pub(crate) fn shape(&self) -> Shape<'_> {
        shape(&self.text, self.parts)
    }

    /// `scheme://host` of this pattern.
    pub(super) fn without_port(&self) -> &str {
        self.text.get(..usize::from(self.parts.host_end)).unwrap_or(&self.text)
    }
}

impl From<Origin> for OriginPattern {
    fn from(origin: Origin) -> Self {
        let Origin { text, parts } = origin;
        Self { text, parts }
    }
}

impl From<&Origin> for OriginPattern {
    fn from(origin: &Origin) -> Self {
        origin.clone().into()
    }
}

/// What both types have in common: the text is all they show.
macro_rules! text_of_an_origin {
    ($Type:ident, $recognise:path, $wanted:expr) => {
        impl $Type {
            /// The text, exactly as it was given.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.text
            }
        }

        impl FromStr for $Type {
            type Err = InvalidOrigin;

            fn from_str(text: &str) -> Result<Self, InvalidOrigin> {
                match $recognise(text.as_bytes()) {
                    Some(parts) => Ok(Self { text: Cow::Owned(text.to_owned()), parts }),
                    None => Err(diagnose::refused(text, $wanted)),
                }
            }
        }

        impl TryFrom<&str> for $Type {
            type Error = InvalidOrigin;

            fn try_from(text: &str) -> Result<Self, InvalidOrigin> {
                text.parse()
            }
        }

        impl TryFrom<&String> for $Type {
            type Error = InvalidOrigin;

            fn try_from(text: &String) -> Result<Self, InvalidOrigin> {
                text.parse()
            }
        }

        /// Keeps the text without copying it.
        impl TryFrom<String> for $Type {
            type Error = InvalidOrigin;

            fn try_from(text: String) -> Result<Self, InvalidOrigin> {
                match $recognise(text.as_bytes()) {
                    Some(parts) => Ok(Self { text: Cow::Owned(text), parts }),
                    None => Err(diagnose::refused(&text, $wanted)),
                }
            }
        }

        impl TryFrom<&HeaderValue> for $Type {
            type Error = InvalidOrigin;

            fn try_from(value: &HeaderValue) -> Result<Self, InvalidOrigin> {
                String::from_utf8_lossy(value.as_bytes()).parse()
            }
        }

        impl TryFrom<HeaderValue> for $Type {
            type Error = InvalidOrigin;

            fn try_from(value: HeaderValue) -> Result<Self, InvalidOrigin> {
                (&value).try_into()
            }
        }

        impl AsRef<str> for $Type {
            fn as_ref(&self) -> &str {
                &self.text
            }
        }

        impl AsRef<[u8]> for $Type {
            fn as_ref(&self) -> &[u8] {
                self.text.as_bytes()
            }
        }

        impl fmt::Display for $Type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.text)
            }
        }

        impl fmt::Debug for $Type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_tuple(stringify!($Type)).field(&self.text).finish()
            }
        }
    };
}

text_of_an_origin!(Origin, grammar::origin, Wanted::Origin);
text_of_an_origin!(OriginPattern, recognise_pattern, Wanted::Pattern);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_not_larger_than_its_text_needs() {
        assert!(size_of::<OriginPattern>() <= 40);
        assert!(size_of::<Origin>() <= 40);
        assert!(size_of::<Option<OriginPattern>>() <= 40);
    }
}
