//! A hash table that is written once, by the configuration: how much a look-up may have to read is known, and limited,
//! when it is built.
//!
//! That is why it is not `hashbrown`, which cannot tell how long its probes are.

use std::hash::{BuildHasher, Hasher, RandomState};

use foldhash::fast::{FixedState, FoldHasher};

/// Groups that a look-up reads at most. A million ordinary keys need three, ten million four: a table that needs more
/// than this was written to, and gets another seed.
pub(super) const MAX_RUN: usize = 8;

/// One is enough against whoever chose the keys, and they are few so that building ends whatever happens.
const RANDOM_SEEDS: usize = 8;

/// A key takes 16 bytes, however many there are, and one in forty has no room in the group where it is at home.
const KEYS_PER_GROUP: usize = 4;
const SLOTS: usize = 7;

/// A key: what is hashed, part by part, and the place to be found by it.
pub(super) type Key<'a, const PARTS: usize> = ([&'a [u8]; PARTS], usize);

/// The places of the keys, in the order of their hashes.
///
/// A hash, read as a fraction, says in which group its key is at home. What has no room there lies in the next one.
#[derive(Clone)]
pub(super) struct Table {
    groups: Box<[Group]>,
    homes: u64,
    /// How many groups have to be read from a home, to have seen all that live there.
    run: usize,
    seed: FixedState,
    only_place: Option<usize>,
}

/// One cache line, so that most look-ups in a big table wait for memory once.
#[repr(align(64))]
#[derive(Clone)]
struct Group {
    /// A byte for each slot: seven bits of the hash, or [`FREE`]. In the byte that is left, zero says that keys with
    /// their home here or before lie in the next group.
    tags: u64,
    places: [usize; SLOTS],
}

#[cfg(test)]
thread_local! {
    /// Look-ups in all tables, for the bounds that are documented.
    pub(super) static PROBES: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

const FREE: u64 = 0x80;
const EVERY_BYTE: u64 = 0x0101_0101_0101_0101;

impl Group {
    const EMPTY: Self = Self { tags: FREE * EVERY_BYTE, places: [0; SLOTS] };

    fn put(&mut self, slot: usize, hash: u64, place: usize) {
        self.tags ^= (FREE ^ tag(hash)) << (8 * slot);
        if let Some(free) = self.places.get_mut(slot) {
            *free = place;
        }
    }

    fn continue_in_next(&mut self) {
        self.tags &= !(FREE << (8 * SLOTS));
    }

    fn continues_in_next(&self) -> bool {
        self.tags >> 63 == 0
    }

    /// Whether `is_key` recognises one of the places with the tag of this hash, or of the few that look like it.
    #[inline]
    fn find(&self, hash: u64, is_key: impl Fn(usize) -> bool) -> bool {
        let different = self.tags ^ (tag(hash) * EVERY_BYTE);
        // The high bit of each byte that is zero; its borrow may set that of the next byte too.
        let mut alike = different.wrapping_sub(EVERY_BYTE) & !different & (FREE * EVERY_BYTE);
        while alike != 0 {
            let slot = alike.trailing_zeros() as usize / 8;
            if self.places.get(slot).is_some_and(|&place| is_key(place)) {
                return true;
            }
            alike &= alike - 1;
        }
        false
    }
}

fn tag(hash: u64) -> u64 {
    hash & 0x7f
}

/// A hash that is the same at every call and in every process.
pub(super) fn hash(text: &[u8]) -> u64 {
    let mut hasher = FixedState::default().build_hasher();
    hasher.write(text);
    hasher.finish()
}

#[expect(clippy::cast_possible_truncation, reason = "less than `homes`, which was a usize")]
fn home(hash: u64, homes: u64) -> usize {
    ((u128::from(hash) * u128::from(homes)) >> 64) as usize
}

impl Table {
    /// No key may occur twice.
    pub(super) fn build<const PARTS: usize>(keys: &[Key<'_, PARTS>]) -> Self {
        // A known seed first, so that the cost of a policy repeats to the last instruction …
        let mut best = Self::with_seed(FixedState::with_seed(0), keys);
        for _ in 0..RANDOM_SEEDS {
            if best.run <= MAX_RUN {
                break;
            }
            // … then one that nobody knows who might have chosen the keys to collide.
            let other = Self::with_seed(FixedState::with_seed(RandomState::new().hash_one(())), keys);
            if other.run < best.run {
                best = other;
            }
        }
        best
    }

    fn with_seed<const PARTS: usize>(seed: FixedState, keys: &[Key<'_, PARTS>]) -> Self {
        let mut hashed: Vec<(u64, usize)> = keys
            .iter()
            .map(|(parts, place)| {
                let mut hasher = seed.build_hasher();
                for part in parts {
                    hasher.write(part);
                }
                (hasher.finish(), *place)
            })
            .collect();
        hashed.sort_unstable_by_key(|&(hash, _)| hash);

        let homes = keys.len().div_ceil(KEYS_PER_GROUP);
        let mut groups = Vec::with_capacity(homes + MAX_RUN);
        groups.resize(homes, Group::EMPTY);
        let mut run = 1;
        // The first slot that is still free, counted over all groups: those before it stay as they are.
        let mut next = 0;
        for (hash, place) in hashed {
            let home = home(hash, homes as u64);
            next = next.max(home * SLOTS);
            let at = next / SLOTS;
            if groups.len() == at {
                groups.push(Group::EMPTY);
            }
            if let Some(group) = groups.get_mut(at) {
                group.put(next % SLOTS, hash, place);
            }
            // The groups between, if any, have had their overflow from keys before this one.
            if let Some(before) = groups.get_mut(home..at).and_then(<[Group]>::last_mut) {
                before.continue_in_next();
            }
            run = run.max(at - home + 1);
            next += 1;
        }
        let only_place = if let [(_, place)] = keys { Some(*place) } else { None };
        Self { groups: groups.into_boxed_slice(), homes: homes as u64, run, seed, only_place }
    }

    /// The place of the only key, if there is only one.
    #[inline]
    pub(super) fn only_place(&self) -> Option<usize> {
        self.only_place
    }

    /// To be fed with the parts of a key, for [`find`](Self::find).
    #[inline]
    pub(super) fn hasher(&self) -> FoldHasher<'static> {
        self.seed.build_hasher()
    }

    /// Whether `is_key` recognises the place of a key with this hash.
    #[inline]
    pub(super) fn find(&self, hash: u64, is_key: impl Fn(usize) -> bool) -> bool {
        #[cfg(test)]
        PROBES.set(PROBES.get() + 1);
        let home = home(hash, self.homes);
        let Some(group) = self.groups.get(home) else { return false };
        group.find(hash, &is_key) || group.continues_in_next() && self.find_behind(home, hash, is_key)
    }

    /// Apart, so that the first group, where nearly all look-ups end, is read without a loop.
    #[cold]
    #[inline(never)]
    fn find_behind(&self, home: usize, hash: u64, is_key: impl Fn(usize) -> bool) -> bool {
        for group in self.groups.iter().skip(home + 1).take(self.run - 1) {
            if group.find(hash, &is_key) {
                return true;
            }
            if !group.continues_in_next() {
                return false;
            }
        }
        false
    }
}

/// Which lengths occur, up to 383. What has another one need not be hashed.
#[derive(Clone, Default)]
pub(super) struct Lengths([u64; 6]);

impl Lengths {
    pub(super) fn of(lengths: impl IntoIterator<Item = usize>) -> Self {
        let mut words = [0; 6];
        for len in lengths {
            if let Some(word) = words.get_mut(len / 64) {
                *word |= 1 << (len % 64);
            }
        }
        Self(words)
    }

    #[inline]
    pub(super) fn contains(&self, len: usize) -> bool {
        self.0.get(len / 64).is_some_and(|word| word >> (len % 64) & 1 == 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn build(names: &[String]) -> Table {
        let keys: Vec<Key<'_, 1>> = names.iter().enumerate().map(|(at, name)| ([name.as_bytes()], at)).collect();
        Table::build(&keys)
    }

    fn finds(table: &Table, names: &[String], name: &str) -> bool {
        let mut hasher = table.hasher();
        hasher.write(name.as_bytes());
        table.find(hasher.finish(), |at| names.get(at).is_some_and(|found| found == name))
    }

    /// So that the instructions of a look-up can be compared from one run to the next.
    #[test]
    fn ordinary_keys_keep_the_known_seed() {
        let names: Vec<String> = (0..100_000).map(|n| format!("https://tenant-{n}.example.com")).collect();
        let table = build(&names);
        assert!(table.run <= MAX_RUN, "{}", table.run);
        assert_eq!(table.hasher().finish(), FixedState::with_seed(0).build_hasher().finish());
        assert!(names.iter().all(|name| finds(&table, &names, name)));
    }

    /// Names of a thousandth of all hashes: under the known seed all of them live in one group.
    #[test]
    fn keys_chosen_to_collide_are_spread_by_another_seed() {
        let known = FixedState::with_seed(0);
        let collides = |name: &String| {
            let mut hasher = known.build_hasher();
            hasher.write(name.as_bytes());
            hasher.finish() < u64::MAX / 1000
        };
        let names: Vec<String> =
            (0..).map(|n| format!("https://evil-{n}.example.com")).filter(collides).take(300).collect();
        let keys: Vec<Key<'_, 1>> = names.iter().enumerate().map(|(at, name)| ([name.as_bytes()], at)).collect();
        assert!(Table::with_seed(known, &keys).run > 4 * MAX_RUN);
        let table = build(&names);
        assert!(table.run <= MAX_RUN, "{}", table.run);
        assert!(names.iter().all(|name| finds(&table, &names, name)));
        assert!(!finds(&table, &names, "https://evil.example.com"));
    }

    #[test]
    fn lengths() {
        let lengths = Lengths::of([0, 1, 63, 64, 327, 383, 384, usize::MAX]);
        for len in (0..400).chain([usize::MAX]) {
            assert_eq!(lengths.contains(len), [0, 1, 63, 64, 327, 383].contains(&len), "{len}");
        }
    }
}
