"""What every section is made of: a strict, frozen model, and the texts that several sections take."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from components.naming import REGION


class Section(BaseModel):
    """Part of a stack file. A field's constraints, description and examples make the message about a wrong value."""

    model_config = ConfigDict(
        strict=True,
        extra="forbid",
        frozen=True,
        regex_engine="python-re",  # the patterns of names look ahead
        use_attribute_docstrings=True,
    )


TagKey = Annotated[
    str,
    Field(
        pattern=r"^(?!aws:)[A-Za-z0-9 _.:/=+@-]{1,128}$",
        description="1 to 128 letters, digits, spaces and _.:/=+@-, not beginning with aws:",
        examples=["Team"],
    ),
]
TAG_VALUE: Final = "1 to 256 letters, digits, spaces and _.:/=+@-"
TagValue = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9 _.:/=+@-]{1,256}$",
        description=TAG_VALUE,
        examples=["supply-chain"],
    ),
]
Region = Annotated[str, Field(pattern=REGION, description="an AWS region", examples=["us-east-1"])]
Cidr = Annotated[
    str,
    Field(
        pattern=r"^([0-9]{1,3}\.){3}[0-9]{1,3}/[0-9]{1,2}$",
        description="an IPv4 range in CIDR notation",
        examples=["10.40.0.0/20"],
    ),
]
