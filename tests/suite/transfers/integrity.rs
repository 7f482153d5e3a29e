//! Constraints that the database enforces for every writer.

use black_box::Engine::{Postgres, Sqlite};
use black_box::{Engine, Options, Server};
use rstest::rstest;

use super::{balance, history, make};

#[rstest]
#[tokio::test]
async fn the_database_refuses_a_balance_out_of_bounds(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    let (client, database) = (server.client(), server.options().database());
    make(&client, "Sam", "John", 1).await;
    let refused = [
        "UPDATE users SET tocos = -1 WHERE name = 'Sam'",
        "UPDATE users SET tocos = tocos - 200 WHERE name = 'Sam'",
        "UPDATE users SET tocos = 9007199254740992 WHERE name = 'Sam'",
        "UPDATE users SET tocos = NULL WHERE name = 'Sam'",
        "INSERT INTO users (name, tocos, incarnation) VALUES ('Nina', -1, 1)",
        "INSERT INTO users (name, tocos, incarnation) VALUES ('Nina', 9007199254740992, 1)",
        "INSERT INTO users (name, tocos, incarnation) VALUES ('', 1, 1)",
        "UPDATE transfers SET amount = 0",
        "UPDATE transfers SET amount = -5",
        "UPDATE transfers SET amount = 9007199254740992",
        "UPDATE transfers SET to_user = from_user",
    ];
    for statement in refused {
        let error = database.execute(statement).await.expect_err(statement).to_lowercase();
        assert!(error.contains("constraint"), "{statement}: {error}");
    }
    assert_eq!((balance(&client, "Sam").await, balance(&client, "John").await), (199, 101));
    assert_eq!(history(&client).await[0]["amount"], 1);
    database.execute("UPDATE users SET tocos = 9007199254740991 WHERE name = 'Sam'").await.unwrap();
    database.execute("UPDATE users SET tocos = 0 WHERE name = 'John'").await.unwrap();
}
