"""Whose stack it is, and where: environment, project, tags, and what an account may ask of every stack in it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from components.naming import ENVIRONMENT, PREFIX

from .base import TAG_VALUE, Region, Section, TagKey, TagValue


class Environment(Section):
    """Where the stack runs."""

    name: Annotated[
        str,
        Field(
            pattern=ENVIRONMENT,
            description="up to 14 lower-case letters, digits and hyphens; the stack's name",
            examples=["dev", "pr-123"],
        ),
    ]
    account: Annotated[
        str,
        Field(
            pattern=r"^(auto|[0-9]{12})$",
            description="auto, or the 12 digits of the one account that the stack may be deployed to",
            examples=["auto"],
        ),
    ] = "auto"
    region: Region

    @property
    def pinned(self) -> bool:
        """Whether the stack names the one account it may be deployed to."""
        return self.account != "auto"


class Project(Section):
    """Whose it is: the words of every name and of the tags that costs are split by."""

    prefix: Annotated[
        str,
        Field(
            pattern=PREFIX,
            description="first part of every physical name: 2 to 8 lower-case letters and digits, no word AWS reserves",
            examples=["qm"],
        ),
    ] = "qm"
    name: Annotated[TagValue, Field(description=f"what the stack belongs to; {TAG_VALUE}")] = "quartermaster"
    owner: Annotated[
        TagValue, Field(description=f"who answers for the stack; {TAG_VALUE}", examples=["supply-chain-platform"])
    ]
    cost_center: Annotated[TagValue, Field(description=f"who pays for it; {TAG_VALUE}", examples=["supply-chain"])]


class Tags(Section):
    """Tags beside the five of the house."""

    custom: Annotated[
        dict[TagKey, TagValue], Field(max_length=40, description="tags that every resource carries besides")
    ] = {}
    required: Annotated[
        list[TagKey], Field(max_length=40, description="keys that the company asks for, each to be given in custom")
    ] = []


class Iam(Section):
    """What the account asks of every role."""

    permissions_boundary: Annotated[
        str,
        Field(
            pattern=r"^(arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy/[A-Za-z0-9+=,.@_/-]+)?$",
            description="ARN of the policy that bounds every role; empty: none",
            examples=["arn:aws:iam::111122223333:policy/boundary"],
        ),
    ] = ""


class Keys(Section):
    """Which keys encrypt."""

    existing: Annotated[
        str,
        Field(
            pattern=r"^(arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+)?$",
            description="ARN of a key of yours that encrypts everything; empty: the stack makes its own, one a purpose",
            examples=["arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"],
        ),
    ] = ""
