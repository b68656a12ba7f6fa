"""The word to stop, for whoever works long: between two calls, nothing half done."""

from __future__ import annotations


class Stopped(Exception):
    """Whoever runs us ends. What is not kept yet is read again; no error of the shop that was being read."""
