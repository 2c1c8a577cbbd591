#!/usr/bin/env python3
"""Writes suffix_ancestors.rs, names that are no public suffix but have one below them, and suffix_levels.rs.

    python3 -m venv v && v/bin/pip install publicsuffixlist && v/bin/python src/origin/suffix_ancestors.py

The list is the copy inside the Python package `publicsuffixlist`, which is fresh weekly as the crate `psl` is.
"""

import importlib.resources
import pathlib

FOLDER = pathlib.Path(__file__).parent

ANCESTORS = """\
//! Names that are no public suffix but have one below them, as `run.app` has `a.run.app`: written by a program.
//!
//! From the public suffix list, {version}. To bring it up to date:
//! `python3 -m venv v && v/bin/pip install publicsuffixlist && v/bin/python src/origin/suffix_ancestors.py`

/// Sorted. Names of one label are left out: a wildcard right above one is open to strangers anyway.
#[rustfmt::skip]
pub(super) const ANCESTORS: &[&str] = &[
"""

LEVELS = """\
//! Top-level domains with ICANN suffixes of several labels, as `uk` has `co.uk`: written by a program.
//!
//! From the public suffix list, {version}. To bring it up to date:
//! `python3 -m venv v && v/bin/pip install publicsuffixlist && v/bin/python src/origin/suffix_ancestors.py`

/// Sorted. Below all others no ICANN suffix has more than one label.
#[rustfmt::skip]
pub(super) const WITH_LEVELS: &[&str] = &[
"""


def main() -> None:
    data = importlib.resources.files("publicsuffixlist").joinpath("public_suffix_list.dat").read_text("utf-8")
    version = next(line for line in data.splitlines() if line.startswith("// VERSION: ")).removeprefix("// VERSION: ")
    suffixes, ancestors, levels = set(), set(), set()
    icann = False
    for line in data.splitlines():
        icann = icann and "===END ICANN" not in line or "===BEGIN ICANN" in line
        rule = line.strip()
        if not rule or rule.startswith(("//", "!")):
            continue
        labels = [label.encode("idna").decode("ascii") for label in rule.lower().split(".")]
        suffixes.add(".".join(labels))
        # The parent of a wildcard rule is left out: the crate `psl` itself tells.
        first = 2 if labels[0] == "*" else 1
        ancestors.update(".".join(labels[n:]) for n in range(first, len(labels) - 1))
        if icann and len(labels) > 1:
            levels.add(labels[-1])
    ancestors -= suffixes
    # Names that a wildcard rule makes suffixes.
    ancestors = {name for name in ancestors if "*." + name.split(".", 1)[1] not in suffixes}
    if any("*" in name for name in ancestors | levels):
        raise SystemExit("a wildcard in the middle of a rule")
    write("suffix_ancestors.rs", ANCESTORS.format(version=version), ancestors)
    write("suffix_levels.rs", LEVELS.format(version=version), levels)


def write(file: str, header: str, names: set[str]) -> None:
    lines, line = [], "   "
    for name in sorted(names):
        entry = f' "{name}",'
        if len(line) + len(entry) > 120:
            lines.append(line)
            line = "   "
        line += entry
    lines.append(line)
    FOLDER.joinpath(file).write_text(header + "\n".join(lines) + "\n];\n", "utf-8")
    print(f"{len(names)} names to {file}")


if __name__ == "__main__":
    main()
