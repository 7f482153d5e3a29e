-- What the instances of this pod have counted. part tells the numbers of one series apart.
CREATE TABLE metrics (
    series TEXT NOT NULL,
    part INTEGER NOT NULL,
    value REAL NOT NULL,
    PRIMARY KEY (series, part)
) STRICT, WITHOUT ROWID;
