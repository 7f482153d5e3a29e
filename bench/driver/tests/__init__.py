"""Tests of the driver, for the standard library's `unittest`."""
