-- Once in a database's life: the row of version 0 marks that it was done.
WITH first AS (
    INSERT INTO schema_migrations (version) VALUES (0) ON CONFLICT (version) DO NOTHING RETURNING version
)
INSERT INTO notes (id, text, created_at)
SELECT '018bcfe5-687b-7000-8000-000000000000', 'The first note', 1700000000123 FROM first;
