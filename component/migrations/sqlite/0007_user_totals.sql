-- How many users there are, and the sum of their balances: tocos_high * 2^32 + tocos_low, because 1,025 users may
-- have more than 64 bits hold.
CREATE TABLE user_totals (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    users INTEGER NOT NULL,
    tocos_high INTEGER NOT NULL,
    tocos_low INTEGER NOT NULL
) STRICT;

INSERT INTO user_totals (id, users, tocos_high, tocos_low)
SELECT 1, count(*), coalesce(sum(tocos >> 32), 0), coalesce(sum(tocos & 0xffffffff), 0) FROM users;

CREATE TRIGGER count_inserted_user AFTER INSERT ON users BEGIN
    UPDATE user_totals SET
        users = users + 1,
        tocos_high = tocos_high + (NEW.tocos >> 32),
        tocos_low = tocos_low + (NEW.tocos & 0xffffffff)
    WHERE id = 1;
END;

CREATE TRIGGER count_updated_user AFTER UPDATE OF tocos ON users WHEN NEW.tocos <> OLD.tocos BEGIN
    UPDATE user_totals SET
        tocos_high = tocos_high + (NEW.tocos >> 32) - (OLD.tocos >> 32),
        tocos_low = tocos_low + (NEW.tocos & 0xffffffff) - (OLD.tocos & 0xffffffff)
    WHERE id = 1;
END;

CREATE TRIGGER count_deleted_user AFTER DELETE ON users BEGIN
    UPDATE user_totals SET
        users = users - 1,
        tocos_high = tocos_high - (OLD.tocos >> 32),
        tocos_low = tocos_low - (OLD.tocos & 0xffffffff)
    WHERE id = 1;
END;
