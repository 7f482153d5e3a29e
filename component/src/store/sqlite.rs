use super::Statements;

pub(super) const PROBE: &str = "SELECT 1 FROM users LIMIT 1";

pub(super) static STATEMENTS: Statements = Statements {
    get_user: "SELECT name, tocos, incarnation, revision FROM users WHERE name = ?1",

    list_users: "SELECT json_group_array(json_array(name, tocos) ORDER BY name)
        FROM (SELECT name, tocos FROM users WHERE name > ?1 ORDER BY name LIMIT ?2)",

    create_user: "INSERT INTO users (name, tocos, incarnation) VALUES (?1, ?2, ?3)
        ON CONFLICT (name) DO NOTHING
        RETURNING incarnation, revision",

    upsert_user: "INSERT INTO users (name, tocos, incarnation) VALUES (?1, ?2, ?3)
        ON CONFLICT (name) DO UPDATE SET tocos = excluded.tocos, revision = revision + 1
        RETURNING incarnation, revision",

    upsert_user_if: "INSERT INTO users (name, tocos, incarnation) VALUES (?1, ?2, ?3)
        ON CONFLICT (name) DO UPDATE SET tocos = excluded.tocos, revision = revision + 1
            WHERE (printf('%x.%d', incarnation, revision) IN (SELECT value FROM json_each(?4))) = ?5
        RETURNING incarnation, revision",

    update_user_if: "UPDATE users SET tocos = ?2, revision = revision + 1
        WHERE name = ?1 AND (printf('%x.%d', incarnation, revision) IN (SELECT value FROM json_each(?3))) = ?4
        RETURNING incarnation, revision",

    delete_user_if: "DELETE FROM users
        WHERE name = ?1 AND (printf('%x.%d', incarnation, revision) IN (SELECT value FROM json_each(?2))) = ?3
        RETURNING incarnation, revision",

    totals: "SELECT users, tocos_high, tocos_low FROM user_totals WHERE id = 1",

    // Records a request with its outcome; the trigger carry_out_transfer moves tocos. Returns the key's first request.
    transfer: "INSERT INTO transfer_requests
            (caller, key, fingerprint, outcome, id, from_user, to_user, amount, note, created_at, expires_at)
        SELECT ?1, ?2, ?3,
            CASE
                WHEN giver IS NULL THEN 'unknown giver'
                WHEN receiver IS NULL THEN 'unknown receiver'
                WHEN giver < ?7 THEN 'not enough'
                WHEN receiver > 9007199254740991 - ?7 THEN 'too many'
                ELSE 'done'
            END,
            ?4, ?5, ?6, ?7, ?8, ?9, CAST(unixepoch('subsec') * 1000 AS INTEGER) + ?10
        FROM (
            SELECT (SELECT tocos FROM users WHERE name = ?5) AS giver,
                (SELECT tocos FROM users WHERE name = ?6) AS receiver
        )
        WHERE true
        ON CONFLICT (caller, key) DO UPDATE SET key = excluded.key
        RETURNING fingerprint, outcome, id, from_user, to_user, amount, note, created_at",

    find_transfer: "SELECT id, from_user, to_user, amount, note, created_at FROM transfers WHERE id = ?1",

    list_transfers: "SELECT
            json_group_array(json_array(id, from_user, to_user, amount, note, created_at) ORDER BY id DESC)
        FROM (SELECT * FROM transfers WHERE id < ?1 ORDER BY id DESC LIMIT ?2)",

    // Each half is read backwards from its own index, as far as the page needs.
    list_transfers_of_user: "SELECT
            json_group_array(json_array(id, from_user, to_user, amount, note, created_at) ORDER BY id DESC)
        FROM (
            SELECT * FROM (SELECT * FROM transfers WHERE from_user = ?3 AND id < ?1 ORDER BY id DESC LIMIT ?2)
            UNION ALL
            SELECT * FROM (SELECT * FROM transfers WHERE to_user = ?3 AND id < ?1 ORDER BY id DESC LIMIT ?2)
            ORDER BY id DESC LIMIT ?2
        )",
};
