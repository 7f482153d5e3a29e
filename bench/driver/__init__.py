"""Measures the API and its peers side by side. Needs nothing but Python's standard library."""
