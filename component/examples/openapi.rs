//! Prints the API's description: `cargo run --package api --example openapi -- json`, or `yaml`.

use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let document = api::routes::openapi::document();
    match std::env::args().nth(1).as_deref() {
        Some("json") => println!("{}", document.to_pretty_json()?),
        Some("yaml") => print!("{}", document.to_yaml()?),
        _ => return Err("json or yaml?".into()),
    }
    Ok(())
}
