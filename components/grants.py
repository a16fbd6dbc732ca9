"""What each function's role may do, and nothing else: the table to read when asking who can reach what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agents.contract import API, GATEWAY
from agents.data_schema import LAKE_PREFIX

from . import iam
from .bedrock import OFFLINE
from .data import RESULTS_PREFIX

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .arns import Arns


@dataclass(frozen=True, kw_only=True)
class Estate:
    """The names that grants are written in; all of them known before anything exists."""

    arns: Arns
    tables: tuple[str, ...]
    bucket: str
    database: str
    workgroup: str
    key_alias: str
    model: str
    functions: Mapping[str, str]  # logical -> physical
    log_groups: Mapping[str, str]  # logical name of the function -> its log group


def grants_of(function: str, estate: Estate) -> tuple[iam.Statement, ...]:
    """The statements of one function's role. The lake is the gateway's alone."""
    arns = estate.arns
    match function:
        case API.name:
            model = () if estate.model == OFFLINE else iam.invokes_model(arns, estate.model)
            work = (
                iam.keeps_items(arns, *estate.tables),
                iam.calls(arns, estate.functions[GATEWAY.name]),
                *model,
            )
        case GATEWAY.name:
            work = (
                iam.queries(arns, estate.workgroup),
                iam.reads_catalog(arns, estate.database),
                *iam.finds_objects(arns, estate.bucket, LAKE_PREFIX, RESULTS_PREFIX),
                iam.reads_objects(arns, estate.bucket, LAKE_PREFIX),
                iam.keeps_results(arns, estate.bucket, RESULTS_PREFIX),
            )
        case _:
            raise ValueError(f"{function} has no grants: say in grants.py what its role is for")
    log = iam.writes_log(arns, estate.log_groups[function])
    return (log, iam.uses_key(arns, estate.key_alias), *work)
