//! A hash table that is written once, by the configuration: what a look-up costs is measured, and bounded, when it is
//! built.
//!
//! `hashbrown` would be as fast, but cannot tell how long its probes are.

use std::hash::{BuildHasher, Hasher, RandomState};

use foldhash::fast::{FixedState, FoldHasher};

/// Slots that a look-up reads at most. A million ordinary keys need about a dozen; a table that needs more than this
/// was written by somebody who wants it to, and gets another seed.
pub(super) const MAX_RUN: usize = 24;

/// Of random seeds less than one in a million is bad, for a million keys: the second is not needed in practice.
const RANDOM_SEEDS: usize = 8;

/// Half of the slots stay free: 16 bytes per key at every size, and a miss reads two or three slots.
const SLOTS_PER_KEY: usize = 2;

/// Holds no key: the place would lie beyond any address space.
const FREE: u64 = u64::MAX;
const PLACE_BITS: u32 = 48;

/// A key: what is hashed, part by part, and the place to be found by it.
pub(super) type Key<'a, const PARTS: usize> = ([&'a [u8]; PARTS], usize);

/// The places of the keys, in the order of their hashes.
///
/// A hash, read as a fraction, says where in the table its key is at home; it lies there or, if others do, behind
/// them. Above its place each slot has 16 bits of the hash, so that hardly ever a text is read in vain.
#[derive(Clone)]
pub(super) struct Table {
    slots: Box<[u64]>,
    homes: u64,
    /// How many slots have to be read from a home, to have seen all that live there.
    run: usize,
    seed: FixedState,
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
                parts.iter().for_each(|part| hasher.write(part));
                (hasher.finish(), *place)
            })
            .collect();
        hashed.sort_unstable_by_key(|&(hash, _)| hash);

        let homes = keys.len() * SLOTS_PER_KEY;
        let mut slots = Vec::with_capacity(homes + MAX_RUN);
        let mut run = 0;
        for (hash, place) in hashed {
            let home = home(hash, homes as u64);
            slots.resize(home.max(slots.len()), FREE);
            slots.push(slot(hash, place));
            run = run.max(slots.len() - home);
        }
        Self { slots: slots.into_boxed_slice(), homes: homes as u64, run, seed }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// To be fed with the parts of a key, for [`find`](Self::find).
    pub(super) fn hasher(&self) -> FoldHasher<'static> {
        self.seed.build_hasher()
    }

    /// Whether `is_key` recognises the place of a key with this hash.
    pub(super) fn find(&self, hash: u64, is_key: impl Fn(usize) -> bool) -> bool {
        let Some(run) = self.slots.get(home(hash, self.homes)..) else { return false };
        run.iter()
            .take(self.run)
            .take_while(|&&found| found != FREE)
            .any(|&found| (found ^ slot(hash, 0)) >> PLACE_BITS == 0 && is_key(place(found)))
    }
}

#[expect(clippy::cast_possible_truncation, reason = "less than `homes`, which was a usize")]
fn home(hash: u64, homes: u64) -> usize {
    ((u128::from(hash) * u128::from(homes)) >> 64) as usize
}

fn slot(hash: u64, place: usize) -> u64 {
    hash << PLACE_BITS | place as u64
}

#[expect(clippy::cast_possible_truncation, reason = "was a usize")]
fn place(slot: u64) -> usize {
    (slot & ((1 << PLACE_BITS) - 1)) as usize
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

    pub(super) fn contains(&self, len: usize) -> bool {
        self.0.get(len / 64).is_some_and(|word| word >> (len % 64) & 1 == 1)
    }
}
