//! Black-box tests of the served API. Each module tests a part of the URL tree or a property of all routes.
//! `runtime` tests the runner and Spin with the component of `tests/guest`.

#[cfg(test)]
mod auth;
#[cfg(test)]
mod cache;
#[cfg(test)]
mod concurrency;
#[cfg(test)]
mod conditions;
#[cfg(test)]
mod configuration;
#[cfg(test)]
mod conservation;
#[cfg(test)]
mod cors;
#[cfg(test)]
mod current_time;
#[cfg(test)]
mod deadline;
#[cfg(test)]
mod delivery;
#[cfg(test)]
mod docs;
#[cfg(test)]
mod errors;
#[cfg(test)]
mod headers;
#[cfg(test)]
mod health;
#[cfg(test)]
mod hello_world;
#[cfg(test)]
mod kubernetes;
#[cfg(test)]
mod layout;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod logs;
#[cfg(test)]
mod methods;
#[cfg(test)]
mod metrics;
#[cfg(test)]
mod migrations;
#[cfg(test)]
mod outage;
#[cfg(test)]
mod persistence;
#[cfg(test)]
mod plans;
#[cfg(test)]
mod postgres;
#[cfg(test)]
mod rate_limit;
#[cfg(test)]
mod readiness;
#[cfg(test)]
mod root;
#[cfg(test)]
mod runner;
#[cfg(test)]
mod runtime;
#[cfg(test)]
mod tocos;
#[cfg(test)]
mod tokens;
#[cfg(test)]
mod tracing;
#[cfg(test)]
mod transfers;
