"""How many billed units a resource is: what `count` in `delivery/data/prices.toml` may name."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from delivery.recorder import Recording, Registration

_FUNCTION: Final = "aws:lambda/function:Function"
_TASK: Final = "aws:ecs/taskDefinition:TaskDefinition"
_MB: Final = 1024  # in a GB
_CPU: Final = 1024  # units in a vCPU of Fargate
_FAST: Final = 60  # seconds; a shorter period is high resolution
_DEFAULT_MB: Final = 128  # of Lambda
_NONE, _ONE = Decimal(0), Decimal(1)


def counted(name: str, one: Registration, recording: Recording) -> Decimal | None:
    """Units of that name; None where the program does not say, and KeyError for a name that is not known."""
    return COUNTS[name](one, recording)


def _when(path: str, wanted: object, default: object = None) -> Callable[[Registration, Recording], Decimal]:
    """One where the property has the value, else nothing."""

    def count(one: Registration, _: Recording) -> Decimal:
        found = one.values.get(path, default)
        return _ONE if found == wanted else _NONE

    return count


def _has(path: str) -> Callable[[Registration, Recording], Decimal]:
    return lambda one, _: _ONE if one.values.get(path) else _NONE


def _length(path: str) -> Callable[[Registration, Recording], Decimal]:
    return lambda one, _: Decimal(len(_list(one.values.get(path))))


def _interface(one: Registration, _: Recording) -> Decimal:
    return _ONE if one.values.get("vpcEndpointType", "Gateway") == "Interface" else _NONE


def _interface_zones(one: Registration, recording: Recording) -> Decimal:
    return _interface(one, recording) * max(1, len(_list(one.values.get("subnetIds"))))


def _metrics(*, fast: bool) -> Callable[[Registration, Recording], Decimal]:
    """An alarm pays for each metric that it reads, not for expressions over them."""

    def count(one: Registration, _: Recording) -> Decimal:
        queries = [query["metric"] for query in _maps(one.values.get("metricQueries")) if query.get("metric")]
        periods = [_number(metric.get("period")) for metric in queries if isinstance(metric, dict)]
        if not queries:
            periods = [_number(one.values.get("period"))]
        return Decimal(sum((0 < period < _FAST) == fast for period in periods))

    return count


def _memory(architecture: str) -> Callable[[Registration, Recording], Decimal]:
    """GB of a function of that architecture."""

    def count(one: Registration, _: Recording) -> Decimal:
        own = _list(one.values.get("architectures")) or ["x86_64"]
        return _number(one.values.get("memorySize", _DEFAULT_MB)) / _MB if architecture in own else _NONE

    return count


def _warm(architecture: str) -> Callable[[Registration, Recording], Decimal | None]:
    """GB kept warm: how many instances of which function; unknown where the function is not of this stack."""

    def count(one: Registration, recording: Recording) -> Decimal | None:
        name = one.values.get("functionName")
        for function in recording.of_type(_FUNCTION):
            if name == function.values.get("name"):
                instances = _number(one.values.get("provisionedConcurrentExecutions"))
                return _memory(architecture)(function, recording) * instances
        return None

    return count


def _fargate(architecture: str, part: str, in_one: int) -> Callable[[Registration, Recording], Decimal | None]:
    """What all tasks of a service have together; unknown where the task is not of this stack."""

    def count(one: Registration, recording: Recording) -> Decimal | None:
        tasks = [task for task in recording.of_type(_TASK) if task.urn in one.dependencies]
        if not tasks:
            return None
        platform = tasks[0].values.get("runtimePlatform")
        own = platform.get("cpuArchitecture", "X86_64") if isinstance(platform, dict) else "X86_64"
        if own != architecture:
            return _NONE
        return _number(tasks[0].values.get(part)) / in_one * _number(one.values.get("desiredCount", 1))

    return count


def _data_events(one: Registration, _: Recording) -> Decimal:
    """One where the trail keeps data events; the first copy of management events is free."""
    kinds = json.dumps([one.values.get("advancedEventSelectors"), one.values.get("eventSelectors")])
    return _ONE if '"Data"' in kinds or "dataResources" in kinds else _NONE


COUNTS: Final[Mapping[str, Callable[[Registration, Recording], Decimal | None]]] = {
    "one": lambda _one, _recording: _ONE,
    "interface": _interface,
    "interface_zones": _interface_zones,
    "rules": _length("rules"),
    "standard_metrics": _metrics(fast=False),
    "fast_metrics": _metrics(fast=True),
    "arm_gb": _memory("arm64"),
    "x86_gb": _memory("x86_64"),
    "warm_arm_gb": _warm("arm64"),
    "warm_x86_gb": _warm("x86_64"),
    "on_demand": _when("billingMode", "PAY_PER_REQUEST", "PROVISIONED"),
    "provisioned": _when("billingMode", "PROVISIONED", "PROVISIONED"),
    "recoverable": lambda one, _: _ONE if _map(one.values.get("pointInTimeRecovery")).get("enabled") else _NONE,
    "lite": _when("userPoolTier", "LITE", "ESSENTIALS"),
    "essentials": _when("userPoolTier", "ESSENTIALS", "ESSENTIALS"),
    "plus": _when("userPoolTier", "PLUS", "ESSENTIALS"),
    "standard_queue": lambda one, _: _NONE if one.values.get("fifoQueue") else _ONE,
    "data_events": _data_events,
    "content_filters": _has("contentPolicyConfig"),
    "sensitive_filters": _has("sensitiveInformationPolicyConfig"),
    "grounding_filters": _has("contextualGroundingPolicyConfig"),
    "application_balancer": _when("loadBalancerType", "application", "application"),
    "fargate_arm_cpus": _fargate("ARM64", "cpu", _CPU),
    "fargate_arm_gb": _fargate("ARM64", "memory", _MB),
    "fargate_x86_cpus": _fargate("X86_64", "cpu", _CPU),
    "fargate_x86_gb": _fargate("X86_64", "memory", _MB),
    "advanced": _when("tier", "Advanced", "Standard"),
}


def _number(value: object) -> Decimal:
    return (
        Decimal(str(value)) if isinstance(value, (int, float, str)) and str(value).replace(".", "").isdigit() else _NONE
    )


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _maps(value: object) -> list[dict[str, object]]:
    return [one for one in _list(value) if isinstance(one, dict)]


def _map(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}
