"""The shelves: what is promised (`promises`), and one keeping of it in SQL for SQLite and PostgreSQL."""
