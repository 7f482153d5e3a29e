-- One statement that does nothing when it was applied before; see docs/migrations.md.
DO $migration$ BEGIN
    PERFORM pg_advisory_xact_lock(7241905318);
    IF EXISTS (SELECT FROM schema_migrations WHERE version = 2) THEN
        RETURN;
    END IF;

    -- What happened. No reference to users: the history stays when a user is removed.
    CREATE TABLE transfers (
        id UUID NOT NULL PRIMARY KEY,
        from_user TEXT COLLATE "C" NOT NULL,
        to_user TEXT COLLATE "C" NOT NULL CHECK (to_user <> from_user),
        amount BIGINT NOT NULL CHECK (amount BETWEEN 1 AND 9007199254740991),
        note TEXT,
        created_at BIGINT NOT NULL
    );
    CREATE INDEX transfers_by_giver ON transfers (from_user, id);
    CREATE INDEX transfers_by_receiver ON transfers (to_user, id);

    -- What was asked for, and what became of it, for as long as a repetition may come. A request
    -- without an idempotency key has its own id as the key, and is kept no longer than it takes.
    CREATE TABLE transfer_requests (
        caller TEXT NOT NULL,
        key TEXT NOT NULL,
        fingerprint TEXT NOT NULL,
        outcome TEXT NOT NULL
            CHECK (outcome IN ('running', 'done', 'unknown giver', 'unknown receiver', 'not enough', 'too many')),
        id UUID NOT NULL,
        from_user TEXT NOT NULL,
        to_user TEXT NOT NULL,
        amount BIGINT NOT NULL,
        note TEXT,
        created_at BIGINT NOT NULL,
        expires_at BIGINT NOT NULL,
        PRIMARY KEY (caller, key)
    );
    CREATE INDEX transfer_requests_by_expiry ON transfer_requests (expires_at);

    -- Carries out a request and answers with it, or answers with the first request of its key. A
    -- second request waits at the primary key until the first has ended. Users are locked in the
    -- order of their names, so that two transfers never wait for each other.
    CREATE FUNCTION transfer_tocos(
        new_caller TEXT, new_key TEXT, new_fingerprint TEXT, new_id UUID, new_from TEXT, new_to TEXT,
        new_amount BIGINT, new_note TEXT, new_created_at BIGINT, new_expires_at BIGINT
    ) RETURNS SETOF transfer_requests LANGUAGE plpgsql AS $function$
    DECLARE
        giver BIGINT;
        receiver BIGINT;
        new_outcome TEXT;
    BEGIN
        DELETE FROM transfer_requests
        WHERE caller = new_caller AND key = new_key AND expires_at <= new_created_at;
        DELETE FROM transfer_requests WHERE (caller, key) IN (
            SELECT caller, key FROM transfer_requests WHERE expires_at <= new_created_at
            ORDER BY expires_at LIMIT 4 FOR UPDATE SKIP LOCKED
        );

        INSERT INTO transfer_requests
            (caller, key, fingerprint, outcome, id, from_user, to_user, amount, note, created_at, expires_at)
        VALUES
            (new_caller, new_key, new_fingerprint, 'running', new_id, new_from, new_to, new_amount, new_note,
             new_created_at, new_expires_at)
        ON CONFLICT (caller, key) DO NOTHING;
        IF NOT FOUND THEN
            RETURN QUERY SELECT * FROM transfer_requests WHERE caller = new_caller AND key = new_key;
            RETURN;
        END IF;

        PERFORM FROM users WHERE name IN (new_from, new_to) ORDER BY name FOR UPDATE;
        SELECT tocos INTO giver FROM users WHERE name = new_from;
        SELECT tocos INTO receiver FROM users WHERE name = new_to;
        new_outcome := CASE
            WHEN giver IS NULL THEN 'unknown giver'
            WHEN receiver IS NULL THEN 'unknown receiver'
            WHEN giver < new_amount THEN 'not enough'
            WHEN receiver > 9007199254740991 - new_amount THEN 'too many'
            ELSE 'done'
        END;
        IF new_outcome = 'done' THEN
            UPDATE users SET tocos = tocos - new_amount, revision = revision + 1 WHERE name = new_from;
            UPDATE users SET tocos = tocos + new_amount, revision = revision + 1 WHERE name = new_to;
            INSERT INTO transfers (id, from_user, to_user, amount, note, created_at)
            VALUES (new_id, new_from, new_to, new_amount, new_note, new_created_at);
        END IF;
        RETURN QUERY UPDATE transfer_requests SET outcome = new_outcome
            WHERE caller = new_caller AND key = new_key RETURNING *;
    END $function$;

    INSERT INTO schema_migrations (version) VALUES (2);
END $migration$;
