"""Tests of the driver, by the standard library."""
