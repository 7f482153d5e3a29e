"""Measures the API and its peers side by side. Uses only Python's standard library."""
