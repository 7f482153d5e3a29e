//! Makes a project of another name from this one: `hack/new NAME --org ORG [--registry HOST] [--bare] DIRECTORY`.

mod arguments;
mod bare;
mod identity;
#[cfg(test)]
mod made;
mod markdown;
mod names;
mod project;
mod rename;

use std::path::Path;
use std::process::ExitCode;

use arguments::{Arguments, USAGE};
use identity::Identity;
use rename::Renamer;

/// Exit status for an invalid command line.
const USAGE_ERROR: u8 = 2;

fn main() -> ExitCode {
    let arguments = match Arguments::parse(lexopt::Parser::from_env()) {
        Ok(Some(arguments)) => arguments,
        Ok(None) => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Err(message) => return fail(&format!("{message}\n{USAGE}"), USAGE_ERROR),
    };
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => fail(&message, 1),
    }
}

fn run(arguments: &Arguments) -> Result<(), String> {
    // Cargo sets it when `hack/new` runs this. A compiled-in path could be wrong, as two projects may share a build.
    let crate_root = std::env::var_os("CARGO_MANIFEST_DIR").ok_or("run hack/new instead of this program")?;
    let root = Path::new(&crate_root).join("../..");
    let root = root.canonicalize().map_err(|error| format!("{}: {error}", root.display()))?;
    let old = Identity::read(&root)?;
    let new = Identity {
        name: arguments.name.clone(),
        organisation: arguments.organisation.clone(),
        registry: arguments.registry.clone().unwrap_or_else(|| old.registry.clone()),
    };
    names::check(&new, &identity::crates(&root)?)?;
    let directory = arguments.directory.as_path();
    project::make(&root, &Renamer::new(&old, &new), arguments.is_bare, directory)?;
    println!("{} is in {}. Next, there:\n  ./hack/up\n  ./hack/test", new.name, directory.display());
    Ok(())
}

fn fail(message: &str, status: u8) -> ExitCode {
    eprintln!("hack/new: {message}");
    ExitCode::from(status)
}

#[test]
fn the_script_runs_the_program() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../hack/new");
    let output = std::process::Command::new(script).output().unwrap();
    assert_eq!(output.status.code(), Some(USAGE_ERROR.into()));
    assert!(String::from_utf8_lossy(&output.stderr).contains(USAGE), "{}", String::from_utf8_lossy(&output.stderr));
}
