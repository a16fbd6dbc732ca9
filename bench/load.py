"""A base and an environment layer from YAML text to a checked configuration, against OmegaConf with pydantic."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Final, cast

from agents.configuration.agent_config import AgentConfig, parse_agent_config
from agents.configuration.formats import parse
from agents.configuration.layers import merge
from bench.target import Target

if TYPE_CHECKING:
    from collections.abc import Callable

    from agents.configuration.documents import Content

NAME, TARGET = "load", Target(ratio_at_most=0.1)

_BASE: Final = """\
# What every environment shares
title: Inventory
instructions: |
  Answer questions about stock on hand, reorder points and stockouts.
  Name the method of every figure and the date that it is of.

  Ask back when a question names no warehouse and the answer differs by warehouse.
model: default
tools:
- stock_on_hand
- reorder_points
- stockout_risk
- demand_forecast
limits:
  timeout_s: 20.0
  turns: 4
  parallel_tools: 8
context:
  window_messages: 20
routing:
  keywords: [stock, inventory, reorder, on hand, stockout, safety stock, shelf, warehouse]
  examples:
  - How many units of P0001 are on hand?
  - Which products run out this week?
  - What is the reorder point of P0042 in Berlin?
  - Which warehouse holds the most of P0007?
parameters:
  service_level: 0.95
  horizon_days: 30
  history_days: 365
  currency: USD
  unit: "each"
  round_up: true
"""
_ENVIRONMENT: Final = """\
# What is different in production
model: large
limits:
  timeout_s: 45.0
  turns: 6
parameters:
  service_level: 0.98
  horizon_days: 14
"""


def ours() -> Callable[[], object]:
    base, environment = _BASE.encode(), _ENVIRONMENT.encode()

    def load() -> AgentConfig:
        merged = merge(merge({}, parse(base, "yaml").content), parse(environment, "yaml").content)
        return parse_agent_config(merged)

    return load


def peer() -> Callable[[], object]:
    omegaconf = importlib.import_module("omegaconf").OmegaConf  # raises ImportError when it is not installed

    def load() -> AgentConfig:
        merged = omegaconf.merge(omegaconf.create(_BASE), omegaconf.create(_ENVIRONMENT))
        return AgentConfig.model_validate(cast("Content", omegaconf.to_container(merged, resolve=True)))

    return load


def same() -> None:
    """Both load the same configuration, of both layers."""
    loaded = ours()()
    assert loaded == peer()()
    assert isinstance(loaded, AgentConfig)
    assert (loaded.limits.turns, loaded.limits.parallel_tools, loaded.model) == (6, 8, "large")
