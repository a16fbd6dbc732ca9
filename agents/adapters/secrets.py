"""Where secrets are: files or the environment on a laptop, Secrets Manager on AWS."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Any, Final

from agents.adapters.aws import code, translate
from agents.errors import NotFoundError, SetupError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from agents.configuration.references import Reference, SecretSource

MAX_BYTES: Final = 64 * 1024  # as Secrets Manager's
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


class EnvironmentSecrets:
    """A `SecretSource` of variables. What may be named is decided before: see `references.resolve`."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def read(self, reference: Reference) -> str:
        value = self._environ.get(reference.name, "") if reference.where == "env" else ""
        if not value:
            raise _missing(reference, "Set it before the start.")
        return value


class FileSecrets:
    """A `SecretSource` of a folder: a file for each secret, which only its owner may read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, reference: Reference) -> str:
        path = self._folder / reference.name
        try:
            # No link, and no waiting for a pipe; what is looked at is what is read.
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            raise _missing(reference, f"Write it to {path}, and chmod 600 it.") from error
        try:
            about = os.fstat(descriptor)
            if not stat.S_ISREG(about.st_mode):
                raise SetupError(f"the secret {reference.name!r} is no file", fix=f"Write it to {path}.")
            if about.st_mode & _OTHERS:
                raise SetupError(f"others may read the secret {reference.name!r}", fix=f"chmod 600 {path}")
            with os.fdopen(descriptor, "rb", closefd=False) as file:
                return _text(file.read(MAX_BYTES + 1), reference)
        finally:
            os.close(descriptor)


class SecretsManagerSecrets:
    """A `SecretSource` of Secrets Manager. `name` gives the physical name of a secret of the stack."""

    def __init__(self, client: Any, name: Callable[[str], str]) -> None:  # noqa: ANN401 - boto3 has no types
        self._client = client
        self._name = name

    def read(self, reference: Reference) -> str:
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - see aws.client

        try:
            answer = self._client.get_secret_value(SecretId=self._name(reference.name))
        except (BotoCoreError, ClientError) as error:
            if code(error) == "ResourceNotFoundException":
                raise _missing(reference, "Fill it in Secrets Manager; the stack makes it empty.") from error
            if code(error) in {"InternalServiceError", "DecryptionFailure"}:
                raise UnavailableError("Secrets Manager does not answer for now", fix="Try again.") from error
            if ours := translate(error, "Secrets Manager"):
                raise ours from error
            raise
        value = answer.get("SecretString")
        if not isinstance(value, str) or not value:
            raise _missing(reference, "Fill it in Secrets Manager, as text.")
        return value


class Secrets:
    """A `SecretSource` that asks the store for secrets, and the environment for variables."""

    def __init__(self, *, store: SecretSource, environment: SecretSource) -> None:
        self._store = store
        self._environment = environment

    def read(self, reference: Reference) -> str:
        return (self._environment if reference.where == "env" else self._store).read(reference)


def _text(data: bytes, reference: Reference) -> str:
    try:
        value = data.decode().removesuffix("\n")
    except UnicodeDecodeError as error:
        raise SetupError(f"the secret {reference.name!r} is no text", fix="Write it as UTF-8.") from error
    if not value or len(data) > MAX_BYTES:
        raise _missing(reference, f"Write 1 to {MAX_BYTES:,} bytes.")
    return value


def _missing(reference: Reference, fix: str) -> NotFoundError:
    what = "variable" if reference.where == "env" else "secret"
    return NotFoundError(f"there is no {what} {reference.name!r}", fix=fix)
