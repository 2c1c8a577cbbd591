//! A file uses only what stands before it in the table of CONTRIBUTING.md, and no file what leads back to it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

const SRC: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src");

/// The modules in the order of the table: a file, or a folder with all that is in it.
fn table() -> Vec<&'static str> {
    let rows = include_str!("../CONTRIBUTING.md").lines().filter(|line| line.starts_with("| "));
    let cells = rows.filter_map(|row| row.trim_end_matches('|').rsplit('|').next());
    let names = cells.flat_map(|cell| cell.split('`').skip(1).step_by(2));
    names.map(|name| name.trim_end_matches('/').trim_end_matches(".rs")).collect()
}

/// The code of every file by its module, `crate::resolver::lookup`; tests and comments left out.
fn files() -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    let mut folders = vec![(SRC.to_owned(), "crate".to_owned())];
    while let Some((folder, module)) = folders.pop() {
        for entry in Path::new(&folder).read_dir().unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap();
            let module = if ["mod", "lib"].contains(&name) { module.clone() } else { format!("{module}::{name}") };
            if path.is_dir() {
                folders.push((path.to_str().unwrap().to_owned(), module));
            } else if path.extension().is_some_and(|extension| extension == "rs") && name != "tests" {
                files.insert(module, code(&std::fs::read_to_string(path).unwrap()));
            }
        }
    }
    files
}

fn code(source: &str) -> String {
    let (code, _tests) = source.split_once("\nmod tests {").unwrap_or((source, ""));
    code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

fn above(module: &str) -> &str {
    module.rsplit_once("::").map_or("crate", |(above, _)| above)
}

fn is_word(c: char) -> bool {
    c == '_' || c.is_ascii_alphanumeric()
}

/// Where each of these words stands at the beginning of a path.
fn starts<'a>(code: &'a str, word: &str) -> impl Iterator<Item = &'a str> {
    let word = format!("{word}::");
    let at: Vec<usize> = code.match_indices(&word).map(|(at, _)| at).collect();
    // `pub(in crate::origin)` is said to that module, and uses nothing of it.
    let is_start = |before: &str| !before.ends_with(|c| c == ':' || is_word(c)) && !before.ends_with("(in ");
    at.into_iter().filter(move |at| is_start(&code[..*at])).map(|at| &code[at..])
}

/// The paths that stand here: one, or those of a group in braces.
fn paths(text: &str) -> Vec<String> {
    let Some(end) = text.find(|c| c != ':' && !is_word(c)) else { return vec![text.to_owned()] };
    let (path, rest) = text.split_at(end);
    let Some(group) = rest.strip_prefix('{').filter(|_| path.ends_with("::")) else { return vec![path.to_owned()] };
    let (mut depth, mut elements) = (0, vec![String::new()]);
    for c in group.chars() {
        match c {
            '}' if depth == 0 => break,
            ',' if depth == 0 => elements.push(String::new()),
            _ => elements.last_mut().unwrap().push(c),
        }
        depth += i32::from(c == '{') - i32::from(c == '}');
    }
    elements.iter().flat_map(|element| paths(&format!("{path}{}", element.trim()))).collect()
}

/// The paths that a file names, all of them beginning with `crate::`.
fn used(module: &str, code: &str, files: &BTreeMap<String, String>) -> BTreeSet<String> {
    let mut used = BTreeSet::new();
    for (word, means) in [("crate", "crate"), ("self", module), ("super", above(module))] {
        used.extend(starts(code, word).flat_map(paths).map(|path| format!("{means}{}", &path[word.len()..])));
    }
    let below = files.keys().filter(|other| above(other) == module);
    for child in below.filter_map(|below| below.rsplit("::").next()) {
        used.extend(starts(code, child).flat_map(paths).map(|path| format!("{module}::{path}")));
    }
    let up =
        |path: String| path.split_once("::super").map_or(path.clone(), |(to, rest)| format!("{}{rest}", above(to)));
    used.into_iter().map(up).collect()
}

/// What a file gives to others with `pub use` apart from what it does itself.
fn passed_on(code: &str) -> (String, String) {
    code.split_inclusive(';').partition(|item| {
        let item = item.rsplit("\n\n").next().unwrap_or_default();
        item.lines().any(|line| line.starts_with("pub") && line.contains(" use "))
    })
}

/// The file that has what a path names: not the one that only passes it on.
fn file_of(path: &str, files: &BTreeMap<String, String>) -> String {
    let mut module = path;
    while !files.contains_key(module) {
        module = above(module);
    }
    let name = path[module.len()..].trim_start_matches(':').split("::").next().unwrap_or_default();
    let (passed, _) = passed_on(&files[module]);
    let from = used(module, &passed, files).into_iter().find(|path| path.rsplit("::").next() == Some(name));
    from.filter(|from| !name.is_empty() && from != path).map_or(module.to_owned(), |from| file_of(&from, files))
}

#[test]
fn imports_run_one_way() {
    let (table, files) = (table(), files());
    let place = |module: &str| table.iter().position(|name| *name == module);
    let top = |module: &str| module.split("::").nth(1).unwrap_or_default().to_owned();
    let mut checked = 0;
    for (module, code) in files.iter().filter(|(module, _)| *module != "crate") {
        let here = place(&top(module)).unwrap_or_else(|| panic!("{module} is not in the table of CONTRIBUTING.md"));
        for path in used(module, code, &files) {
            let there = place(&top(&path)).unwrap_or_else(|| panic!("{module} uses {path}, which is in no module"));
            assert!(there <= here, "{module} uses {path}, which the table has after it");
            checked += 1;
        }
    }
    assert!(checked > 100, "{checked}");
    for module in &table {
        assert!(files.contains_key(&format!("crate::{module}")), "src has no {module}");
        assert_eq!(table.iter().filter(|name| *name == module).count(), 1, "{module} stands in the table twice");
    }
}

/// In a folder too, whose files have no table: each could be read after those that it uses.
#[test]
fn no_file_leads_back_to_itself() {
    let files = files();
    let uses = |module: &String, code: &String| {
        let paths = used(module, &passed_on(code).1, &files);
        paths.iter().map(|path| file_of(path, &files)).filter(|other| other != module).collect::<BTreeSet<_>>()
    };
    let mut unread: BTreeMap<_, _> = files.iter().map(|(module, code)| (module.clone(), uses(module, code))).collect();
    let edges: usize = unread.values().map(BTreeSet::len).sum();
    assert!(edges > 300, "{edges}");
    loop {
        let left: BTreeSet<String> = unread.keys().cloned().collect();
        unread.retain(|_, uses| !uses.is_disjoint(&left));
        if unread.len() == left.len() {
            break;
        }
    }
    // Each of those that are left uses one of them: from any of them the way leads into a circle.
    let mut way: Vec<&String> = unread.keys().take(1).collect();
    while let Some(next) = way.last().and_then(|last| unread[*last].iter().find(|used| unread.contains_key(*used))) {
        assert!(!way.contains(&next), "{next} is used by what it uses: {way:?}");
        way.push(next);
    }
}
