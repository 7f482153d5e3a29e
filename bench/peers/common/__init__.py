"""What the Python peers share: statements, keys, problem documents, counts and log lines."""
