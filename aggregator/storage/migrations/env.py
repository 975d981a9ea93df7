"""Alembic's environment: runs on the connection that `storage.schema` hands over."""

from alembic import context

from aggregator.storage.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    transaction_per_migration=False,
)
context.run_migrations()
