"""The report: one immutable value that every renderer shows alike."""
