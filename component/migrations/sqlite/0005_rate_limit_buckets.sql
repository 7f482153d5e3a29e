-- How far ahead of the clock the callers of this pod are. arrival is the theoretical arrival time (GCRA) and taken_at
-- the time of the last step, both in nanoseconds since 1970; passed is how many requests passed in it. rate_limits has
-- microseconds, which are too coarse for a million requests a second. The release before still uses it: a later
-- migration drops it.
CREATE TABLE rate_limit_buckets (
    bucket TEXT NOT NULL PRIMARY KEY,
    arrival INTEGER NOT NULL,
    passed INTEGER NOT NULL,
    taken_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX rate_limit_buckets_by_arrival ON rate_limit_buckets (arrival);

-- Clears away buckets that are as good as new, more than come in, so that the table stays as large as
-- there are callers in a window.
CREATE TRIGGER forget_full_rate_limit_buckets AFTER INSERT ON rate_limit_buckets BEGIN
    DELETE FROM rate_limit_buckets
    WHERE bucket IN (
        SELECT bucket FROM rate_limit_buckets WHERE arrival <= NEW.taken_at ORDER BY arrival LIMIT 4
    );
END;
