//! `observability/` has the only copy of Prometheus's rules. Its operator gets them in another form.

use std::fs;

use black_box::repository;
use serde_json::{Value, json};

use super::objects::{Objects, list, text};
use super::render;

#[test]
fn the_operator_gets_every_group_as_it_is() {
    let mut groups = Vec::new();
    let mut files: Vec<_> = fs::read_dir(repository::root().join("observability/prometheus/rules")).unwrap().collect();
    files.sort_by_key(|file| file.as_ref().unwrap().path());
    for file in files.into_iter().map(Result::unwrap) {
        let text = fs::read_to_string(file.path()).unwrap();
        groups.extend(list(&Objects::parse(&text).all()[0], "/groups").iter().cloned());
    }
    let rule = render::rendered("k8s/overlays/production").find("PrometheusRule", "mini-api").unwrap();
    assert_eq!(rule["spec"]["groups"], Value::Array(groups));
}

#[test]
fn the_dashboard_is_that_of_the_repository() {
    let map = render::rendered("k8s/overlays/production").find("ConfigMap", "mini-api-dashboard").unwrap();
    let dashboard = fs::read_to_string(repository::root().join("observability/grafana/dashboard.json")).unwrap();
    assert_eq!(text(map, "/data/mini-api.json"), dashboard);
    assert_eq!(map["metadata"]["labels"]["grafana_dashboard"], json!("1"));
}
