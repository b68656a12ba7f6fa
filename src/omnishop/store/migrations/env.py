"""What Alembic runs: the migrations on the connection and in the transaction of `upgrade`."""

from alembic import context

from omnishop.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
