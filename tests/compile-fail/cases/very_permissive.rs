fn main() {
    let _ = tower_cors::CorsLayer::very_permissive();
}
