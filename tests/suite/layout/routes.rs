//! The routes, their description, and the document that shows each.

use std::collections::BTreeSet;

use black_box::{description, repository};

#[test]
fn the_description_has_exactly_the_routes_of_the_routers() {
    let mut routed = BTreeSet::new();
    for file in ["component/src/routes/mod.rs", "docs-ui/src/routes.rs"] {
        let text = std::fs::read_to_string(repository::root().join(file)).expect(file);
        let table = text.split("pub fn router").nth(1).and_then(|rest| rest.split("\n}").next()).expect("a table");
        routed.extend(table.lines().flat_map(routes));
    }
    let operations = description::operations();
    let described: BTreeSet<_> = operations
        .iter()
        .flat_map(|(path, methods)| methods.iter().map(move |method| format!("{method} {path}")))
        .collect();
    assert!(described.len() > 15, "{described:?}");
    assert_eq!(routed, described);
}

#[test]
fn every_type_of_problem_is_described() {
    let text = std::fs::read_to_string(repository::root().join("openapi.json")).expect("openapi.json");
    let errors = repository::root().join("component/src/http/error.rs");
    let errors = std::fs::read_to_string(errors).expect("error.rs");
    let slugs: Vec<_> =
        errors.split("Problem::new(Status::").skip(1).filter_map(|call| call.split('"').nth(1)).collect();
    assert!(slugs.len() > 15, "{slugs:?}");
    // No operation answers so: it is said of paths, and of methods, that there are none.
    for slug in slugs.into_iter().filter(|slug| *slug != "method-not-allowed") {
        assert!(text.contains(&format!("\"urn:mini-api:problem:{slug}\"\n")), "{slug}");
    }
}

/// The routes of a line of the table, such as `GET /tocos`.
fn routes(line: &str) -> Vec<String> {
    let Some((path, handlers)) = line.trim().strip_prefix(".route(\"").and_then(|rest| rest.split_once("\", ")) else {
        return Vec::new();
    };
    let methods = ["get", "put", "post", "delete", "patch"];
    let found = methods
        .into_iter()
        .filter(|method| handlers.starts_with(&format!("{method}(")) || handlers.contains(&format!(").{method}(")));
    found.map(|method| format!("{} {path}", method.to_uppercase())).collect()
}

#[test]
fn routes_are_found_with_all_their_methods() {
    let line = r#"        .route("/tocos/{user}", get(tocos::get).put(tocos::put).delete(tocos::delete))"#;
    assert_eq!(routes(line), ["GET /tocos/{user}", "PUT /tocos/{user}", "DELETE /tocos/{user}"]);
    assert!(routes("        .merge(protected)").is_empty());
}
