"""What the aws provider adds to inputs when it checks them, and policies therefore see: default tags and made-up names.

Sources: pulumi-aws, `provider/autonaming.go` and `provider/resources.go`; the bridge's `AutoName`. Each resource with
an input `name` gets `<logical name>-<7 hexadecimal digits>` where the program sets none, unless the SDK requires the
name; the exceptions are the table below.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from google.protobuf import struct_pb2  # type: ignore[import-untyped]  # published without stubs

from .sdk_classes import arguments_of, properties, required, takes_tags

DEFAULTS: Final = "__defaults"  # where a provider notes which properties it filled in itself
_HASH: Final = 7
_Change: TypeAlias = Callable[[str, Mapping[str, object]], str]


@dataclass(frozen=True, kw_only=True)
class _Naming:
    key: str = "name"
    longest: int = 255
    change: _Change = lambda name, _: name


def _lower(name: str, _: Mapping[str, object]) -> str:
    return name.lower()


def _alias(name: str, _: Mapping[str, object]) -> str:
    return name if name.startswith("alias/") else f"alias/{name}"


def _fifo(key: str) -> _Change:
    return lambda name, inputs: f"{name}.fifo" if inputs.get(key) is True else name


_NAMED: Final = _Naming()
_NAMINGS: Final = {
    "aws:alb/loadBalancer:LoadBalancer": _Naming(longest=32),
    "aws:alb/targetGroup:TargetGroup": _Naming(longest=32),
    "aws:ec2/keyPair:KeyPair": _Naming(key="keyName"),
    "aws:ecr/repository:Repository": _Naming(change=_lower),
    "aws:iam/role:Role": _Naming(longest=64),
    "aws:kms/alias:Alias": _Naming(change=_alias),
    "aws:lambda/function:Function": _Naming(longest=64),
    "aws:lb/loadBalancer:LoadBalancer": _Naming(longest=32),
    "aws:lb/targetGroup:TargetGroup": _Naming(longest=32),
    "aws:s3/bucket:Bucket": _Naming(key="bucket", longest=63, change=_lower),
    "aws:sns/topic:Topic": _Naming(change=_fifo("fifoTopic")),
    "aws:sqs/queue:Queue": _Naming(longest=80, change=_fifo("fifoQueue")),
}


def fill_in(token: str, urn: str, inputs: struct_pb2.Struct, default_tags: struct_pb2.Struct) -> None:
    """Adds to the inputs of one resource what the provider would."""
    if token.startswith("aws:"):
        if takes_tags(token):
            _add_tags(inputs, default_tags)
        _add_name(token, urn, inputs)


def too_long(token: str, inputs: Mapping[str, object]) -> str:
    """What the provider says of a name that it made up beyond the service's limit, or empty."""
    naming = _NAMINGS.get(token, _NAMED)
    filled, name = inputs.get(DEFAULTS), inputs.get(naming.key)
    if isinstance(filled, list) and naming.key in filled and isinstance(name, str) and len(name) > naming.longest:
        return (
            f"the provider would make up a {naming.key} of {len(name)} characters and {naming.longest} are allowed:"
            f" set {naming.key}"
        )
    return ""


def _add_name(token: str, urn: str, inputs: struct_pb2.Struct) -> None:
    naming = _NAMINGS.get(token, _NAMED)
    arguments = arguments_of(token)
    if arguments is None or naming.key not in properties(arguments) or naming.key in required(arguments):
        return
    if naming.key in inputs.fields or f"{naming.key}Prefix" in inputs.fields:
        return
    # The engine's digits are random at the first update and kept from then on; a plan's are the same each time.
    digits = hashlib.sha256(urn.encode()).hexdigest()[:_HASH]
    switches = {key: value.bool_value for key, value in inputs.fields.items() if value.HasField("bool_value")}
    inputs.fields[naming.key].string_value = naming.change(f"{urn.rpartition('::')[2]}-{digits}", switches)
    inputs.fields[DEFAULTS].list_value.values.add(string_value=naming.key)


def _add_tags(inputs: struct_pb2.Struct, defaults: struct_pb2.Struct) -> None:
    """Sets `tagsAll`: the provider's defaults below the resource's own tags."""
    merged = struct_pb2.Struct()
    merged.CopyFrom(defaults)
    own = inputs.fields.get("tags", None)
    if own is not None and not own.HasField("struct_value"):
        return  # unknown as a whole
    if own is not None:
        for name, value in own.struct_value.fields.items():
            merged.fields[name].CopyFrom(value)
    if merged.fields:
        inputs.fields["tagsAll"].struct_value.CopyFrom(merged)
