//! Top-level domains with ICANN suffixes of several labels, as `uk` has `co.uk`: written by a program.
//!
//! From the public suffix list, 2026-10-22_08-36-41_UTC. To bring it up to date:
//! `python3 -m venv v && v/bin/pip install publicsuffixlist && v/bin/python src/origin/suffix_ancestors.py`

/// Sorted. Below all others no ICANN suffix has more than one label.
#[rustfmt::skip]
pub(super) const WITH_LEVELS: &[&str] = &[
    "ac", "ae", "aero", "af", "ag", "ai", "al", "am", "ao", "ar", "arpa", "as", "at", "au", "aw", "az", "ba", "bb",
    "bd", "be", "bf", "bg", "bh", "bi", "bj", "bm", "bn", "bo", "br", "bs", "bt", "bw", "by", "bz", "ca", "cd", "ci",
    "ck", "cl", "cm", "cn", "co", "cr", "cu", "cv", "cw", "cx", "cy", "cz", "dm", "do", "dz", "ec", "ee", "eg", "er",
    "es", "et", "fi", "fj", "fk", "fm", "fr", "gd", "ge", "gg", "gh", "gi", "gl", "gn", "gp", "gr", "gt", "gu", "gy",
    "hk", "hn", "hr", "ht", "hu", "id", "ie", "il", "im", "in", "int", "io", "iq", "ir", "it", "je", "jm", "jo", "jp",
    "ke", "kg", "kh", "ki", "km", "kn", "kp", "kr", "kw", "ky", "kz", "la", "lb", "lc", "lk", "lr", "ls", "lt", "lv",
    "ly", "ma", "mc", "me", "mg", "mk", "ml", "mm", "mn", "mo", "mr", "ms", "mt", "mu", "mv", "mw", "mx", "my", "mz",
    "na", "nc", "nf", "ng", "ni", "no", "np", "nr", "nz", "om", "pa", "pe", "pf", "pg", "ph", "pk", "pl", "pn", "pr",
    "pro", "ps", "pt", "pw", "py", "qa", "re", "ro", "rs", "rw", "sa", "sb", "sc", "sd", "se", "sg", "sh", "sk", "sl",
    "sn", "so", "ss", "st", "sv", "sx", "sy", "sz", "th", "tj", "tl", "tm", "tn", "to", "tr", "tt", "tw", "tz", "ua",
    "ug", "uk", "us", "uy", "uz", "vc", "ve", "vg", "vi", "vn", "vu", "ws", "xn--4dbrk0ce", "xn--90a3ac", "xn--j6w193g",
    "xn--o3cw4h", "ye", "za", "zm", "zw",
];
