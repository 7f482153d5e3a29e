//! Every statement on tocos or transfers uses an index, according to the databases' query plans. So it reads only the
//! rows that it returns, however many users there are.

mod postgres;
mod sqlite;
