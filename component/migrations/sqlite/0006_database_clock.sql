-- As before, but by the clock of the database: a request with a wrong time expires no other caller's record.
DROP TRIGGER forget_expired_requests;

CREATE TRIGGER forget_expired_requests BEFORE INSERT ON transfer_requests BEGIN
    DELETE FROM transfer_requests
    WHERE caller = NEW.caller AND key = NEW.key AND expires_at <= unixepoch('subsec') * 1000;
    DELETE FROM transfer_requests
    WHERE (caller, key) IN (
        SELECT caller, key FROM transfer_requests
        WHERE expires_at <= unixepoch('subsec') * 1000 ORDER BY expires_at LIMIT 4
    );
END;
