INSERT INTO users (name, tocos, incarnation) VALUES ('John', 100, 1), ('Sam', 200, 2), ('Cem', 300, 3);
