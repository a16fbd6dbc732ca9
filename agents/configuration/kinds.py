"""The kinds of documents there are, and the one door through which any document is checked.

A kind that is not in the table is free: its documents are whatever the document `schema/<kind>` says. Who may publish
a kind is said in `agents.access.roles`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from agents.configuration import document_model
from agents.configuration.agent_config import AgentConfig
from agents.configuration.agent_config_check import DEFAULTS, check_agent
from agents.configuration.document_model import not_yet, parse_model
from agents.configuration.json_pointer import below
from agents.configuration.models import KEY as CATALOGUE
from agents.configuration.models import ModelCatalogue, check_catalogue
from agents.configuration.problems import errors, invalid
from agents.configuration.references import check_texts, is_secret
from agents.configuration.shared_documents import (
    ROUTING,
    THRESHOLDS,
    MetricThresholds,
    RoutingDefaults,
    check_routing,
    check_thresholds,
)
from agents.configuration.user_schema import check_by_schema, check_schema
from agents.errors import InvalidError, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from pydantic import BaseModel

    from agents.configuration.deployed import AgentFacts, Context
    from agents.configuration.document_model import ReloadClass
    from agents.configuration.documents import Content
    from agents.json_value import Json

SCHEMA: Final = "schema"


@dataclass(frozen=True, kw_only=True)
class Kind:
    """What a kind of document is.

    `names` are those that there can be, None for any; `base_only`: it has no layers above base. `read_by` are the
    kinds whose documents are checked against this one, so a change of it is one of theirs too. `model` is the form,
    None where it is not ours to say.
    """

    about: str
    check: Callable[[str, Content, Context], Iterable[Problem]]
    model: type[BaseModel] | None = None
    names: frozenset[str] | None = None
    base_only: bool = False
    read_by: frozenset[str] = frozenset()
    reload: ReloadClass = "hot"  # where no model says it for each field

    def reload_class(self, pointers: Iterable[str]) -> ReloadClass:
        """What a change at these pointers takes; see `document_model.reload_class`."""
        return self.reload if self.model is None else document_model.reload_class(self.model, pointers)


def _access(name: str, content: Content, context: Context) -> Iterable[Problem]:
    check = context.checks.get(f"access/{name}")
    if check is None:
        yield invalid(
            f"nothing reads the document access/{name}", fix=f"Publish {' or '.join(sorted(context.checks))}."
        )
        return
    try:
        check(content)
    except InvalidError as error:
        yield from error.problems or (invalid(error.message, fix=error.fix),)


def _key(name: str, content: Content, context: Context) -> Iterable[Problem]:
    del name, content, context
    yield invalid("keys of machines are not documents to publish", fix="Use `qm access keys`, or /v1/access/keys.")


def _models(name: str, content: Content, context: Context) -> Iterable[Problem]:
    del name
    catalogue = parse_model(ModelCatalogue, content, what="the catalogue of models")
    yield from check_catalogue(catalogue, context.today)


def _routing(name: str, content: Content, context: Context) -> Iterable[Problem]:
    del name
    yield from check_routing(parse_model(RoutingDefaults, content, what="the routing"), context.agents)


def _metrics(name: str, content: Content, context: Context) -> Iterable[Problem]:
    del name, context
    yield from check_thresholds(parse_model(MetricThresholds, content, what="the thresholds"))


def _schema(name: str, content: Content, context: Context) -> Iterable[Problem]:
    del context
    if name in KINDS or name in _RESERVED:
        yield invalid(f"the kind {name!r} is not free", fix="Call yours by another name.")
    yield from check_schema(content)


def _free(key: str, content: Content, context: Context) -> Iterable[Problem]:
    kind = key.partition("/")[0]
    schema = context.documents(f"{SCHEMA}/{kind}")
    if schema is None:
        known = ", ".join(sorted(KINDS))
        yield invalid(f"there is no kind {kind!r}", fix=f"Publish {SCHEMA}/{kind} first, or use one of {known}.")
        return
    yield from check_texts(content, context.deployed, urls=False)
    yield from _no_references(content)
    yield from check_by_schema(schema, content)


def _no_references(content: Content) -> Iterable[Problem]:
    """Nothing resolves them in a document whose reader is not ours."""
    waiting: list[tuple[str, Json]] = [("", content)]
    while waiting:
        above, value = waiting.pop()
        inner = value.items() if isinstance(value, dict) else enumerate(value if isinstance(value, list) else ())
        for name, one in inner:
            if name in {"$secret", "$env"}:
                yield invalid("only parameters of agents refer to secrets", pointer=above, fix="Take it out.")
            elif isinstance(one, dict | list):
                waiting.append((below(above, name), one))


KINDS: Final[dict[str, Kind]] = {
    "agent": Kind(about="How an agent behaves; `agent/defaults` lies below each", check=check_agent, model=AgentConfig),
    "access": Kind(
        about="Who may see and do what",
        check=_access,
        names=frozenset({"policy"}),
        read_by=frozenset({"agent"}),
    ),
    "key": Kind(about="Keys of machines", check=_key, base_only=True),
    "models": Kind(
        about="The models that agents may name",
        check=_models,
        model=ModelCatalogue,
        names=frozenset({CATALOGUE.partition("/")[2]}),
        read_by=frozenset({"agent"}),
    ),
    "routing": Kind(
        about="How questions find their agent",
        check=_routing,
        model=RoutingDefaults,
        names=frozenset({ROUTING.partition("/")[2]}),
        read_by=frozenset({"agent"}),
    ),
    "metrics": Kind(
        about="When a metric is out of bounds",
        check=_metrics,
        model=MetricThresholds,
        names=frozenset({THRESHOLDS.partition("/")[2]}),
        reload="redeploy",
    ),
    SCHEMA: Kind(about="The JSON Schema of a kind of documents that users bring", check=_schema, base_only=True),
}
_RESERVED: Final = frozenset({"template", "rollout", "audit", "user", "conversation", "instance", "quartermaster"})
_FREE: Final = Kind(about="What users bring, as its schema says", check=_free)


def kind_of(key: str) -> Kind:
    """The kind of a document's key; every one that is not in the table is free."""
    return KINDS.get(key.partition("/")[0], _FREE)


def read_by(key: str) -> frozenset[str]:
    """The kinds whose documents must be checked again when this one changes; `agent/defaults` is read by each agent."""
    kind, _, name = key.partition("/")
    if kind == SCHEMA:
        return frozenset({name})
    return frozenset({"agent"}) if (kind, name) == ("agent", DEFAULTS) else kind_of(key).read_by


def check_document(key: str, content: Content, context: Context) -> tuple[Problem, ...]:
    """Everything that is wrong with merged content as `key` would run it, and what its author should know.

    Never raises for content. Those whose code is `warning` do not keep it from being published: see
    `agents.configuration.problems`. Pointers lie in `content`; `where` is left to the caller, who knows the layers.
    """
    kind, name = kind_of(key), key.partition("/")[2]
    if kind.names is not None and name not in kind.names:
        known = " or ".join(f"{key.partition('/')[0]}/{one}" for one in sorted(kind.names))
        return (invalid(f"nothing reads the document {key}", fix=f"Publish {known}."),)
    try:
        found = list(kind.check(key if kind is _FREE else name, content, context))
    except InvalidError as error:
        found = list(error.problems or (invalid(error.message, fix=error.fix),))
    if kind.model is not None and kind.model is not AgentConfig:
        found += not_yet(kind.model, content)
        found += check_texts(content, context.deployed, urls=True)
    return tuple(dict.fromkeys(found))


def check_layer(key: str, layer: str) -> tuple[Problem, ...]:
    """Whether a kind may have a document in this layer, and be published at all."""
    kind = kind_of(key)
    if kind.base_only and layer != "base":
        return (invalid(f"{key} has only the layer base", fix="Publish it to base."),)
    return ()


def hidden(key: str, agents: Mapping[str, AgentFacts]) -> Callable[[str], bool]:
    """Whether a diff or a log must mask what a pointer into a document names; see `references.is_secret`."""
    kind, _, name = key.partition("/")
    named = [name] if name in agents else list(agents) if name == DEFAULTS else []
    schemas = [agents[one].parameters for one in named] if kind == "agent" else []
    return lambda pointer: any(is_secret(pointer, schema) for schema in schemas or [None])


def refusal(key: str, problems: Iterable[Problem]) -> InvalidError | None:
    """The error of a document that may not be published, with all its problems; None when only warnings are there."""
    every = tuple(problems)
    wrong = errors(every)
    if not wrong:
        return None
    listed = "; ".join(f"{problem.pointer or '/'}: {problem.message}" for problem in wrong)
    return InvalidError(f"{key} is not valid: {listed}", fix=wrong[0].fix, problems=wrong)
