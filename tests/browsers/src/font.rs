//! A font of one letter: as little as an engine takes for a font.

/// The glyphs are two: one for the letter `A`, and the same for all others.
const GLYPHS: u16 = 2;

/// Writes the [tables](https://learn.microsoft.com/typography/opentype/spec/otff) that a TrueType font must have.
pub fn font() -> Vec<u8> {
    // In the order of their names, as readers search them.
    let tables: [(&[u8; 4], Vec<u8>); 10] = [
        // Version 0: weight 400, width 5; style "regular"; first and last letter; heights.
        (b"OS/2", words(&[0, 1000, 400, 5, 0, 500, 500, 0, 0, 500, 500, 0, 0, 50, 250, 0], &[0; 15], &OS2_END)),
        // One subtable of format 4 for Windows and Unicode: the letter, and the end that every such table has.
        (b"cmap", words(&[0, 1, 3, 1, 0, 12], &[4, 32, 0, 4, 4, 1, 0], &[65, 0xFFFF, 0, 65, 0xFFFF, 0xFFC0, 1, 0, 0])),
        (b"glyf", [glyph(), glyph()].concat()),
        (b"head", words(&[1, 0, 1, 0, 0, 0, 0x5F0F, 0x3CF5, 0, 1000], &[0; 8], &[0, 0, 1000, 1000, 0, 8, 2, 0, 0])),
        (b"hhea", words(&[1, 0, 1000, 0, 0, 1000, 0, 0, 1000], &[1, 0, 0, 0, 0, 0, 0, 0], &[GLYPHS])),
        (b"hmtx", words(&[1000, 0, 1000, 0], &[], &[])),
        // Offsets of the glyphs in units of two bytes.
        (b"loca", words(&[0, 18, 36], &[], &[])),
        (b"maxp", words(&[1, 0, GLYPHS, 4, 1, 0, 0, 2], &[0; 8], &[])),
        (b"name", words(&[0, 0, 6], &[], &[])),
        (b"post", words(&[3, 0, 0, 0], &[0; 12], &[])),
    ];
    let mut file = words(&[1, 0, 10, 128, 3, 32], &[], &[]);
    let mut content = Vec::new();
    let start = file.len() + tables.len() * 16;
    let mut head = 0;
    for (name, table) in tables {
        if name == b"head" {
            head = start + content.len();
        }
        file.extend(name);
        for number in [sum(&table), number(start + content.len()), number(table.len())] {
            file.extend(number.to_be_bytes());
        }
        content.extend(&table);
        content.resize(content.len().next_multiple_of(4), 0);
    }
    file.extend(content);
    let adjustment = 0xB1B0_AFBA_u32.wrapping_sub(sum(&file));
    file[head + 8..head + 12].copy_from_slice(&adjustment.to_be_bytes());
    file
}

/// Vendor, `fsSelection`, the letters, and what a line needs.
const OS2_END: [u16; 8] = [0x40, 65, 65, 1000, 0, 0, 1000, 0];

/// A square.
fn glyph() -> Vec<u8> {
    // Four points on the curve, as differences: right, up, left.
    let mut glyph = words(&[1, 0, 0, 1000, 1000, 3, 0, 0x0101, 0x0101], &[0, 1000, 0, 0xFC18], &[0, 0, 1000, 0]);
    glyph.resize(36, 0);
    glyph
}

fn words(first: &[u16], second: &[u16], third: &[u16]) -> Vec<u8> {
    [first, second, third].concat().into_iter().flat_map(u16::to_be_bytes).collect()
}

fn number(length: usize) -> u32 {
    u32::try_from(length).expect("a small file")
}

/// The checksum of a table: its words of four bytes, added up.
fn sum(table: &[u8]) -> u32 {
    table.chunks(4).fold(0, |sum, chunk| {
        let mut word = [0; 4];
        word[..chunk.len()].copy_from_slice(chunk);
        sum.wrapping_add(u32::from_be_bytes(word))
    })
}
