//! The page in a real browser.
//!
//! Pictures are kept in the directory that `PLAYGROUND_PICTURES` names, or in a directory of the system for temporary files.

mod devtools;
mod keyboard;
mod persons;
mod stage;
mod strangers;
