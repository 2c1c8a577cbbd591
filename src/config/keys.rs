//! The keys of a configuration, and how they are written where it comes from.

use crate::edits;
use crate::problem::Setting;

/// Every key and what it sets, in the order of the settings.
const KEYS: [(&str, Setting); 12] = [
    ("origins", Setting::AllowOrigins),
    ("methods", Setting::AllowMethods),
    ("headers", Setting::AllowHeaders),
    ("expose_headers", Setting::ExposeHeaders),
    ("credentials", Setting::AllowCredentials),
    ("max_age", Setting::MaxAge),
    ("vary", Setting::Vary),
    ("preflight_status", Setting::PreflightStatus),
    ("reject_disallowed_origins", Setting::RejectDisallowedOrigins),
    ("dangerously_allow_null_origin", Setting::DangerouslyAllowNullOrigin),
    ("dangerously_allow_insecure_origins", Setting::DangerouslyAllowInsecureOrigins),
    ("dangerously_allow_public_suffixes", Setting::DangerouslyAllowPublicSuffix),
];

/// A longer key is not compared: no known one looks like it.
const LONGEST_COMPARED: usize = 64;

pub(super) fn setting(key: &str) -> Option<Setting> {
    KEYS.iter().find(|(name, _)| *name == key).map(|(_, setting)| *setting)
}

pub(super) fn key(setting: Setting) -> &'static str {
    KEYS.iter().find(|(_, other)| *other == setting).map_or("", |(name, _)| *name)
}

pub(super) fn takes_list(setting: Setting) -> bool {
    matches!(
        setting,
        Setting::AllowOrigins
            | Setting::AllowMethods
            | Setting::AllowHeaders
            | Setting::ExposeHeaders
            | Setting::Vary
            | Setting::DangerouslyAllowPublicSuffix
    )
}

pub(super) fn is_dangerous(setting: Setting) -> bool {
    key(setting).starts_with("dangerously_")
}

/// How the keys are written.
#[derive(Clone, Debug, Default)]
pub(super) enum Spelling {
    /// `expose_headers`
    #[default]
    Keys,
    /// `APP_CORS_EXPOSE_HEADERS`, with this prefix.
    Variables(Box<str>),
}

impl Spelling {
    /// The setting of an environment variable; a name's upper and lower case are the same, as on Windows.
    pub(super) fn setting_of_variable(rest: &str) -> Option<Setting> {
        KEYS.iter().find(|(name, _)| name.eq_ignore_ascii_case(rest)).map(|(_, setting)| *setting)
    }

    pub(super) fn key(&self, setting: Setting) -> String {
        self.spell(key(setting))
    }

    pub(super) fn place(&self, setting: Setting, index: Option<usize>) -> String {
        match index {
            Some(index) => format!("{}[{index}]", self.key(setting)),
            None => self.key(setting),
        }
    }

    /// The known key that an unknown one was probably meant to be.
    pub(super) fn nearest(&self, unknown: &str) -> Option<String> {
        let unknown = match self {
            Self::Keys => unknown,
            Self::Variables(prefix) => unknown.strip_prefix(&**prefix)?,
        };
        if unknown.len() > LONGEST_COMPARED {
            return None;
        }
        let unknown = essence(unknown);
        // Up to two slips, but never more than a third of what was written: `x` is not `vary`.
        let most = (unknown.len() / 3).min(2);
        let near = KEYS.iter().filter_map(|(name, _)| Some((name, edits::between(&essence(name), &unknown, most)?)));
        near.min_by_key(|(_, slips)| *slips).map(|(name, _)| self.spell(name))
    }

    fn spell(&self, name: &str) -> String {
        match self {
            Self::Keys => name.to_owned(),
            Self::Variables(prefix) => format!("{prefix}{}", name.to_ascii_uppercase()),
        }
    }
}

/// What is left when the habits of other configurations are taken away: `allowed-origins`, `allowCredentials`,
/// `Access-Control-Max-Age`.
fn essence(key: &str) -> String {
    let key: String =
        key.chars().filter(char::is_ascii_alphanumeric).map(|character| character.to_ascii_lowercase()).collect();
    let mut rest = key.as_str();
    for habit in ["cors", "accesscontrol", "allowed", "allow"] {
        rest = rest.strip_prefix(habit).unwrap_or(rest);
    }
    rest.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_but_the_unknown_one_belongs_to_a_setting_and_stands_in_its_order() {
        assert!(KEYS.windows(2).all(|pair| pair[0].1 < pair[1].1));
        for (name, of) in KEYS {
            assert_eq!((setting(name), key(of)), (Some(of), name));
        }
    }

    #[test]
    fn what_was_probably_meant() {
        let cases = [
            ("orgins", Some("origins")),
            ("origin", Some("origins")),
            ("Origins", Some("origins")),
            ("allowed_origins", Some("origins")),
            ("allowed-origins", Some("origins")),
            ("allowOrigins", Some("origins")),
            ("access-control-allow-headers", Some("headers")),
            ("Access-Control-Max-Age", Some("max_age")),
            ("maxAge", Some("max_age")),
            ("exposed_headers", Some("expose_headers")),
            ("exposeHeaders", Some("expose_headers")),
            ("allow_credentials", Some("credentials")),
            ("method", Some("methods")),
            ("reject_dissallowed_origins", Some("reject_disallowed_origins")),
            ("dangerously_allow_public_suffix", Some("dangerously_allow_public_suffixes")),
            ("allow_null_origin", None),
            ("x", None),
            ("", None),
            ("listen", None),
            ("🦀", None),
        ];
        for (unknown, meant) in cases {
            assert_eq!(Spelling::Keys.nearest(unknown).as_deref(), meant, "{unknown}");
        }
        let variables = Spelling::Variables("APP_CORS_".into());
        assert_eq!(variables.nearest("APP_CORS_ORGINS").as_deref(), Some("APP_CORS_ORIGINS"));
        assert_eq!(Spelling::Keys.nearest(&"o".repeat(1 << 20)), None);
    }
}
