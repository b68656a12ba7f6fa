"""Shipped helpers for tests: reading static samples, and checking one another's wires."""
