"""The only way to a write: intents written down before the call, read back after, never repeated in doubt."""
