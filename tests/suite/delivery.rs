//! Delivery: the pushed artifacts, the images, the reverse proxy, the infrastructure.

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
