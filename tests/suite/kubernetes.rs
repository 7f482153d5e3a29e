//! The manifests of `k8s/`, rendered as the controllers render them. They match the schemas of Kubernetes and avoid
//! known pitfalls of SpinKube and Flux. No test needs a cluster.

mod admission;
mod chart;
mod flux;
mod objects;
mod policies;
mod prometheus_rule;
mod prune;
mod render;
mod retries;
mod runtime_class;
mod schemas;
mod secrets;
