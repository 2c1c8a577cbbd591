#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    counted::program(counted::direct::calls(counted::fixture::stacks::ours));
}
