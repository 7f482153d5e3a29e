//! The triggers of a locked application.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::manifest::{Executor, HttpTrigger};

#[derive(Debug, Serialize)]
pub(super) struct Trigger<'a> {
    id: String,
    trigger_type: &'static str,
    trigger_config: Config<'a>,
}

#[derive(Debug, Serialize)]
struct Config<'a> {
    component: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    executor: Option<&'a Executor>,
    route: &'a str,
}

/// Returns the triggers with their ids. As Spin does, names a trigger without an id after its component, or numbers it
/// if that id is taken.
pub(super) fn locked(triggers: &[HttpTrigger]) -> Vec<Trigger<'_>> {
    let mut taken: BTreeSet<String> = triggers.iter().map(|trigger| trigger.id.clone()).collect();
    let mut locked = Vec::new();
    for trigger in triggers {
        let HttpTrigger { id, route, component, executor } = trigger;
        let id = if id.is_empty() { free_id(component, &taken) } else { id.clone() };
        taken.insert(id.clone());
        let trigger_config = Config { component, executor: executor.as_ref(), route };
        locked.push(Trigger { id, trigger_type: "http", trigger_config });
    }
    locked
}

fn free_id(component: &str, taken: &BTreeSet<String>) -> String {
    let natural = format!("{component}-http-trigger");
    if !taken.contains(&natural) {
        return natural;
    }
    // At most `taken.len()` of these ids are taken, so at least one is free.
    let mut numbered = (1..=taken.len() + 1).map(|number| format!("http-trigger{number}"));
    numbered.find(|id| !taken.contains(id)).unwrap_or(natural)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_given_as_spin_gives_them() {
        let trigger = |id: &str, component: &str| HttpTrigger {
            id: id.to_owned(),
            route: "/".to_owned(),
            component: component.to_owned(),
            executor: None,
        };
        let triggers = [trigger("", "a"), trigger("", "a"), trigger("http-trigger2", "b"), trigger("", "b")];
        let triggers: Vec<_> = triggers.into_iter().chain([trigger("", "a")]).collect();
        let ids: Vec<_> = locked(&triggers).into_iter().map(|trigger| trigger.id).collect();
        assert_eq!(ids, ["a-http-trigger", "http-trigger1", "http-trigger2", "b-http-trigger", "http-trigger3"]);
    }
}
