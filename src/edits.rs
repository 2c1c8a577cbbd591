//! How far two words are apart: for what was probably meant by one that is not known.

/// How many edits lie between the words, if they are at most `most`.
pub(crate) fn between(one: &str, other: &str, most: usize) -> Option<usize> {
    (0..=most).find(|edits| are_within(*edits, one, other))
}

/// Whether at most `edits` insertions, removals, changes or swaps of neighbours lie between the texts.
///
/// Only the cells of the table that can still be within it are computed: the work is linear in the length.
pub(crate) fn are_within(edits: usize, one: &str, other: &str) -> bool {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    if one.len().abs_diff(other.len()) > edits {
        return false;
    }
    let far = edits + 1;
    let mut before = vec![far; other.len() + 1];
    let mut above: Vec<usize> = (0..=other.len()).map(|column| column.min(far)).collect();
    let at = |row: &[usize], column: usize| row.get(column).copied().unwrap_or(far);
    for (row, letter) in one.iter().enumerate() {
        let mut current = vec![far; other.len() + 1];
        if let Some(first) = current.first_mut() {
            *first = (row + 1).min(far);
        }
        let from = row.saturating_sub(edits);
        let until = (row + edits + 1).min(other.len());
        for (column, letter_of_other) in other.iter().enumerate().take(until).skip(from) {
            let changed = at(&above, column) + usize::from(letter != letter_of_other);
            let mut least = changed.min(at(&above, column + 1) + 1).min(at(&current, column) + 1);
            let swapped = row > 0
                && column > 0
                && one.get(row - 1) == Some(letter_of_other)
                && other.get(column - 1) == Some(letter);
            if swapped {
                least = least.min(at(&before, column - 1) + 1);
            }
            if let Some(cell) = current.get_mut(column + 1) {
                *cell = least.min(far);
            }
        }
        before = std::mem::replace(&mut above, current);
    }
    at(&above, other.len()) <= edits
}

#[cfg(test)]
mod tests {
    use super::{are_within, between};

    /// The textbook table, with every cell.
    fn distance(one: &str, other: &str) -> usize {
        let (a, b): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
        let mut table = vec![vec![0; b.len() + 1]; a.len() + 1];
        for i in 0..=a.len() {
            for j in 0..=b.len() {
                table[i][j] = if i == 0 || j == 0 {
                    i + j
                } else {
                    let mut least = (table[i - 1][j] + 1)
                        .min(table[i][j - 1] + 1)
                        .min(table[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]));
                    if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                        least = least.min(table[i - 2][j - 2] + 1);
                    }
                    least
                };
            }
        }
        table[a.len()][b.len()]
    }

    #[test]
    fn the_band_finds_what_the_whole_table_finds() {
        // Every pair of words over two letters, up to six long.
        let mut words = vec![String::new()];
        for length in 1..=6_u32 {
            for bits in 0..2_u32.pow(length) {
                words.push((0..length).map(|bit| if bits >> bit & 1 == 0 { 'a' } else { 'b' }).collect());
            }
        }
        for one in &words {
            for other in &words {
                for edits in 0..=3 {
                    assert_eq!(are_within(edits, one, other), distance(one, other) <= edits, "{one} {other} {edits}");
                }
            }
        }
    }

    #[test]
    fn no_more_is_counted_than_asked() {
        for (one, other, most, edits) in [
            ("https", "https", 0, Some(0)),
            ("htps", "https", 2, Some(1)),
            ("hptts", "https", 2, Some(2)),
            ("capacitor", "https", 2, None),
            ("", "http", 3, None),
            ("", "http", 4, Some(4)),
        ] {
            assert_eq!(between(one, other, most), edits, "{one} {other}");
        }
    }

    #[test]
    fn swaps_count_once_and_characters_count_not_bytes() {
        assert!(are_within(1, "exmaple", "example"));
        assert!(are_within(1, "bücher.example", "bucher.example"));
        assert!(!are_within(1, "abcd", "badc") && are_within(2, "abcd", "badc"));
    }
}
