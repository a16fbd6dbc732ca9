"""What the installed SDK says of a resource type: which properties it takes, and whether it takes tags.

Mocks check nothing, so a misspelt key of a nested dict would pass a plan and fail in the cloud.
"""

from __future__ import annotations

import sys
import typing
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from importlib import import_module

from pulumi._types import input_type_types, is_input_type
from pulumi.runtime.rpc import get_resource_module

# What a provider's check and the engine add, beside what the SDK lets a program set.
_FREE = frozenset({"tagsAll", "version", "pluginDownloadURL"})


@contextmanager
def quiet() -> Iterator[None]:
    """The SDK warns of its own deprecated classes when a service is imported, used or not."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=DeprecationWarning, module=r"pulumi_aws\.")
        yield


def takes_tags(token: str) -> bool:
    """Whether the provider adds its default tags to resources of this type."""
    return isinstance(getattr(_class(token), "tags_all", None), property)


def unknown_properties(token: str, inputs: Mapping[str, object]) -> Iterator[str]:
    """Paths of the inputs that the type does not take; nothing for types that the SDK does not describe."""
    arguments = _arguments(_class(token))
    if arguments is not None:
        yield from _strangers(arguments, inputs, "")


def _arguments(resource: type) -> type | None:
    """The class of a resource's arguments, which lies beside it; `Init` where a nested type has taken the name."""
    beside = vars(sys.modules[resource.__module__])
    for suffix in ("InitArgs", "Args"):
        found = beside.get(resource.__name__ + suffix)
        if isinstance(found, type) and is_input_type(found) and found.__module__ == resource.__module__:
            return found
    return None


def _strangers(kind: type, value: object, path: str) -> Iterator[str]:
    if not isinstance(value, Mapping):
        return
    known = _properties(kind)
    for name, inner in sorted(value.items()):
        if name not in known:
            if name not in _FREE and not name.startswith("__"):
                yield f"{path}{name}"
            continue
        nested = _nested(known[name])
        if nested is None:
            continue
        if isinstance(inner, Sequence) and not isinstance(inner, str):
            for place, one in enumerate(inner):
                yield from _strangers(nested, one, f"{path}{name}.{place}.")
        else:
            yield from _strangers(nested, inner, f"{path}{name}.")


@cache
def _properties(kind: type) -> Mapping[str, object]:
    return input_type_types(kind)


def _nested(annotation: object) -> type | None:
    """The one input type inside an annotation; None for scalars, free maps and choices of several."""
    found = set(_input_types(annotation))
    return found.pop() if len(found) == 1 else None


def _input_types(annotation: object) -> Iterator[type]:
    if isinstance(annotation, type) and is_input_type(annotation):
        yield annotation
    origin = typing.get_origin(annotation)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return  # a map's keys are the user's
    for part in typing.get_args(annotation):
        yield from _input_types(part)


@cache
def _class(token: str) -> type:
    """The SDK's class of a type token, or `object`."""
    package, _, rest = token.partition(":")
    if package == "pulumi" and rest.startswith("providers:"):
        found = getattr(_package(rest.partition(":")[2]), "Provider", None)
        return found if isinstance(found, type) else object
    module = get_resource_module(package, rest.partition(":")[0], "")
    info = getattr(module, "mod_info", None)
    if info is None:
        return object
    with quiet():
        found = getattr(import_module(info["fqn"]), info["classes"].get(token, ""), None)
    return found if isinstance(found, type) else object


def _package(name: str) -> object:
    try:
        return import_module(f"pulumi_{name}")
    except ModuleNotFoundError:
        return None
