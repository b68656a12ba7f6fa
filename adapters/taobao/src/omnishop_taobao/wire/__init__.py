"""The platform's records as they come, with only the fields that are used; lax, because the wire is."""
