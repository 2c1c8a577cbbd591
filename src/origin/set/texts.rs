//! The one copy of the configured texts.

/// Texts one after the other; each is known by its place, which is where it starts.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Texts {
    all: String,
    count: usize,
}

/// Follows every text, and stands in none.
const END: char = '\n';

/// How a text goes on behind the name that it is found by.
#[derive(Clone, Copy)]
pub(super) enum Ending {
    /// Not at all: its port, or that it has none, is part of the name.
    OwnPort,
    /// With the port `*`.
    AnyPort,
}

impl Texts {
    pub(super) fn push(&mut self, text: &str) -> usize {
        let place = self.all.len();
        self.all.push_str(text);
        self.all.push(END);
        self.count += 1;
        place
    }

    pub(super) fn shrink_to_fit(&mut self) {
        self.all.shrink_to_fit();
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        self.all.split_terminator(END)
    }

    pub(super) fn len(&self) -> usize {
        self.count
    }

    /// Whether the text at `place` is these parts, one after the other, and nothing else.
    ///
    /// A part may be empty if it points into the origin. An empty constant does not point to memory, and the fastest
    /// comparison of some processors takes ten times as long for it (measured: 85 ns in place of 7).
    #[inline]
    pub(super) fn is<const PARTS: usize>(&self, place: usize, parts: [&[u8]; PARTS], ending: Ending) -> bool {
        let Some(mut text) = self.all.as_bytes().get(place..) else { return false };
        for part in parts {
            let Some(rest) = text.strip_prefix(part) else { return false };
            text = rest;
        }
        match ending {
            Ending::OwnPort => text.starts_with(b"\n"),
            Ending::AnyPort => text.starts_with(b":*\n"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_nothing_but_its_parts() {
        let mut texts = Texts::default();
        let all = ["https://a.com", "https://a.com:8080", "https://a.com:*", "https://a.community"];
        let places = all.map(|text| texts.push(text));
        assert_eq!(texts.iter().collect::<Vec<_>>(), all);
        let are = |parts: [&str; 3], ending| places.map(|place| texts.is(place, parts.map(str::as_bytes), ending));
        assert_eq!(are(["https://", "a", ".com"], Ending::OwnPort), [true, false, false, false]);
        assert_eq!(are(["https://a.com", "", ""], Ending::AnyPort), [false, false, true, false]);
        assert_eq!(are(["https://a.com", ":", "8080"], Ending::OwnPort), [false, true, false, false]);
        assert_eq!(are(["https://a.com", ":", "808"], Ending::OwnPort), [false; 4]);
        assert_eq!(are(["https://a.com", ":", "*"], Ending::OwnPort), [false, false, true, false]);
        assert_eq!(are(["https://", "a", ".co"], Ending::OwnPort), [false; 4]);
        assert_eq!(are(["ttps://", "a", ".com"], Ending::OwnPort), [false; 4]);
        assert_eq!(are(["https://a.com", "\n", "https://a.com:8080"], Ending::OwnPort), [true, false, false, false]);
        assert!(!texts.is(texts.all.len(), [b"https://a.com"], Ending::OwnPort));
        assert!(!texts.is(usize::MAX, [b"https://a.com"], Ending::OwnPort));
    }
}
