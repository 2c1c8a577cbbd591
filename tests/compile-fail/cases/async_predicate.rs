use tower_cors::AllowOrigin;

fn main() {
    let _ = AllowOrigin::async_predicate(|origin, _parts| async move { origin == "https://app.example.com" });
}
