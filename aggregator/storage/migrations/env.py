"""Alembic's environment: runs on the connection that `runner` hands over."""

from alembic import context

from aggregator.storage.migrations.compare import is_modelled, render_type

context.configure(
    connection=context.config.attributes["connection"],
    # Only to compare with, in `autogenerate`: mapping all tables takes 74 ms.
    target_metadata=context.config.attributes.get("metadata"),
    include_name=is_modelled,
    render_item=render_type,
    render_as_batch=True,
    transaction_per_migration=False,
)
context.run_migrations()
