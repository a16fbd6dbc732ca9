"""The tables that a statement may name: their columns and types, whoever asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, kw_only=True)
class CataloguedTable:
    """A table. `columns` are names, lower case, with their types in the catalogue's words (`string`, `date`).

    The files lie by the columns of `partitions`, which are text: a condition on one reads less.
    """

    columns: Mapping[str, str]
    partitions: frozenset[str] = frozenset()


Catalogue: TypeAlias = Mapping[str, CataloguedTable]  # by name, lower case
