"""What follows from a stack's settings that no key says: what is chosen, what is left out, what to think about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from .bedrock import OFFLINE, regions_of
from .capabilities import OPT_IN
from .sizing import SIZES, STAGING, size_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .settings import Settings

_LOG_ROLE: Final = (
    "API Gateway writes its access log with a role of the whole account and region, which no stack makes;"
    " an account without it refuses the stage: README.md, Deploy, has the commands"
)
_UNSTATED: Final = "waits for resources.lambda.concurrency_quota, which is not stated"


@dataclass(frozen=True, kw_only=True)
class Consequence:
    """A sentence about a key. `advice`: nothing is wrong, and yet somebody should decide."""

    key: str
    text: str
    advice: bool = False


def consequences(settings: Settings) -> tuple[Consequence, ...]:
    """Everything that follows, facts before advice."""
    return (*_facts(settings), *_advice(settings))


def _facts(settings: Settings) -> Iterator[Consequence]:
    name = settings.environment.name
    if name not in SIZES:
        text = f"{name} has the size of {size_name(name)}, and nothing in it is kept when it is taken down"
        yield Consequence(key="environment.name", text=text)
    for feature, why in settings.left_out.items():
        yield Consequence(key=f"features.{feature}", text=f"left out in {settings.environment.region}: {why}")
    yield Consequence(key="resources.lambda.reserved_concurrency", text=_reserved(settings))
    if settings.resources.lambda_.provisioned_concurrency:
        yield Consequence(key="resources.lambda.provisioned_concurrency", text=_warm(settings))
    yield Consequence(key="resources.backup.copy_region", text=_copy(settings))
    if settings.has("api") and not settings.local:
        yield Consequence(key="features.api", text=_LOG_ROLE)
    if settings.api.quota:
        text = "limits nobody: no method asks for an API key, a token says who asks; api.throttle limits everybody"
        yield Consequence(key="api.quota", text=text)
    if settings.keys.existing:
        text = (
            "its policy is yours: --explain keys.existing prints what it needs for the account's roles and services. "
            "It cannot sign: the stack makes two key pairs of its own"
        )
        yield Consequence(key="keys.existing", text=text)
    if settings.runtime.model != OFFLINE:
        regions = ", ".join(sorted(regions_of(settings.runtime.model, settings.environment.region)))
        yield Consequence(key="runtime.model", text=f"may process what it is sent in {regions}")


def _reserved(settings: Settings) -> str:
    reserved = settings.reserved_concurrency
    if reserved is not None:
        return f"{reserved} executions are kept for each function that answers"
    size = settings.resources.lambda_
    return f"nothing is reserved: it {'is 0' if size.concurrency_quota else _UNSTATED}"


def _warm(settings: Settings) -> str:
    warm = settings.provisioned_concurrency
    if warm is None:
        return f"nothing is kept warm: it {_UNSTATED}"
    return f"{warm} executions of the API and as many of its authoriser are kept warm"


def _copy(settings: Settings) -> str:
    region = settings.copy_region
    if region is None:
        return "backups have no second copy" if settings.has("backup") else "there are no backups"
    chosen = "paired with" if settings.resources.backup.copy_region == "auto" else "named beside"
    opt_in = ", which the account must have switched on" if region in OPT_IN else ""
    return f"each backup has a second copy in {region}, {chosen} {settings.environment.region}{opt_in}"


def _advice(settings: Settings) -> Iterator[Consequence]:
    production = settings.production
    if (production or settings.environment.name == STAGING) and not settings.monitoring.alarm_emails:
        text = "is empty: alarms go off and nobody is told; for example [oncall@example.com]"
        yield Consequence(key="monitoring.alarm_emails", text=text, advice=True)
    if not production and settings.provisioned_concurrency:
        text = "costs all day outside production too; 0 does without"
        yield Consequence(key="resources.lambda.provisioned_concurrency", text=text, advice=True)
    if not production:
        return
    if not settings.environment.pinned:
        text = "is auto: whoever deploys decides where; write the 12 digits, in quotes"
        yield Consequence(key="environment.account", text=text, advice=True)
    for feature in ("api", "waf", "trail", "guardrail", "budget"):
        off = not getattr(settings.features, feature)
        if off and not (feature == "waf" and not settings.features.api):
            yield Consequence(key=f"features.{feature}", text="is off in production", advice=True)
    if settings.copy_region is None:
        text = "is none in production: losing the region loses every backup"
        yield Consequence(key="resources.backup.copy_region", text=text, advice=True)
