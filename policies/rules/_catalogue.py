"""Types of Glue."""

from __future__ import annotations

from typing import Final

DATABASE: Final = "aws:glue/catalogDatabase:CatalogDatabase"
TABLE: Final = "aws:glue/catalogTable:CatalogTable"
CATALOGUE_POLICY: Final = "aws:glue/resourcePolicy:ResourcePolicy"
# Whatever runs code of ours in Glue.
RUNS: Final = ("aws:glue/job:Job", "aws:glue/crawler:Crawler", "aws:glue/devEndpoint:DevEndpoint")
