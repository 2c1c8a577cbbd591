//! Describes the gRPC service of the example, for the clients in the page.

use std::path::PathBuf;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    const PROTOCOL: &str = "../../examples/grpc-web/proto";
    println!("cargo::rerun-if-changed={PROTOCOL}/greeter.proto");
    let set = protox::Compiler::new([PROTOCOL])?.open_file("greeter.proto")?.encode_file_descriptor_set();
    let directory = std::env::var_os("OUT_DIR").ok_or("no OUT_DIR")?;
    std::fs::write(PathBuf::from(directory).join("greeter.binpb"), set)?;
    Ok(())
}
