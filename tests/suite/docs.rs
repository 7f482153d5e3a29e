//! The documentation: its pages, its OpenAPI document, and the commands that it shows.

mod assets;
mod browser;
mod commands;
mod lint;
mod reference;
mod schemathesis;
mod unread;
mod vendor;
