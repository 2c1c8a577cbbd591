//! Any configuration is built or refused with a text that can be printed; what is built can be written down and read.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tower_cors::CorsConfig;
use tower_cors_fuzz::check;

fuzz_target!(|text: &str| {
    let parsed = [toml::from_str::<CorsConfig>(text).ok(), serde_json::from_str::<CorsConfig>(text).ok()];
    let vars = CorsConfig::from_vars("", text.lines().filter_map(|line| line.split_once('=')));
    for config in parsed.into_iter().flatten().chain([vars]) {
        for config in [config.clone(), config.trust_dangerous_keys()] {
            match config.build() {
                Err(error) => check(&error),
                Ok(policy) => {
                    let rules = policy.to_string();
                    let again: CorsConfig = toml::from_str(&rules).unwrap_or_else(|error| panic!("{error}\n{rules}"));
                    let again = again.trust_dangerous_keys().build().unwrap_or_else(|error| panic!("{error}\n{rules}"));
                    assert_eq!(again, policy, "{rules}");
                }
            }
        }
    }
});
