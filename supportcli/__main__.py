"""`python -m supportcli` is the `supportkpi` command."""

from supportcli.cli import main

main()
