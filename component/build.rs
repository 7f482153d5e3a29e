//! Tells the linker how large the component's stack is.

/// In bytes: twice the size with which all the tests passed. The default of 1 MiB would be most of an instance's
/// memory, and the runtime keeps it resident for the largest number of instances that ever ran at a time.
const STACK_SIZE: u32 = 128 << 10;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_FAMILY").is_ok_and(|family| family == "wasm") {
        println!("cargo::rustc-link-arg=-zstack-size={STACK_SIZE}");
    }
}
