-- Who has how many tocos. The bounds are the API's own, held by the database too.
-- incarnation tells a user from one of the same name who was removed; revision counts the writes.
CREATE TABLE users (
    name TEXT NOT NULL PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 64),
    tocos INTEGER NOT NULL CHECK (tocos BETWEEN 0 AND 9007199254740991),
    incarnation INTEGER NOT NULL,
    revision INTEGER NOT NULL DEFAULT 1
) STRICT, WITHOUT ROWID;
