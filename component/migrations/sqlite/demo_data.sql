INSERT INTO tocos (user, tocos) VALUES ('John', 100), ('Sam', 200), ('Cem', 300);
