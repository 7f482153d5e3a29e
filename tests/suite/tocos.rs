//! `/tocos` and `/tocos/{user}`

mod bounds;
mod conditional;
mod delete;
mod get;
mod list;
mod post;
mod put;
