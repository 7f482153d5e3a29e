-- One statement that does nothing when it was applied before; see docs/migrations.md.
DO $migration$ BEGIN
    PERFORM pg_advisory_xact_lock(7241905318);
    CREATE TABLE IF NOT EXISTS schema_migrations (
        version INTEGER PRIMARY KEY,
        applied_at TIMESTAMPTZ NOT NULL DEFAULT now()
    );
    IF EXISTS (SELECT FROM schema_migrations WHERE version = 1) THEN
        RETURN;
    END IF;

    -- Who has how many tocos. The bounds are the API's own, held by the database too. incarnation
    -- tells a user from one of the same name who was removed; revision counts the writes. Names
    -- are ordered by their bytes, as SQLite orders them.
    CREATE TABLE users (
        name TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 64),
        tocos BIGINT NOT NULL CHECK (tocos BETWEEN 0 AND 9007199254740991),
        incarnation BIGINT NOT NULL,
        revision BIGINT NOT NULL DEFAULT 1
    );

    INSERT INTO schema_migrations (version) VALUES (1);
END $migration$;
