//! Rules for the application's objects, which schemas do not check. Each rule returns its violations, and has fixtures
//! that violate it: changes of the production overlay.

mod disruption;
mod exposure;
mod generated;
mod images;
mod network;
mod spin_app;
mod variables;

pub(super) use self::generated::labels;
use super::objects::Objects;
use super::render;

struct Policy {
    name: &'static str,
    /// Returns a message for each violation.
    broken: fn(&Objects) -> Vec<String>,
    fixtures: &'static [Fixture],
}

/// A change that breaks a rule, and a part of the rule's message.
struct Fixture {
    change: fn(&mut Objects),
    says: &'static str,
}

/// The overlay that the fixtures change.
const GOOD: &str = "k8s/overlays/production";

fn policies() -> impl Iterator<Item = &'static Policy> {
    let modules = [
        disruption::POLICIES,
        exposure::POLICIES,
        generated::POLICIES,
        images::POLICIES,
        network::POLICIES,
        spin_app::POLICIES,
        variables::POLICIES,
    ];
    modules.into_iter().flatten()
}

#[test]
fn every_application_keeps_every_policy() {
    let mut broken = Vec::new();
    for rendering in render::applications() {
        for policy in policies() {
            let found = (policy.broken)(&rendering.objects).into_iter();
            broken.extend(found.map(|text| format!("{}: {}: {text}", rendering.directory, policy.name)));
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
    assert!(render::applications().count() > 10, "base, components and overlays");
}

#[test]
fn every_policy_can_be_broken() {
    for policy in policies() {
        assert!(!policy.fixtures.is_empty(), "{} has no fixture", policy.name);
        for fixture in policy.fixtures {
            let mut objects = render::rendered(GOOD).clone();
            (fixture.change)(&mut objects);
            let found = (policy.broken)(&objects);
            let is_told = found.iter().any(|text| text.contains(fixture.says));
            assert!(is_told, "{}: no message has {:?}: {found:#?}", policy.name, fixture.says);
        }
    }
}
