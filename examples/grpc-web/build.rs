//! Compiles the protocol with `protox`, so that no `protoc` has to be installed.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-changed=proto/greeter.proto");
    tonic_prost_build::configure().compile_fds(protox::compile(["greeter.proto"], ["proto"])?)?;
    Ok(())
}
