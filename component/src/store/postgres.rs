use super::Statements;

pub(super) const PROBE: &str = "DELETE FROM users WHERE false";

pub(super) static STATEMENTS: Statements = Statements {
    get_user: "SELECT name, tocos, incarnation, revision FROM users WHERE name = $1",

    list_users: "SELECT coalesce(json_agg(json_build_array(name, tocos) ORDER BY name), '[]')::text
        FROM (SELECT name, tocos FROM users WHERE name > $1 ORDER BY name LIMIT $2) AS page",

    create_user: "INSERT INTO users (name, tocos, incarnation) VALUES ($1, $2, $3)
        ON CONFLICT (name) DO NOTHING
        RETURNING incarnation, revision",

    upsert_user: "INSERT INTO users (name, tocos, incarnation) VALUES ($1, $2, $3)
        ON CONFLICT (name) DO UPDATE SET tocos = excluded.tocos, revision = users.revision + 1
        RETURNING incarnation, revision",

    upsert_user_if: "INSERT INTO users (name, tocos, incarnation) VALUES ($1, $2, $3)
        ON CONFLICT (name) DO UPDATE SET tocos = excluded.tocos, revision = users.revision + 1
            WHERE ($4::text::jsonb ? (to_hex(users.incarnation) || '.' || users.revision)) = $5
        RETURNING incarnation, revision",

    update_user_if: "UPDATE users SET tocos = $2, revision = revision + 1
        WHERE name = $1 AND ($3::text::jsonb ? (to_hex(incarnation) || '.' || revision)) = $4
        RETURNING incarnation, revision",

    delete_user_if: "DELETE FROM users
        WHERE name = $1 AND ($2::text::jsonb ? (to_hex(incarnation) || '.' || revision)) = $3
        RETURNING incarnation, revision",

    totals: "SELECT sum(users)::bigint, div(sum(tocos), 4294967296)::bigint, mod(sum(tocos), 4294967296)::bigint
        FROM user_totals",

    // Records the request, moves the tocos and returns the outcome. The record expires by the server's clock, after the
    // difference of the last two arguments.
    transfer: "SELECT fingerprint, outcome, id::text, from_user, to_user, amount, note, created_at
        FROM transfer_tocos($1, $2, $3, $4::text::uuid, $5, $6, $7, $8, $9::bigint, $9::bigint + $10::bigint)",

    find_transfer: "SELECT id::text, from_user, to_user, amount, note, created_at
        FROM transfers WHERE id = $1::text::uuid",

    list_transfers: "SELECT coalesce(json_agg(
            json_build_array(id, from_user, to_user, amount, note, created_at) ORDER BY page.id DESC
        ), '[]')::text
        FROM (SELECT * FROM transfers WHERE id < $1::text::uuid ORDER BY id DESC LIMIT $2) AS page",

    // Each half is read backwards from its own index, as far as the page needs.
    list_transfers_of_user: "SELECT coalesce(json_agg(
            json_build_array(id, from_user, to_user, amount, note, created_at) ORDER BY page.id DESC
        ), '[]')::text
        FROM (
            (SELECT * FROM transfers WHERE from_user = $3 AND id < $1::text::uuid ORDER BY id DESC LIMIT $2)
            UNION ALL
            (SELECT * FROM transfers WHERE to_user = $3 AND id < $1::text::uuid ORDER BY id DESC LIMIT $2)
            ORDER BY id DESC LIMIT $2
        ) AS page",
};
