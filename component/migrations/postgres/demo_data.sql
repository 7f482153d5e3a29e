-- Once in a database's life: the row of version 0 marks that it was done.
WITH first AS (
    INSERT INTO schema_migrations (version) VALUES (0) ON CONFLICT (version) DO NOTHING RETURNING version
)
INSERT INTO users (name, tocos, incarnation)
SELECT demo.name, demo.tocos, demo.incarnation
FROM first, (VALUES ('John', 100, 1), ('Sam', 200, 2), ('Cem', 300, 3)) AS demo (name, tocos, incarnation)
ON CONFLICT (name) DO NOTHING;
