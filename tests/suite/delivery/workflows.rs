//! GitHub's workflows: rules that linters do not check. Each rule is a function that returns the violations. The tests
//! also apply it to a broken copy.

mod cost;
mod edge;
mod forks;
mod identity;
mod names;
mod pins;
mod rights;
mod spin;

use std::fs;

use black_box::repository;
use serde_json::Value;

const DIRECTORY: &str = ".github/workflows";

#[derive(Clone)]
struct Workflow {
    /// The name of its file, such as `ci.yaml`.
    name: String,
    text: String,
    value: Value,
}

impl Workflow {
    fn parse(name: &str, text: &str) -> Self {
        let value = serde_saphyr::from_str(text).unwrap_or_else(|error| panic!("{name}: {error}"));
        Self { name: name.to_owned(), text: text.to_owned(), value }
    }

    /// Returns a copy of the workflow with one text replaced.
    fn with(&self, old: &str, new: &str) -> Self {
        assert!(self.text.contains(old), "{} has no {old:?}", self.name);
        Self::parse(&self.name, &self.text.replacen(old, new, 1))
    }

    fn jobs(&self) -> impl Iterator<Item = (&str, &Value)> {
        let jobs = self.value["jobs"].as_object();
        jobs.unwrap_or_else(|| panic!("{} has no jobs", self.name)).iter().map(|(name, job)| (name.as_str(), job))
    }

    fn is_started_by(&self, event: &str) -> bool {
        self.value["on"].get(event).is_some()
    }

    /// The patterns of `paths` for an event.
    fn paths(&self, event: &str) -> Vec<&str> {
        self.patterns(event, "paths")
    }

    /// The patterns of `paths` or `paths-ignore`.
    fn patterns(&self, event: &str, key: &str) -> Vec<&str> {
        let patterns = self.value["on"][event][key].as_array();
        patterns.into_iter().flatten().filter_map(Value::as_str).collect()
    }
}

fn workflows() -> Vec<Workflow> {
    let mut found = Vec::new();
    for entry in fs::read_dir(repository::root().join(DIRECTORY)).unwrap().map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        found.push(Workflow::parse(&name, &fs::read_to_string(entry.path()).unwrap()));
    }
    assert!(found.len() >= 5, "only {} workflows", found.len());
    found
}

fn workflow(name: &str) -> Workflow {
    workflows().into_iter().find(|workflow| workflow.name == name).unwrap_or_else(|| panic!("no {name}"))
}

#[test]
fn every_job_ends() {
    // GitHub's own limit, of six hours, is too long to wait for a job that hangs.
    const LONGEST_MINUTES: u64 = 120;
    let broken = |workflow: &Workflow| -> Vec<String> {
        // A job that calls a workflow can't have a limit. The called workflow's jobs have theirs.
        let own = workflow.jobs().filter(|(_, job)| job.get("uses").is_none());
        let is_limited = |job: &Value| job["timeout-minutes"].as_u64().is_some_and(|limit| limit <= LONGEST_MINUTES);
        own.filter(|(_, job)| !is_limited(job)).map(|(name, _)| format!("{}: {name}", workflow.name)).collect()
    };
    for workflow in workflows() {
        assert_eq!(broken(&workflow), [""; 0]);
    }
    let ci = workflow("ci.yaml");
    assert_eq!(broken(&ci.with("    timeout-minutes: 5\n", "")), ["ci.yaml: required"]);
    assert_eq!(broken(&ci.with("timeout-minutes: 90", "timeout-minutes: 360")), ["ci.yaml: spin"]);
}

#[test]
fn the_job_to_require_waits_for_every_other() {
    let broken = |workflow: &Workflow| -> Vec<String> {
        let required = &workflow.value["jobs"]["required"];
        let needs: Vec<_> = required["needs"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let others = workflow.jobs().map(|(name, _)| name).filter(|name| *name != "required");
        let mut broken: Vec<_> = others.filter(|name| !needs.contains(name)).map(str::to_owned).collect();
        // Without it, the job is skipped when another fails, and a branch rule accepts a skipped job.
        if required["if"] != "always()" {
            broken.push("if".to_owned());
        }
        broken
    };
    let ci = workflow("ci.yaml");
    assert_eq!(broken(&ci), [""; 0]);
    let without = ci.with("needs: [test, spin, ", "needs: [test, ");
    assert_eq!(broken(&without), ["spin"]);
    assert_eq!(broken(&ci.with("    if: always()\n", "")), ["if"]);
}
