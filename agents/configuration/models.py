"""The document `models/catalogue`: the models that configurations may name, and what is known of each by its day."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated, Final, Literal, TypeAlias

from pydantic import AfterValidator, Field

from agents.configuration.document_model import Day, Strict, Usd, described, parse_model
from agents.configuration.json_pointer import below
from agents.configuration.problems import invalid, warning

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from agents.configuration.deployed import Deployed
    from agents.configuration.documents import Content
    from agents.errors import Problem

KEY: Final = "models/catalogue"
DEFAULT: Final = "default"  # the stack's own model, whatever it is called
WARN: Final = timedelta(days=60)  # before a model ends
STALE: Final = timedelta(days=180)  # after which somebody should look at the catalogue's facts again
ModelKey: TypeAlias = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{0,63}$")]


def _calendar(day: str) -> str:
    date.fromisoformat(day)
    return day


_CalendarDay: TypeAlias = Annotated[Day, AfterValidator(_calendar)]


class CataloguedModel(Strict):
    """One model, as its provider offers it."""

    provider: Annotated[Literal["bedrock", "offline", "openai-compatible"], described("who runs it")]
    id: Annotated[
        str,
        Field(pattern=r"^[a-z0-9][A-Za-z0-9.:-]{0,127}$"),
        described("the provider's name of model or profile", "drain"),
    ]
    regions: Annotated[
        list[Annotated[str, Field(pattern=r"^[a-z]{2}(-[a-z]+)+-[0-9]$")]] | None,
        described("regions that it can be called from; any without it"),
    ] = None
    quota_pool: Annotated[
        str, Field(min_length=1, max_length=128), described("what it shares its provider's limits with, by any name")
    ]
    context_tokens: Annotated[int, Field(ge=1), described("tokens that it can read at once")]
    input_usd_per_million: Annotated[Usd | None, described('US dollars for a million tokens read, as text: "3.00"')] = (
        None
    )
    output_usd_per_million: Annotated[
        Usd | None, described('US dollars for a million tokens written, as text: "15.00"')
    ] = None
    legacy: Annotated[_CalendarDay | None, described("day from which new users are refused it")] = None
    eol: Annotated[_CalendarDay | None, described("day on which it ends; not known without it")] = None

    def ends(self) -> date | None:
        return date.fromisoformat(self.eol) if self.eol else None


class ModelCatalogue(Strict):
    """The models that agents may name."""

    as_of: Annotated[_CalendarDay, described("day of the facts")]
    source: Annotated[str, Field(max_length=512), described("where the facts are from")] = ""
    models: Annotated[dict[ModelKey, CataloguedModel], Field(max_length=200), described("each model by its name here")]


def parse_catalogue(content: Content) -> ModelCatalogue:
    """The catalogue in a document's content; raises InvalidError with every problem."""
    return parse_model(ModelCatalogue, content, what="the catalogue of models")


def check_catalogue(catalogue: ModelCatalogue, today: date) -> Iterator[Problem]:
    """What its author should know, beyond its form."""
    if today - date.fromisoformat(catalogue.as_of) > STALE:
        fix = "Look at each model again, and set as_of."
        yield warning(f"its facts are of {catalogue.as_of}, and models change", pointer="/as_of", fix=fix)
    if DEFAULT in catalogue.models:
        fix = "Give it another name."
        yield invalid(f"{DEFAULT!r} is the stack's own model", pointer=f"/models/{DEFAULT}", fix=fix)
    for name, model in catalogue.models.items():
        if _ended(model, today):
            fix = "Take it out, once no agent names it."
            yield warning(f"{model.id} ended on {model.eol}", pointer=below("/models", name), fix=fix)


def check_chain(
    chain: Sequence[tuple[str, str]], catalogue: ModelCatalogue | None, deployed: Deployed, today: date
) -> Iterator[Problem]:
    """What is wrong with a model and its fallbacks, given as (pointer, name) in the order they are tried."""
    known = catalogue.models if catalogue is not None else {}
    pools: dict[str, str] = {}
    for pointer, name in chain:
        model = _found(name, known, deployed)
        if model is None:
            if name != DEFAULT:
                listed = ", ".join(sorted({DEFAULT, *known}))
                yield invalid(f"there is no model {name!r} in {KEY}", pointer=pointer, fix=f"Models: {listed}.")
            continue
        if model.quota_pool in pools:
            other = pools[model.quota_pool]
            message = f"{name!r} shares the quota {model.quota_pool!r} with {other!r}: both are throttled together"
            yield invalid(message, pointer=pointer, fix="Fall back to a model of another quota.")
        pools.setdefault(model.quota_pool, name)
        problems = _usable(name, model, deployed, today, pointer)
        # The stack chose its own model: no document of an agent is wrong because of it, yet its author should know.
        yield from (warning(p.message, pointer=p.pointer, fix=p.fix) for p in problems) if name == DEFAULT else problems


def _found(name: str, known: Mapping[str, CataloguedModel], deployed: Deployed) -> CataloguedModel | None:
    if name != DEFAULT:
        return known.get(name)
    return next((model for model in known.values() if deployed.model and model.id == deployed.model), None)


def _usable(name: str, model: CataloguedModel, deployed: Deployed, today: date, pointer: str) -> Iterator[Problem]:
    if deployed.models is not None and model.id not in deployed.models:
        fix = f"Granted: {', '.join(sorted(deployed.models)) or 'none'}. Deploy the stack with it, or name another."
        yield invalid(f"the stack does not grant the model {name!r} ({model.id})", pointer=pointer, fix=fix)
    if deployed.region and model.regions is not None and deployed.region not in model.regions:
        fix = f"It is in {', '.join(model.regions) or 'no region'}."
        yield invalid(f"the model {name!r} cannot be called from {deployed.region}", pointer=pointer, fix=fix)
    end = model.ends()
    if _ended(model, today):
        yield invalid(f"the model {name!r} ended on {model.eol}", pointer=pointer, fix="Name one that is alive.")
    elif end is not None and end - today <= WARN:
        message = f"the model {name!r} ends on {model.eol}, in {(end - today).days} days"
        yield warning(message, pointer=pointer, fix="Move to another before that day.")
    elif model.legacy and date.fromisoformat(model.legacy) <= today:
        message = f"the model {name!r} is legacy since {model.legacy}"
        yield warning(message, pointer=pointer, fix="Plan to move to another.")


def _ended(model: CataloguedModel, today: date) -> bool:
    end = model.ends()
    return end is not None and end <= today
