"""The polling process: on schedule (`schedule`), or every feed once (`once`)."""
