"""PostgreSQL: the embedded server, the engine, tables and repositories."""
