"""Sources: how the export of one system is read, recognised and mapped to events.

A source is data: one TOML file beside this one, or one that the user wrote.
"""
