"""What runs and on which data: runtime, agents, data."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field

from .base import Region, Section

EMULATOR: Final = "http://127.0.0.1:4566"
_IDENTIFIER: Final = r"^[A-Za-z_][A-Za-z0-9_]{0,254}$"


class Runtime(Section):
    """How the agents run, and their model."""

    packaging: Annotated[Literal["lambda"], Field(description="Lambda functions from zips")] = "lambda"
    python: Annotated[Literal["3.11", "3.12", "3.13", "3.14"], Field(description="Lambda's Python")] = "3.13"
    model: Annotated[
        str,
        Field(
            pattern=r"^(offline|[a-z0-9-]+(\.[a-z0-9-]+){1,2}[a-z0-9.:-]*)$",
            description="a Bedrock model or inference profile id; offline in the stack local",
            examples=["us.anthropic.claude-sonnet-4-5-20250929-v1:0"],
        ),
    ]
    endpoint: Annotated[
        str,
        Field(
            pattern=r"^http://(127\.0\.0\.1|localhost)(:[0-9]{1,5})?$",
            description="where the emulator listens, on loopback",
            examples=[EMULATOR],
        ),
    ] = EMULATOR


class Agents(Section):
    """What agents start with and what they may reach."""

    documents: Annotated[
        str,
        Field(
            pattern=r"^(?!(.*/)?\.{1,2}(/|$))([A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*)?$",
            description="folder of base documents, inside and relative to the project; empty: those that ship",
            examples=["agents/supply_chain/documents"],
        ),
    ] = ""
    secrets: Annotated[
        list[
            Annotated[
                str,
                Field(
                    pattern=r"^[a-z][a-z0-9_]{0,62}$",
                    description="lower-case letters, digits and _",
                    examples=["carrier_api_key"],
                ),
            ]
        ],
        Field(
            max_length=50,
            description="names of secrets for documents to name; made empty, filled by you; no function reads them yet",
        ),
    ] = []
    outbound_urls: Annotated[
        list[
            Annotated[
                str,
                Field(
                    pattern=r"^https://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?(/[A-Za-z0-9._~/-]*)?$",
                    description="an https URL without user, query or fragment",
                    examples=["https://models.example.com/v1"],
                ),
            ]
        ],
        Field(max_length=50, description="the only URLs that agents may call, models and webhooks among them"),
    ] = []


class SourceTable(Section):
    """One table of ours as an existing lake has it."""

    table: Annotated[str, Field(pattern=_IDENTIFIER, description="the table's name there", examples=["items"])]
    columns: Annotated[
        dict[str, Annotated[str, Field(pattern=_IDENTIFIER, description="a column there", examples=["sku"])]],
        Field(description="our column: theirs; a column that is not listed has our name there"),
    ] = {}


class Source(Section):
    """An existing lake."""

    database: Annotated[
        str, Field(pattern=r"^([a-z0-9_]{1,255})?$", description="its Glue database", examples=["erp"])
    ] = ""
    locations: Annotated[
        list[
            Annotated[
                str,
                Field(
                    pattern=r"^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/([A-Za-z0-9!_.*'()=/-]+/)?$",
                    description="s3://bucket/prefix/",
                    examples=["s3://acme-lake/erp/"],
                ),
            ]
        ],
        Field(max_length=20, description="where its files lie: what the gateway may read"),
    ] = []
    tables: Annotated[dict[str, SourceTable], Field(description="our table: theirs, all of ours")] = {}


def _day(value: str) -> str:
    if value:
        dt.date.fromisoformat(value)
    return value


class DataSettings(Section):
    """The tables that agents answer from."""

    create: Annotated[bool, Field(description="make tables of our own; false: views over a lake that exists")] = True
    database: Annotated[
        str,
        Field(
            pattern=r"^([a-z][a-z0-9_]{0,254})?$",
            description="name of our Glue database; empty: made of prefix and environment",
            examples=["lake"],
        ),
    ] = ""
    catalogue: Annotated[
        str,
        Field(
            pattern=r"^[A-Za-z][A-Za-z0-9_]{0,126}$",
            description="Athena's name of the catalogue that the existing lake is in",
            examples=["awsdatacatalog"],
        ),
    ] = "awsdatacatalog"
    source: Source = Source()
    residency: Annotated[
        list[Region],
        Field(max_length=30, description="the only regions that data may be kept or processed in; empty: any"),
    ] = []
    as_of: Annotated[
        str,
        Field(
            pattern=r"^([0-9]{4}-[0-9]{2}-[0-9]{2})?$",
            description="a day that agents take for today; empty: the calendar's own",
            examples=['"2026-06-30"'],
        ),
        AfterValidator(_day),
    ] = ""
