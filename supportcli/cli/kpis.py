"""`supportkpi kpis`: the KPIs defined, and what one of them means."""

from __future__ import annotations

import sys
from typing import Annotated, Optional

import typer


def command(
    name: Annotated[
        Optional[str], typer.Argument(metavar="ID", help="Explain this KPI.", show_default=False)
    ] = None,
) -> None:
    """List the KPIs, or print the definition of one."""
    from supportcli.kpis import CATALOGUE, select_kpis

    if name is None:
        from supportcli.report.small_tables import print_table

        rows = [
            (kpi.id, kpi.title, kpi.unit, "yes" if kpi.headline else "")
            for kpi in CATALOGUE.values()
        ]
        print_table(("id", "title", "unit", "headline"), rows, sys.stdout.buffer)
        return
    from supportcli.kpis.explain import explain
    from supportcli.report.console import put_prose

    told = "\n\n".join(explain(kpi) for kpi in select_kpis([name], every=False))
    put_prose(told, sys.stdout.buffer)
