//! The README says of the browsers what the results say.

fn read(path: &str) -> String {
    std::fs::read_to_string(format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

#[test]
fn the_readme_has_the_sentence_of_the_results() {
    let results = read("RESULTS.md");
    let summary = results.lines().find(|line| line.contains(" do what that model says in ")).unwrap();
    let readme = read("../../README.md").split_whitespace().collect::<Vec<_>>().join(" ");
    let summary = summary.trim_end_matches('.');
    assert!(readme.contains(summary), "the README has to say: {summary}");
}
