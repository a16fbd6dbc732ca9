"""The installed SDK's classes: of a resource, of its arguments, and what either says of its properties."""

from __future__ import annotations

import inspect
import sys
import warnings
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from pulumi._types import input_type_py_to_pulumi_names, input_type_types, is_input_type
from pulumi.runtime.rpc import get_resource_module

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@contextmanager
def quiet() -> Iterator[None]:
    """The SDK warns of its own deprecated classes when a service is imported, used or not."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=DeprecationWarning, module=r"pulumi_aws\.")
        yield


@cache
def class_of(token: str) -> type:
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


@cache
def arguments_of(token: str) -> type | None:
    """The class of a resource's arguments, which lies beside it; `Init` where a nested type has taken the name."""
    resource = class_of(token)
    beside = vars(sys.modules[resource.__module__])
    for suffix in ("InitArgs", "Args"):
        found = beside.get(resource.__name__ + suffix)
        if isinstance(found, type) and is_input_type(found) and found.__module__ == resource.__module__:
            return found
    return None


@cache
def properties(kind: type) -> Mapping[str, object]:
    """What an input type takes: name as policies see it -> annotation."""
    return input_type_types(kind)


@cache
def required(kind: type) -> tuple[str, ...]:
    """Names of what an input type cannot do without: the parameters that have no default."""
    names = input_type_py_to_pulumi_names(kind)
    given = inspect.signature(kind).parameters.values()
    return tuple(names[one.name] for one in given if one.default is one.empty and one.name in names)


@cache
def takes_tags(token: str) -> bool:
    """Whether the provider adds its default tags to resources of this type."""
    return isinstance(getattr(class_of(token), "tags_all", None), property)


def _package(name: str) -> object:
    try:
        return import_module(f"pulumi_{name}")
    except ModuleNotFoundError:
        return None
