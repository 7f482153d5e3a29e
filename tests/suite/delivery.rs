//! The way from this repository to where it runs: what is pushed, images, the proxy in front, the cloud under it.

mod images;
mod infrastructure;
mod install;
mod manifests;
mod proxy;
mod redis_passwords;
mod registry;
mod smoke;
mod up;
mod versions;
mod workflows;
