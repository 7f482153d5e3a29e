"""Code that the Python peers share: statements, keys, problem documents, metrics and log lines."""
