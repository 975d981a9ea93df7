"""Alembic's environment: runs on the connection that `runner` hands over."""

from alembic import context

from aggregator.storage.migrations.compare import is_modelled, render_type
from aggregator.storage.models import all_tables

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=all_tables(),
    include_name=is_modelled,
    render_item=render_type,
    render_as_batch=True,
    transaction_per_migration=False,
)
context.run_migrations()
