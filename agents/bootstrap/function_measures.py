"""How a deployed function measures: metrics on stdout, written once at the end of each invocation."""

from __future__ import annotations

import functools
import sys
import time
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from agents.adapters.emf import EmfMeasures
from agents.contract import Env

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Given = ParamSpec("Given")
Made = TypeVar("Made")


def function_measures(settings: Mapping[str, str]) -> EmfMeasures:
    """The measures of a function with these settings."""
    return EmfMeasures(settings[Env.METRICS], clock=time.time, write=_line)


def flushed(function: Callable[Given, Made], measures: EmfMeasures) -> Callable[Given, Made]:
    """The function, writing after each call what was measured: Lambda freezes the process in between."""

    @functools.wraps(function)
    def call(*args: Given.args, **kwargs: Given.kwargs) -> Made:
        try:
            return function(*args, **kwargs)
        finally:
            measures.flush()

    return call


def _line(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
