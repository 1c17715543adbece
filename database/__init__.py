"""Where rows are kept: SQLite on one machine, PostgreSQL on many, the same statements on both."""
