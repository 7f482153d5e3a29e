//! The component `gateway-retries`.

use serde_json::json;

use super::objects::text;
use super::render::rendered;

#[test]
fn only_reads_are_retried_and_also_after_a_lost_connection() {
    let objects = rendered("k8s/components/gateway-retries");
    let policy = objects.find("BackendTrafficPolicy", "mini-api-reads").expect("a policy");
    let target = &policy["spec"]["targetRefs"][0];
    let route = objects.find(text(target, "/kind"), text(target, "/name")).expect("its route");
    let rules = route["spec"]["rules"].as_array().unwrap();
    let rule = rules.iter().find(|rule| rule["name"] == target["sectionName"]).expect("its rule");
    let methods: Vec<_> = rule["matches"].as_array().unwrap().iter().map(|matched| &matched["method"]).collect();
    assert_eq!(methods, ["GET", "HEAD"]);
    assert!(policy["spec"]["retry"]["retryOn"]["triggers"].as_array().unwrap().contains(&json!("reset")), "{policy}");
    // Envoy Gateway would ignore the policy.
    assert!(rules.iter().all(|rule| rule.get("retry").is_none()), "{route}");
}
