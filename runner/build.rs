//! Finds the WIT of the Spin interfaces in the spin-sdk package that Cargo resolved. Writes the macro with which the
//! modules of `src/spin/` generate bindings.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

use cargo_metadata::{Metadata, MetadataCommand};

fn main() -> Result<(), Box<dyn Error>> {
    let wit = find_wit()?;
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={}", wit.display());
    let out = PathBuf::from(env::var("OUT_DIR")?).join("spin_bindings.rs");
    fs::write(out, bindings_macro(&wit))?;
    Ok(())
}

/// Returns the `wit` folder of spin-sdk, wherever the package is: in a registry, a vendor folder or a path.
fn find_wit() -> Result<PathBuf, Box<dyn Error>> {
    let metadata = metadata()?;
    let package = metadata
        .packages
        .iter()
        .find(|package| package.name.as_str() == "spin-sdk")
        .ok_or("spin-sdk is not among the dependencies")?;
    let wit = package.manifest_path.parent().ok_or("the manifest of spin-sdk has no folder")?.join("wit");
    Ok(wit.into_std_path_buf())
}

/// Tries offline first, because everything that this build needs is already there. A machine that built only this
/// crate may lack packages of the other workspace members; then the second try uses the network.
fn metadata() -> Result<Metadata, cargo_metadata::Error> {
    let run = |offline: &[&str]| {
        let mut options = vec!["--locked".to_owned()];
        if let Ok(target) = env::var("TARGET") {
            options.extend(["--filter-platform".to_owned(), target]);
        }
        options.extend(offline.iter().map(ToString::to_string));
        MetadataCommand::new().other_options(options).exec()
    };
    run(&["--offline"]).or_else(|_| run(&[]))
}

/// `bindgen!` accepts its path only as a literal, so this writes the path into a macro that takes the other options.
fn bindings_macro(wit: &Path) -> String {
    format!(
        "macro_rules! spin_bindings {{
    ($($options:tt)*) => {{
        wasmtime::component::bindgen!({{ path: {wit:?}, $($options)* }});
    }};
}}
"
    )
}
