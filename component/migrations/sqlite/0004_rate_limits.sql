-- How far ahead of time the callers of this pod are: arrival is the theoretical arrival time (GCRA), in
-- microseconds since 1970. passed and asked_at are of the last step.
CREATE TABLE rate_limits (
    bucket TEXT NOT NULL PRIMARY KEY,
    arrival INTEGER NOT NULL,
    passed INTEGER NOT NULL,
    asked_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX rate_limits_by_arrival ON rate_limits (arrival);

-- Clears away buckets that are as good as new, more than come in, so that the table stays as large as
-- there are callers in a window.
CREATE TRIGGER forget_full_buckets AFTER INSERT ON rate_limits BEGIN
    DELETE FROM rate_limits
    WHERE bucket IN (
        SELECT bucket FROM rate_limits WHERE arrival <= NEW.asked_at ORDER BY arrival LIMIT 4
    );
END;
