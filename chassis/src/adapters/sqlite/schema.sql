-- The tables that the chassis keeps in each pod's file. They have no version: every statement does nothing if it was
-- run before. Counts of the instances of this pod. part tells the numbers of one series apart.
CREATE TABLE IF NOT EXISTS metrics (
    series TEXT NOT NULL,
    part INTEGER NOT NULL,
    value REAL NOT NULL,
    PRIMARY KEY (series, part)
) STRICT, WITHOUT ROWID;

-- When the counts began.
INSERT OR IGNORE INTO metrics (series, part, value)
VALUES ('metric_store_created_seconds{}', 0, unixepoch('now', 'subsec'));

-- How far ahead of the clock the callers of this pod are. arrival is the theoretical arrival time (GCRA) and taken_at
-- the time of the last step, both in nanoseconds since 1970; passed is how many requests passed in it.
CREATE TABLE IF NOT EXISTS rate_limit_buckets (
    bucket TEXT NOT NULL PRIMARY KEY,
    arrival INTEGER NOT NULL,
    passed INTEGER NOT NULL,
    taken_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS rate_limit_buckets_by_arrival ON rate_limit_buckets (arrival);

-- Removes full buckets, more than come in, so that the table has no more rows than a window has callers.
CREATE TRIGGER IF NOT EXISTS forget_full_rate_limit_buckets AFTER INSERT ON rate_limit_buckets BEGIN
    DELETE FROM rate_limit_buckets
    WHERE bucket IN (
        SELECT bucket FROM rate_limit_buckets WHERE arrival <= NEW.taken_at ORDER BY arrival LIMIT 4
    );
END;
