//! Differences between the repositories that run these workflows.

use super::workflows;

#[test]
fn names_of_images_are_in_lower_case_whatever_the_repository_is_called() {
    let mut found = 0;
    for workflow in workflows() {
        let text = workflow.value.to_string();
        for (at, registry) in text.match_indices("ghcr.io/") {
            let name = &text[at + registry.len()..];
            assert!(!name.starts_with("${{"), "{}: {}", workflow.name, &name[..40]);
            found += usize::from(name.starts_with("${") && name.contains(",,}"));
        }
    }
    assert!(found >= 5, "{found}");
}

/// A private repository has attestations only on a paid plan.
#[test]
fn every_attestation_can_be_left_out() {
    let mut found = 0;
    for workflow in workflows() {
        for (name, job) in workflow.jobs() {
            for step in job["steps"].as_array().into_iter().flatten() {
                if step["uses"].as_str().is_some_and(|uses| uses.starts_with("actions/attest@")) {
                    found += 1;
                    assert_eq!(step["if"], "vars.ATTESTATIONS != 'off'", "{}: {name}", workflow.name);
                }
            }
        }
    }
    assert!(found >= 4, "{found}");
}
