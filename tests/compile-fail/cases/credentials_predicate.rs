use tower_cors::{AllowCredentials, CorsLayer};

fn main() {
    let _ = CorsLayer::new().allow_credentials(AllowCredentials::predicate(|origin, _parts| origin == "https://a.example"));
}
