INSERT INTO notes (id, text, created_at)
VALUES ('018bcfe5-687b-7000-8000-000000000000', 'The first note', 1700000000123);
