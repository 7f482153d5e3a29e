//! No statement on tocos or transfers looks at more rows than it answers with, however many users there are: the databases
//! themselves say that every one of them uses an index.

mod postgres;
mod sqlite;
