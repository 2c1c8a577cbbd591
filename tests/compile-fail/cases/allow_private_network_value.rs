use tower_cors::{AllowPrivateNetwork, CorsLayer};

fn main() {
    let _ = CorsLayer::new().allow_private_network(AllowPrivateNetwork::yes());
}
