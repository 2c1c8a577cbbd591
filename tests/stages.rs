//! A file uses only what stands before it in the table of CONTRIBUTING.md.

use std::path::Path;

const SRC: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src");

/// The modules in the order of the table: a file, or a folder with all that is in it.
fn table() -> Vec<&'static str> {
    let rows = include_str!("../CONTRIBUTING.md").lines().filter(|line| line.starts_with("| "));
    let cells = rows.filter_map(|row| row.trim_end_matches('|').rsplit('|').next());
    let names = cells.flat_map(|cell| cell.split('`').skip(1).step_by(2));
    names.map(|name| name.trim_end_matches('/').trim_end_matches(".rs")).collect()
}

/// Every Rust file below a folder, as text.
fn sources(path: &Path, found: &mut Vec<(String, String)>) {
    if path.is_dir() {
        for entry in path.read_dir().unwrap() {
            sources(&entry.unwrap().path(), found);
        }
    } else if path.extension().is_some_and(|extension| extension == "rs") {
        found.push((path.display().to_string(), std::fs::read_to_string(path).unwrap()));
    }
}

/// The modules that the code of a file names after `crate::`, tests left out.
fn uses(source: &str) -> Vec<&str> {
    let (code, _tests) = source.split_once("#[cfg(test)]\nmod tests {").unwrap_or((source, ""));
    let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    let paths = lines.flat_map(|line| line.split("crate::").skip(1));
    paths.map(|path| path.split(|c: char| c != '_' && !c.is_ascii_alphanumeric()).next().unwrap_or_default()).collect()
}

#[test]
fn imports_run_one_way() {
    let table = table();
    let place = |module: &str| table.iter().position(|name| *name == module);
    let mut checked = 0;
    for entry in Path::new(SRC).read_dir().unwrap() {
        let path = entry.unwrap().path();
        let module = path.file_stem().unwrap().to_str().unwrap().to_owned();
        if module == "lib" {
            continue;
        }
        let here = place(&module).unwrap_or_else(|| panic!("{module} is not in the table of CONTRIBUTING.md"));
        let mut files = Vec::new();
        sources(&path, &mut files);
        for (file, source) in files.iter().filter(|(file, _)| !file.ends_with("/tests.rs")) {
            for used in uses(source) {
                let there = place(used).unwrap_or_else(|| panic!("{file} uses crate::{used}, which is no module"));
                assert!(there <= here, "{file} uses crate::{used}, which the table has after {module}");
                checked += 1;
            }
        }
    }
    assert!(checked > 100, "{checked}");
    for module in &table {
        let exists = ["", ".rs"].iter().any(|end| Path::new(SRC).join(format!("{module}{end}")).exists());
        assert!(exists, "src has no {module}");
        assert_eq!(table.iter().filter(|name| *name == module).count(), 1, "{module} stands in the table twice");
    }
}
