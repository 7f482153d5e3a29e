//! The manifests of `k8s/`, rendered as their controllers would render them: valid by Kubernetes' own
//! schemas, and free of the traps that SpinKube and Flux have. No cluster is needed.

mod admission;
mod chart;
mod flux;
mod objects;
mod policies;
mod prometheus_rule;
mod prune;
mod render;
mod runtime_class;
mod schemas;
mod secrets;
