fn main() {
    counted::program(counted::through_axum::calls(counted::fixture::stacks::tower_http));
}
