-- Who has how many tocos. The bounds are the API's own, held by the database too.
-- revision counts the writes of a row, from 1.
CREATE TABLE tocos (
    user TEXT NOT NULL PRIMARY KEY CHECK (length(user) BETWEEN 1 AND 64),
    tocos INTEGER NOT NULL CHECK (tocos BETWEEN 0 AND 9007199254740991),
    revision INTEGER NOT NULL DEFAULT 1
) STRICT, WITHOUT ROWID;
