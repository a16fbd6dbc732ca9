"""What the program learns from the engine that runs it: the stack's settings, and whether zips must exist."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pulumi
from pulumi.runtime import mocks
from pulumi.runtime.config import CONFIG, is_config_secret
from pulumi.runtime.settings import get_monitor

from agents.contract import FUNCTIONS

from .problems import Problem, SettingsError
from .settings import LOCAL, NAMESPACE, Settings, load

if TYPE_CHECKING:
    from collections.abc import Mapping


def read_settings() -> Settings:
    """The settings of the stack that is being deployed; raises RunError, which the engine shows as it is."""
    stack = pulumi.get_stack()
    file = f"Pulumi.{stack}.yaml"
    config = CONFIG.get()
    try:
        _refuse_secrets(config, file)
        plain = {key: _plain(value) for key, value in config.items()}
        return load(stack, plain, file, endpoint=find_emulator(stack, os.environ))
    except SettingsError as error:
        raise pulumi.RunError(str(error)) from None


def find_emulator(stack: str, environ: Mapping[str, str]) -> str:
    """Where the emulator listens, as every AWS client is told; empty for stacks that are not local.

    Raises RunError when an engine would deploy the local stack to wherever the provider finds credentials for.
    """
    endpoint = environ.get("AWS_ENDPOINT_URL", "") if stack == LOCAL else ""
    if stack == LOCAL and not endpoint and not _recorded():
        raise pulumi.RunError("AWS_ENDPOINT_URL names no emulator for the stack local: run make up STACK=local")
    return endpoint


def find_packages(folder: Path) -> dict[str, pulumi.Archive]:
    """The zip of each function. Raises RunError when one is missing, except under mocks.

    A recorded plan describes resources without uploading anything, so it needs no packages.
    """
    paths = {function.name: folder / f"{function.name}.zip" for function in FUNCTIONS}
    for path in paths.values():
        if not path.is_file() and not _recorded():
            raise pulumi.RunError(f"{path} is missing: run make package STACK={pulumi.get_stack()}")
    return {name: pulumi.FileArchive(str(path)) for name, path in paths.items()}


def package_folder(settings: Settings) -> Path:
    """Where `make package` puts zips: those for the host's own processor and Python apart from Lambda's."""
    return Path("var", "packages", "local") if settings.local else Path("var", "packages")


def _recorded() -> bool:
    return isinstance(get_monitor(), mocks.MockMonitor)


def _refuse_secrets(config: Mapping[str, str], file: str) -> None:
    secret = [key for key in config if key.startswith(NAMESPACE) and is_config_secret(key)]
    if secret:
        raise SettingsError(
            Problem(file, key.removeprefix(NAMESPACE), "holds a secret; settings are read by everybody, remove it")
            for key in secret
        )


def _plain(value: str) -> object:
    """A section as the engine hands it over: JSON; text that is not JSON is for the settings to refuse."""
    try:
        plain: object = json.loads(value)
    except (TypeError, ValueError):
        return value
    return plain
