"""A cached answer goes to whoever asks next, unless the cache tells callers apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._resource import UNKNOWN, NotEvaluated
from .._rule import Severity, stack_rule
from .._scalars import is_true, texts
from .._stack import Node, Together
from .._used import sources_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._stack import Member, Stack


SETTINGS: Final = "aws:apigateway/methodSettings:MethodSettings"
METHOD: Final = "aws:apigateway/method:Method"
INTEGRATION: Final = "aws:apigateway/integration:Integration"
CALLER: Final = "method.request.header.authorization"
API: Final = Node("aws:apigateway/restApi:RestApi", "api")
OF_API: Final = {"restApi": "api"}
CACHES: Final = Node(SETTINGS, "settings", {"methodPath": "*/*", "settings": {"cachingEnabled": True}}, OF_API)
ASK: Final = Node(METHOD, "ask", {"httpMethod": "GET", "authorization": "AWS_IAM"}, OF_API)


@stack_rule(
    id="api-no-cache-on-authorised",
    title="No answer of an authorised method is cached for other callers",
    severity=Severity.HIGH,
    fix="Set settings.caching_enabled to false, or make the Authorization header one of cache_key_parameters.",
    frameworks=("NIST 800-53:AC-3", "NIST 800-53:SC-4"),
    unique=True,
    ok=(
        Together((API, ASK, Node(SETTINGS, "settings", {"settings": {"cachingEnabled": False}}, OF_API))),
        Together((API, Node(METHOD, "ask", {"authorization": "NONE"}, OF_API), CACHES)),
        Together(
            (
                API,
                ASK,
                CACHES,
                Node(INTEGRATION, "to", {"cacheKeyParameters": [CALLER]}, OF_API | {"httpMethod": "ask"}),
            )
        ),
        Together((API, ASK, Node(SETTINGS, "other", {"settings": {"cachingEnabled": True}}))),
    ),
    bad=(
        Together((API, ASK, CACHES)),
        Together((API, ASK, CACHES, Node(INTEGRATION, "to", {}, OF_API | {"httpMethod": "ask"}))),
    ),
)
def no_cache_on_authorised(stack: Stack) -> Iterator[tuple[Member, str] | NotEvaluated]:
    by_caller = {urn for one in stack.of(INTEGRATION) if _by_caller(one) for urn in sources_of(one, "httpMethod")}
    for settings in stack.of(SETTINGS):
        caches = settings.peek("settings.cachingEnabled")
        apis = sources_of(settings, "restApi")
        if caches is not UNKNOWN and not is_true(caches):
            continue
        for method in stack.of(METHOD):
            kind = method.peek("authorization")
            if not apis & sources_of(method, "restApi") or kind == "NONE" or not _at(settings, method):
                continue
            if method.urn in by_caller:
                continue
            if UNKNOWN in (caches, kind):
                yield NotEvaluated(f"{settings.name}.settings.cachingEnabled")
            else:
                yield settings, f"{method.name} has an authoriser, and its answers are cached for all callers"


def _by_caller(integration: Member) -> bool:
    keys = texts(integration, "cacheKeyParameters")
    return keys.unknown or CALLER in {key.lower() for key in keys.values}


def _at(settings: Member, method: Member) -> bool:
    """Whether the settings may be of the method: its verb stands at the end of their path."""
    path, verb = settings.peek("methodPath"), method.peek("httpMethod")
    last = path.rpartition("/")[2] if isinstance(path, str) else "*"
    return last == "*" or not isinstance(verb, str) or last == verb
