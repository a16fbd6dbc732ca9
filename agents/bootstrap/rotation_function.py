"""Puts the rotation function together from its environment."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from agents.adapters import aws
from agents.adapters.function_settings import read_settings
from agents.adapters.secret_rotation import SecretRotation
from agents.contract import ROTATION

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def rotation_function(environ: Mapping[str, str]) -> Callable[[object], None]:
    """What does one step of a rotation; raises SetupError for an environment that lacks something."""
    read_settings(environ, ROTATION)
    return SecretRotation(aws.client("secretsmanager"), random=os.urandom).run
