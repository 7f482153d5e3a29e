//! `hack/new --bare`, and then the tutorial. A bare project has nothing to leave out, so it lacks this file.

mod tutorial;

use std::fs;
use std::path::Path;
use std::process::Command;

use super::{assert_works, cargo, make, run};
use crate::bare::{Plan, files};
use crate::project::OTHERS;

#[test]
#[ignore = "takes a minute; hack/test runs it with a PostgreSQL"]
fn a_bare_project_has_no_trace_of_the_example_and_passes_its_tests_after_the_tutorial() {
    let (copy, project) = make("bare", true, 14);
    let traces = traces(&Plan::read(&copy).unwrap(), &project);
    assert!(traces.is_empty(), "{traces:#?}");
    run(Command::new(project.join("hack/generate")).arg("--check"), &project);
    tutorial::follow(&project);
    run(&mut Command::new(project.join("hack/generate")), &project);
    cargo(&project, &["fmt", "--all", "--check"]);
    assert_works(&project);
}

/// Lines of a project that mention the example. Git's own files do not count, nor those whose words mean something else.
fn traces(plan: &Plan, project: &Path) -> Vec<String> {
    let is_of_others = |path: &Path| OTHERS.iter().any(|other| path.starts_with(other) || path.ends_with(other));
    let mut traces = Vec::new();
    for path in files(project).unwrap().iter().filter(|path| !path.starts_with(".git") && !is_of_others(path)) {
        let bytes = fs::read(project.join(path)).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        let lines = text.lines().filter(|line| plan.mentions(line));
        traces.extend(lines.map(|line| format!("{}: {line}", path.display())));
    }
    traces
}
