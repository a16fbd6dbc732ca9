"""What each function's role may do, and nothing else: the table to read when asking who can reach what."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from agents.contract import (
    API,
    AUDIT,
    AUTHORISER,
    CONFIGURATION,
    CONVERSATION,
    DEFAULT_TENANT,
    FUNCTIONS,
    GATEWAY,
    TOOL_FUNCTIONS,
    WORKER,
)
from agents.contract import Keys as TableKeys
from agents.data_schema import LAKE_PREFIX

from . import iam, key_policies
from .audit import HEADS
from .bedrock import OFFLINE
from .functions import ASYNCHRONOUS, function_names
from .iam import functions as iam_functions
from .iam import heads as iam_heads
from .iam import lake as iam_lake
from .iam import models as iam_models
from .iam import tables as iam_tables
from .key_policies import DATA, DELEGATION, LOGS, MESSAGES
from .naming import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from agents.contract import Function

    from .arns import Arns
    from .lake_views import LakeSource
    from .naming import Names

_FUNCTIONS: Final = {function.name: function for function in FUNCTIONS}
_TOOLS: Final = frozenset(function.name for function in TOOL_FUNCTIONS.values())
_POLICY: Final = "access/policy"  # the document that says who may see what
_KEYS: Final = "key/*"  # the documents of machines' keys


@dataclass(frozen=True, kw_only=True)
class Estate:
    """The names that grants are written in; all of them known before anything exists."""

    names: Names
    arns: Arns
    tables: Mapping[str, str]  # logical name in the contract -> physical
    bucket: str  # of the lake
    results_bucket: str
    audit_bucket: str
    database: str
    workgroup: str
    keys: Mapping[str, str]  # purpose -> alias, or ARN of a key of yours
    model: str
    guarded: bool  # a model is called behind a guardrail of the account, or not at all
    source: LakeSource | None = None  # a lake that exists, beside our own database

    @property
    def functions(self) -> Mapping[str, str]:
        """Logical -> physical name of every function."""
        return function_names(self.names)

    @property
    def failures(self) -> str:
        """The queue of what nobody could handle."""
        return self.names.name(Kind.QUEUE, "failures")


def grants_of(function: str, estate: Estate) -> tuple[iam.Statement, ...]:
    """The statements of one function's role. The lake is the gateway's alone.

    Raises ValueError for a function that nobody has said anything about.
    """
    found = _FUNCTIONS.get(function)
    if found is None:
        raise ValueError(f"{function} has no grants: say in grants.py what its role is for")
    return tuple(_statements(found, estate))


def hosting_of(function: str, estate: Estate, *, traced: bool, networked: bool) -> tuple[iam.Statement, ...]:
    """What Lambda does as the function's role, by how the function is set up and not by what its code does."""
    arns, physical = estate.arns, estate.functions[function]
    return (
        iam.writes_log(arns, estate.names.log_group("lambda", physical)),
        *([iam_functions.traces()] if traced else []),
        *(iam_functions.joins_network(arns, physical) if networked else ()),
        *(_sends_failures(estate) if function in ASYNCHRONOUS else ()),
    )


def schedule_grants(estate: Estate) -> tuple[iam.Statement, ...]:
    """What the scheduler may do: call the worker, and say so when it could not."""
    sends, encrypts = _sends_failures(estate)
    return (
        replace(
            iam_functions.calls(estate.arns, estate.functions[WORKER.name]),
            why="The schedule calls the worker, by the version that serves and no other.",
        ),
        replace(sends, why="A call that failed every time goes into the queue of what nobody could handle."),
        replace(encrypts, why="The queue is encrypted, and SQS uses its key as whoever sends."),
    )


def _statements(function: Function, estate: Estate) -> Iterator[iam.Statement]:
    arns = estate.arns
    data = estate.keys[DATA]  # of the function's variables too, which Lambda decrypts as the role
    if function.calls:
        yield iam_functions.calls(arns, *(estate.functions[called] for called in function.calls))
    match function.name:
        case API.name:
            guarded = estate.guarded and estate.model != OFFLINE
            yield iam.uses_key(arns, data, through=("dynamodb", "lambda", *(["bedrock"] if guarded else [])))
            yield iam_tables.keeps_items(arns, *(estate.tables[one.name] for one in (CONFIGURATION, CONVERSATION)))
            yield iam_tables.checks_items(arns, estate.tables[CONFIGURATION.name])
            yield from _decides(estate)
            yield iam_tables.reads_chains(arns, estate.tables[AUDIT.name])
            yield replace(iam.decrypts(arns, estate.keys[LOGS], through=("s3",)), sid="DecryptsHeads")
            yield from iam_heads.reads_heads(arns, estate.audit_bucket, HEADS)
            yield iam.signs(arns, estate.keys[DELEGATION])
            yield iam.reads_public_keys(arns, estate.keys[DELEGATION])
            if estate.model != OFFLINE:
                yield from iam_models.invokes_model(arns, estate.model, guarded=guarded)
            if guarded:
                yield iam_models.applies_guardrail(arns)
        case AUTHORISER.name:
            yield iam.uses_key(arns, data, through=("dynamodb", "lambda"))
            yield from _decides(estate)
            keys = (TableKeys.versions(DEFAULT_TENANT, _KEYS, "*"), TableKeys.heads(DEFAULT_TENANT))
            yield iam_tables.reads_partitions(arns, estate.tables[CONFIGURATION.name], *keys)
        case GATEWAY.name:
            yield iam.uses_key(arns, data, through=("dynamodb", "lambda", "s3"))
            yield from _lake(estate)
            yield from _decides(estate)
            yield from _follows_policy(estate)
        case WORKER.name:
            yield iam.decrypts(arns, data, through=("dynamodb", "lambda"))
            yield iam_tables.reads_items(arns, estate.tables[CONFIGURATION.name])
            yield iam_tables.reads_chains(arns, estate.tables[AUDIT.name])
            yield replace(iam.uses_key(arns, estate.keys[LOGS], through=("s3",)), sid="EncryptsHeads")
            yield from iam_heads.reads_heads(arns, estate.audit_bucket, HEADS)
            yield iam_heads.adds_heads(arns, estate.audit_bucket, HEADS)
            yield iam.signs(arns, estate.keys[key_policies.AUDIT])
            yield iam.reads_public_keys(arns, estate.keys[key_policies.AUDIT])
        case name if name in _TOOLS:
            yield iam.uses_key(arns, data, through=("dynamodb", "lambda"))
            yield from _decides(estate)
            yield from _follows_policy(estate)
        case name:
            raise ValueError(f"{name} has no grants: say in grants.py what its role is for")


def _decides(estate: Estate) -> Iterator[iam.Statement]:
    """Writes down what was decided."""
    yield iam_tables.adds_items(estate.arns, estate.tables[AUDIT.name])
    yield iam_tables.finds_items(estate.arns, estate.tables[AUDIT.name])


def _follows_policy(estate: Estate) -> Iterator[iam.Statement]:
    """Reads the access policy in force, and verifies who asks for somebody else.

    Heads and sequence hold the numbers of all documents, and the content of none.
    """
    keys = (
        TableKeys.versions(DEFAULT_TENANT, _POLICY, "*"),
        TableKeys.heads(DEFAULT_TENANT),
        TableKeys.sequence(DEFAULT_TENANT),
    )
    yield iam_tables.reads_partitions(estate.arns, estate.tables[CONFIGURATION.name], *keys)
    yield iam.reads_public_keys(estate.arns, estate.keys[DELEGATION])


def _lake(estate: Estate) -> Iterator[iam.Statement]:
    arns, source = estate.arns, estate.source
    yield iam_lake.queries(arns, estate.workgroup)
    yield from iam_lake.reads_catalog(arns, estate.database, *([source.database] if source else []))
    yield from iam_lake.finds_objects(arns, estate.bucket, LAKE_PREFIX)
    yield iam_lake.reads_objects(arns, estate.bucket, LAKE_PREFIX)
    yield from iam_lake.keeps_results(arns, estate.results_bucket)
    if source:
        yield from iam_lake.reads_locations(arns, source.locations)


def _sends_failures(estate: Estate) -> tuple[iam.Statement, iam.Statement]:
    return (
        iam_functions.sends_failures(estate.arns, estate.failures),
        iam.uses_key(estate.arns, estate.keys[MESSAGES], through=("sqs",)),
    )


def actions_of(estate: Estate, *, traced: bool) -> frozenset[str]:
    """Every action of every function: what a network needs a way to."""
    granted = (
        (*grants_of(name, estate), *hosting_of(name, estate, traced=traced, networked=False)) for name in _FUNCTIONS
    )
    return frozenset(action for statements in granted for one in statements for action in one.actions)
