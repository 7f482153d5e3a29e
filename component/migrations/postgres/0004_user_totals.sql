-- One statement that does nothing when it was applied before; see docs/migrations.md.
DO $migration$
DECLARE
    grantee TEXT;
    privileges TEXT;
BEGIN
    PERFORM pg_advisory_xact_lock(7241905318);
    IF EXISTS (SELECT FROM schema_migrations WHERE version = 4) THEN
        RETURN;
    END IF;
    -- Nobody writes between the first count and the triggers.
    LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE;

    -- How many users there are, and the sum of their balances: the sums over these rows, of which a single one may
    -- be negative. A session writes one of them, so that writers rarely wait for each other.
    CREATE TABLE user_totals (
        shard INTEGER NOT NULL PRIMARY KEY,
        users BIGINT NOT NULL,
        tocos NUMERIC NOT NULL
    );
    INSERT INTO user_totals SELECT shard, 0, 0 FROM generate_series(0, 255) AS shard;
    UPDATE user_totals SET users = now.users, tocos = now.tocos
    FROM (SELECT count(*) AS users, coalesce(sum(users.tocos), 0) AS tocos FROM users) AS now
    WHERE shard = 0;

    -- The triggers run as whoever writes users, who needs the right to write these too.
    FOR grantee, privileges IN
        SELECT CASE acl.grantee WHEN 0 THEN 'PUBLIC' ELSE acl.grantee::regrole::text END,
            CASE WHEN bool_or(acl.privilege_type <> 'SELECT') THEN 'SELECT, UPDATE' ELSE 'SELECT' END
        FROM pg_class, aclexplode(relacl) AS acl
        WHERE pg_class.oid = 'users'::regclass AND acl.grantee <> relowner
            AND acl.privilege_type IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE')
        GROUP BY acl.grantee
    LOOP
        EXECUTE format('GRANT %s ON user_totals TO %s', privileges, grantee);
    END LOOP;

    -- Once for each statement: one that writes a million rows must not update a total a million times.
    CREATE FUNCTION count_inserted_users() RETURNS TRIGGER LANGUAGE plpgsql AS $function$
    BEGIN
        IF EXISTS (SELECT FROM inserted) THEN
            UPDATE user_totals SET users = user_totals.users + more.users, tocos = user_totals.tocos + more.tocos
            FROM (SELECT count(*) AS users, sum(inserted.tocos) AS tocos FROM inserted) AS more
            WHERE shard = pg_backend_pid() % 256;
        END IF;
        RETURN NULL;
    END $function$;

    CREATE FUNCTION count_updated_users() RETURNS TRIGGER LANGUAGE plpgsql AS $function$
    DECLARE
        more_tocos NUMERIC := (SELECT sum(tocos) FROM updated) - (SELECT sum(tocos) FROM outdated);
    BEGIN
        IF more_tocos <> 0 THEN
            UPDATE user_totals SET tocos = tocos + more_tocos WHERE shard = pg_backend_pid() % 256;
        END IF;
        RETURN NULL;
    END $function$;

    CREATE FUNCTION count_deleted_users() RETURNS TRIGGER LANGUAGE plpgsql AS $function$
    BEGIN
        UPDATE user_totals SET users = user_totals.users - less.users, tocos = user_totals.tocos - less.tocos
        FROM (SELECT count(*) AS users, coalesce(sum(deleted.tocos), 0) AS tocos FROM deleted) AS less
        WHERE shard = pg_backend_pid() % 256 AND less.users > 0;
        RETURN NULL;
    END $function$;

    CREATE FUNCTION count_truncated_users() RETURNS TRIGGER LANGUAGE plpgsql AS $function$
    BEGIN
        UPDATE user_totals SET users = 0, tocos = 0;
        RETURN NULL;
    END $function$;

    CREATE TRIGGER count_inserted_users AFTER INSERT ON users REFERENCING NEW TABLE AS inserted
        FOR EACH STATEMENT EXECUTE FUNCTION count_inserted_users();
    CREATE TRIGGER count_updated_users AFTER UPDATE ON users
        REFERENCING OLD TABLE AS outdated NEW TABLE AS updated
        FOR EACH STATEMENT EXECUTE FUNCTION count_updated_users();
    CREATE TRIGGER count_deleted_users AFTER DELETE ON users REFERENCING OLD TABLE AS deleted
        FOR EACH STATEMENT EXECUTE FUNCTION count_deleted_users();
    CREATE TRIGGER count_truncated_users AFTER TRUNCATE ON users
        FOR EACH STATEMENT EXECUTE FUNCTION count_truncated_users();

    INSERT INTO schema_migrations (version) VALUES (4);
END $migration$;
