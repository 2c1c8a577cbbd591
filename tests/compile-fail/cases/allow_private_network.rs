fn main() {
    let _ = tower_cors::CorsLayer::new().allow_private_network(true);
}
