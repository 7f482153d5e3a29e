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

    CREATE TABLE notes (
        id UUID NOT NULL PRIMARY KEY,
        text TEXT NOT NULL,
        created_at BIGINT NOT NULL
    );

    INSERT INTO schema_migrations (version) VALUES (1);
END $migration$;
