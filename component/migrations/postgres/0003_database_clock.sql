-- One statement that does nothing when it was applied before; see docs/migrations.md.
DO $migration$ BEGIN
    PERFORM pg_advisory_xact_lock(7241905318);
    IF EXISTS (SELECT FROM schema_migrations WHERE version = 3) THEN
        RETURN;
    END IF;

    -- As before, but records expire by this server's clock: a caller whose clock is wrong expires no other
    -- caller's record. Of new_expires_at only its distance from new_created_at counts. Both users change in one
    -- statement, which leaves the sum of the balances as it is.
    CREATE OR REPLACE FUNCTION transfer_tocos(
        new_caller TEXT, new_key TEXT, new_fingerprint TEXT, new_id UUID, new_from TEXT, new_to TEXT,
        new_amount BIGINT, new_note TEXT, new_created_at BIGINT, new_expires_at BIGINT
    ) RETURNS SETOF transfer_requests LANGUAGE plpgsql AS $function$
    DECLARE
        now_millis BIGINT := extract(epoch FROM now()) * 1000;
        giver BIGINT;
        receiver BIGINT;
        new_outcome TEXT;
    BEGIN
        DELETE FROM transfer_requests
        WHERE caller = new_caller AND key = new_key AND expires_at <= now_millis;
        DELETE FROM transfer_requests WHERE (caller, key) IN (
            SELECT caller, key FROM transfer_requests WHERE expires_at <= now_millis
            ORDER BY expires_at LIMIT 4 FOR UPDATE SKIP LOCKED
        );

        INSERT INTO transfer_requests
            (caller, key, fingerprint, outcome, id, from_user, to_user, amount, note, created_at, expires_at)
        VALUES
            (new_caller, new_key, new_fingerprint, 'running', new_id, new_from, new_to, new_amount, new_note,
             new_created_at, now_millis + new_expires_at - new_created_at)
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
            UPDATE users SET
                tocos = tocos + CASE name WHEN new_to THEN new_amount ELSE -new_amount END,
                revision = revision + 1
            WHERE name IN (new_from, new_to);
            INSERT INTO transfers (id, from_user, to_user, amount, note, created_at)
            VALUES (new_id, new_from, new_to, new_amount, new_note, new_created_at);
        END IF;
        RETURN QUERY UPDATE transfer_requests SET outcome = new_outcome
            WHERE caller = new_caller AND key = new_key RETURNING *;
    END $function$;

    INSERT INTO schema_migrations (version) VALUES (3);
END $migration$;
