//! Each name that is not carried over from tower-http says what to write instead.

#[test]
fn removed_names_say_what_to_write() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("cases/*.rs");
}
