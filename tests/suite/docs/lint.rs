//! A linter checks the OpenAPI document.

use std::process::Command;

use black_box::repository;

/// Turns off the linter's telemetry and its notice of updates.
const SILENCE: [(&str, &str); 2] = [("REDOCLY_TELEMETRY", "off"), ("REDOCLY_SUPPRESS_UPDATE_NOTICE", "true")];

/// `tests/tools/redocly.yaml` names the rules, which have no exceptions.
#[test]
fn the_linter_finds_nothing() {
    let root = repository::root();
    let linter = root.join("target/tools/node/node_modules/.bin/redocly");
    assert!(linter.exists(), "the linter is not installed: run ./hack/tools/node");
    let output = Command::new(linter)
        .args(["lint", "--config", "tests/tools/redocly.yaml", "--format", "json", "openapi.json"])
        .envs(SILENCE)
        .current_dir(root)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let said = format!("{text}{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}");
    let found: serde_json::Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {said}"));
    // The linter succeeds in spite of warnings.
    for kind in ["errors", "warnings", "ignored"] {
        assert_eq!(found["totals"][kind], 0, "{kind}: {said}");
    }
}
