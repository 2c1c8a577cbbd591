//! Names under which strangers register names of their own: what the rules ask the public suffix list.

#[cfg(feature = "public-suffix")]
mod list {
    use crate::origin::suffix_ancestors::ANCESTORS;

    /// Whether the ICANN section of the list names `host` (without root dot) as a public suffix.
    ///
    /// Without the feature `public-suffix` the answer may be `None`: nobody could be asked.
    #[expect(clippy::unnecessary_wraps, reason = "the same signature without the feature")]
    pub(in crate::origin) fn is_icann_suffix(host: &str) -> Option<bool> {
        Some(
            psl::suffix(host.as_bytes())
                .is_some_and(|suffix| suffix.as_bytes() == host.as_bytes() && suffix.typ() == Some(psl::Type::Icann)),
        )
    }

    /// Whether `base` (without root dot) is a public suffix, or has one below it.
    pub(in crate::origin) fn strangers_register_below(base: &str) -> bool {
        // The second question finds wildcard rules: `*.ck` makes every name below `ck` a suffix, but not `ck` itself.
        // The table has all that lies further above.
        is_suffix(base) || is_suffix(&format!("0.{base}")) || ANCESTORS.binary_search(&base).is_ok()
    }

    pub(in crate::origin) fn is_suffix(host: &str) -> bool {
        psl::suffix(host.as_bytes()).is_some_and(|suffix| suffix.as_bytes() == host.as_bytes())
    }

    /// The name that somebody registered: a public suffix and one label before it.
    pub(in crate::origin) fn registrable_domain(host: &str) -> Option<&str> {
        psl::domain_str(host)
    }
}

#[cfg(not(feature = "public-suffix"))]
mod list {
    use crate::origin::grammar::is_with_levels;

    /// Known for names of several labels below most top-level domains only.
    pub(in crate::origin) fn is_icann_suffix(host: &str) -> Option<bool> {
        let (_, top) = host.rsplit_once('.')?;
        (!is_with_levels(top.as_bytes())).then_some(false)
    }

    /// Without the list every name may be one: never silently unchecked.
    pub(in crate::origin) fn strangers_register_below(_base: &str) -> bool {
        true
    }

    /// Guessed: the last two labels. Nothing but the wording of an explanation depends on it.
    pub(in crate::origin) fn registrable_domain(host: &str) -> Option<&str> {
        let (rest, _) = host.rsplit_once('.')?;
        let start = rest.rfind('.').map_or(0, |dot| dot + 1);
        host.get(start..)
    }
}

pub(super) use list::{is_icann_suffix, registrable_domain, strangers_register_below};

#[cfg(all(test, feature = "public-suffix"))]
mod tests {
    use super::list::is_suffix;
    use super::{is_icann_suffix, strangers_register_below};
    use crate::origin::suffix_ancestors::ANCESTORS;

    #[test]
    fn strangers_register_below_suffixes_wildcard_rules_and_ancestors() {
        for base in [
            "com",
            "co.uk",
            "github.io",
            "netlify.app",
            "vercel.app",
            "ck",
            "foo.ck",
            "kawasaki.jp",
            "foo.kawasaki.jp",
            "amazonaws.com",
            "s3.amazonaws.com",
            "run.app",
            "a.run.app",
            "core.windows.net",
            "windows.net",
            "compute.amazonaws.com",
            "xn--55qx5d.cn",
            "internal",
            "corp",
            "unknowntld",
        ] {
            assert!(strangers_register_below(base), "{base}");
        }
        for base in [
            "example.com",
            "example.co.uk",
            "me.github.io",
            "www.ck",
            "city.kawasaki.jp",
            "x.city.kawasaki.jp",
            "preview.example.com",
            "example.unknowntld",
            "example.internal",
            "foo.localhost",
            "a.foo.ck",
        ] {
            assert!(!strangers_register_below(base), "{base}");
        }
    }

    #[test]
    fn only_the_icann_section_counts_inside_a_label() {
        for (host, icann) in [
            ("co.uk", true),
            ("k12.ma.us", true),
            ("foo.kawasaki.jp", true),
            ("xn--55qx5d.cn", true),
            ("vercel.app", false),
            ("github.io", false),
            ("example.com", false),
            ("city.kawasaki.jp", false),
            ("example.unknowntld", false),
        ] {
            assert_eq!(is_icann_suffix(host), Some(icann), "{host}");
        }
    }

    #[test]
    fn top_level_domains_without_levels_have_no_icann_suffix_of_several_labels() {
        use crate::origin::grammar::is_with_levels;
        use crate::origin::suffix_levels::WITH_LEVELS;
        for pair in WITH_LEVELS.windows(2) {
            assert!(pair[0] < pair[1], "{pair:?}");
        }
        for (host, top) in [("co.uk", "uk"), ("k12.ma.us", "us"), ("foo.ck", "ck"), ("foo.kawasaki.jp", "jp")] {
            assert!(is_icann_suffix(host) == Some(true) && is_with_levels(top.as_bytes()), "{host}");
        }
        let common = ["com", "net", "org", "edu", "gov", "mil", "co", "ac", "go", "or", "ne", "id", "k12", "in-addr"];
        for top in ["com", "net", "org", "dev", "app", "de", "eu", "nl", "ch", "info", "cloud", "unknowntld"] {
            assert!(!is_with_levels(top.as_bytes()), "{top}");
            for second in common {
                assert_eq!(is_icann_suffix(&format!("{second}.{top}")), Some(false), "{second}.{top}");
            }
        }
    }

    #[cfg(feature = "idna")]
    #[test]
    fn the_tables_have_what_the_locked_list_has() {
        use crate::origin::grammar::is_with_levels;
        use std::io::Write as _;

        /// Where Cargo unpacked the `psl` of `Cargo.lock`, which has the list beside its code.
        fn list() -> Option<String> {
            let lock = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.lock")).unwrap();
            let (_, rest) = lock.split_once("name = \"psl\"\nversion = \"").unwrap();
            let (version, _) = rest.split_once('"').unwrap();
            let home = std::env::var_os("CARGO_HOME").map(std::path::PathBuf::from);
            let home = home.or_else(|| Some(std::path::Path::new(&std::env::var_os("HOME")?).join(".cargo")))?;
            let registries = home.join("registry/src").read_dir().ok()?.filter_map(Result::ok);
            let mut lists = registries.map(|registry| registry.path().join(format!("psl-{version}/data/rules.txt")));
            lists.find_map(|list| std::fs::read_to_string(list).ok())
        }

        /// Its rules without exceptions, in Punycode.
        fn rules(list: &str) -> Vec<String> {
            let rules = list.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with(['/', '!']));
            let punycode = |rule: &str| match rule.strip_prefix("*.") {
                Some(base) => format!("*.{}", idna::domain_to_ascii(base).unwrap()),
                None => idna::domain_to_ascii(rule).unwrap(),
            };
            rules.map(punycode).collect()
        }

        let Some(list) = list() else {
            assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "the public suffix list of `psl` was not found");
            // Past the harness, which would keep it.
            let _ =
                writeln!(std::io::stderr(), "SKIPPED: no sources of `psl` in Cargo's registry to compare tables with");
            return;
        };
        let rules = rules(&list);
        assert!(rules.len() > 9000, "{}", rules.len());
        let (mut ancestors, mut levels) = (0, 0);
        for rule in &rules {
            let name = rule.replace('*', "0");
            assert!(is_suffix(&name), "{rule}");
            let (_, top) = name.rsplit_once('.').unwrap_or(("", &name));
            if is_icann_suffix(&name) == Some(true) && name.contains('.') {
                assert!(is_with_levels(top.as_bytes()), "{top}, of {rule}, is not among the levels");
                levels += 1;
            }
            for (dot, _) in name.match_indices('.') {
                let above = &name[dot + 1..];
                assert!(!above.contains('.') || strangers_register_below(above), "{above}, of {rule}");
                ancestors += usize::from(ANCESTORS.binary_search(&above).is_ok());
            }
        }
        // Both tables decide something: the crate alone would not tell.
        assert!(ancestors > 500 && levels > 3000, "{ancestors} {levels}");
    }

    #[test]
    fn the_ancestors_are_sorted_unique_and_no_suffixes_themselves() {
        assert!(ANCESTORS.len() > 300, "{}", ANCESTORS.len());
        for pair in ANCESTORS.windows(2) {
            assert!(pair[0] < pair[1], "{pair:?}");
        }
        for ancestor in ANCESTORS {
            assert!(ancestor.contains('.'), "{ancestor} is one label");
            assert!(!is_suffix(ancestor), "{ancestor}");
        }
        // Each with a suffix that lies below it.
        for (ancestor, below) in [
            ("amazonaws.com", "s3.amazonaws.com"),
            ("run.app", "a.run.app"),
            ("core.windows.net", "blob.core.windows.net"),
            ("windows.net", "blob.core.windows.net"),
        ] {
            assert!(ANCESTORS.contains(&ancestor), "{ancestor}");
            assert!(below.ends_with(&format!(".{ancestor}")) && is_suffix(below), "{below}");
        }
    }
}
