"""A store: the events of many ingests in one Delta Lake table, each event once."""
