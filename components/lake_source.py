"""The lake that exists, as the settings name it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .lake_views import LakeSource, SourceTable

if TYPE_CHECKING:
    from .sections import DataSettings


def source_of(data: DataSettings) -> LakeSource | None:
    """What views are made over; None where the tables are our own."""
    if data.create:
        return None
    return LakeSource(
        catalog=data.catalogue,
        database=data.source.database,
        locations=tuple(data.source.locations),
        tables={
            name: SourceTable(table=theirs.table, columns=theirs.columns) for name, theirs in data.source.tables.items()
        },
    )
