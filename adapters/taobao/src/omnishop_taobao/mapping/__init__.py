"""From the wire's records to the model, by the tables."""
