#!/usr/bin/env python3
"""Writes suffix_ancestors.rs: names that are no public suffix but have one below them.

    python3 -m venv v && v/bin/pip install publicsuffixlist && v/bin/python src/origin/suffix_ancestors.py

The list is the copy inside the Python package `publicsuffixlist`, which is fresh weekly as the crate `psl` is.
"""

import importlib.resources
import pathlib

TARGET = pathlib.Path(__file__).with_suffix(".rs")

HEADER = """\
//! Names that are no public suffix but have one below them, as `run.app` has `a.run.app`: written by a program.
//!
//! From the public suffix list, {version}. To bring it up to date:
//! `python3 -m venv v && v/bin/pip install publicsuffixlist && v/bin/python src/origin/suffix_ancestors.py`

/// Sorted. Names of one label are left out: a wildcard right above one is open to strangers anyway.
#[rustfmt::skip]
pub(super) const ANCESTORS: &[&str] = &[
"""


def main() -> None:
    data = importlib.resources.files("publicsuffixlist").joinpath("public_suffix_list.dat").read_text("utf-8")
    version = next(line for line in data.splitlines() if line.startswith("// VERSION: ")).removeprefix("// VERSION: ")
    suffixes, ancestors = set(), set()
    for line in data.splitlines():
        rule = line.strip()
        if not rule or rule.startswith("//") or rule.startswith("!"):
            continue
        labels = [label.encode("idna").decode("ascii") for label in rule.lower().split(".")]
        suffixes.add(".".join(labels))
        ancestors.update(".".join(labels[n:]) for n in range(1, len(labels) - 1))
    # The parent of a wildcard rule stays: it is no suffix by that rule alone.
    ancestors -= suffixes
    # Nor are names that a wildcard rule makes suffixes.
    ancestors = {name for name in ancestors if "*." + name.split(".", 1)[1] not in suffixes}
    lines, line = [], "   "
    for name in sorted(ancestors):
        if "*" in name:
            raise SystemExit(f"a wildcard in the middle of a rule: {name}")
        entry = f' "{name}",'
        if len(line) + len(entry) > 120:
            lines.append(line)
            line = "   "
        line += entry
    lines.append(line)
    TARGET.write_text(HEADER.format(version=version) + "\n".join(lines) + "\n];\n", "utf-8")
    print(f"{len(ancestors)} names to {TARGET}")


if __name__ == "__main__":
    main()
