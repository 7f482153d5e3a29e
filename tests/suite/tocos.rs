//! `/tocos` and `/tocos/{user}`

mod bounds;
mod conditional;
mod delete;
mod dot_names;
mod get;
mod list;
mod post;
mod put;
