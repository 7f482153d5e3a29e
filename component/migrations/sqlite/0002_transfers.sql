-- What happened. No reference to users: the history stays when a user is removed.
CREATE TABLE transfers (
    id TEXT NOT NULL PRIMARY KEY,
    from_user TEXT NOT NULL,
    to_user TEXT NOT NULL CHECK (to_user <> from_user),
    amount INTEGER NOT NULL CHECK (amount BETWEEN 1 AND 9007199254740991),
    note TEXT,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX transfers_by_giver ON transfers (from_user, id);

CREATE INDEX transfers_by_receiver ON transfers (to_user, id);

-- What was asked for, and what became of it, for as long as a repetition may come. A request
-- without an idempotency key has its own id as the key, and is kept no longer than it takes.
CREATE TABLE transfer_requests (
    caller TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('done', 'unknown giver', 'unknown receiver', 'not enough', 'too many')),
    id TEXT NOT NULL,
    from_user TEXT NOT NULL,
    to_user TEXT NOT NULL,
    amount INTEGER NOT NULL,
    note TEXT,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (caller, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX transfer_requests_by_expiry ON transfer_requests (expires_at);

-- Makes room for a key that has expired, and clears away a few others: more than come in, so that
-- the table stays as large as one day's requests.
CREATE TRIGGER forget_expired_requests BEFORE INSERT ON transfer_requests BEGIN
    DELETE FROM transfer_requests
    WHERE caller = NEW.caller AND key = NEW.key AND expires_at <= NEW.created_at;
    DELETE FROM transfer_requests
    WHERE (caller, key) IN (
        SELECT caller, key FROM transfer_requests WHERE expires_at <= NEW.created_at ORDER BY expires_at LIMIT 4
    );
END;

-- Moves the tocos in the statement that records the request, so that one can't be without the other.
CREATE TRIGGER carry_out_transfer AFTER INSERT ON transfer_requests WHEN NEW.outcome = 'done' BEGIN
    UPDATE users SET tocos = tocos - NEW.amount, revision = revision + 1 WHERE name = NEW.from_user;
    UPDATE users SET tocos = tocos + NEW.amount, revision = revision + 1 WHERE name = NEW.to_user;
    INSERT INTO transfers (id, from_user, to_user, amount, note, created_at)
    VALUES (NEW.id, NEW.from_user, NEW.to_user, NEW.amount, NEW.note, NEW.created_at);
END;
