use tower_cors::{Any, Cors};

fn main() {
    let _ = Cors::permissive(());
    let _ = Cors::new(()).allow_origin(Any);
}
