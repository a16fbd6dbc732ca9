"""Secrets come from where they are kept, whole, or with a reason; and never from elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from agents.adapters.secrets import MAX_BYTES, EnvironmentSecrets, FileSecrets, Secrets, SecretsManagerSecrets
from agents.configuration.references import Reference
from agents.errors import NotFoundError, SetupError, UnavailableError

if TYPE_CHECKING:
    from pathlib import Path

KEY = Reference("secret", "carrier_api_key")
VARIABLE = Reference("env", "CARRIER_KEY")


def write(folder: Path, data: bytes, mode: int = 0o600) -> Path:
    path = folder / KEY.name
    path.write_bytes(data)
    path.chmod(mode)
    return path


def test_a_variable_is_read_when_it_is_asked_for() -> None:
    environ = {"CARRIER_KEY": "one"}
    source = EnvironmentSecrets(environ)
    assert source.read(VARIABLE) == "one"
    environ["CARRIER_KEY"] = "two"
    assert source.read(VARIABLE) == "two"


@pytest.mark.parametrize(
    "reference", [Reference("env", "OTHER"), Reference("env", "EMPTY"), Reference("secret", "carrier_key")]
)
def test_a_variable_that_lacks_is_named(reference: Reference) -> None:
    """A secret's name is no variable's."""
    with pytest.raises(NotFoundError, match=reference.name):
        EnvironmentSecrets({"EMPTY": "", "carrier_key": "x"}).read(reference)


def test_a_file_is_read_without_its_last_line_end(tmp_path: Path) -> None:
    write(tmp_path, b"s3cret \n")
    assert FileSecrets(tmp_path).read(KEY) == "s3cret "


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o666])
def test_a_file_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    write(tmp_path, b"x", mode)
    with pytest.raises(SetupError, match="others may read"):
        FileSecrets(tmp_path).read(KEY)


def test_a_link_a_folder_and_nothing_are_no_secrets(tmp_path: Path) -> None:
    """A link could lead to any file that this process may read."""
    other = tmp_path / "other"
    other.write_text("x")
    other.chmod(0o600)
    with pytest.raises(NotFoundError):
        FileSecrets(tmp_path).read(KEY)
    (tmp_path / KEY.name).symlink_to(other)
    with pytest.raises(NotFoundError):
        FileSecrets(tmp_path).read(KEY)
    (tmp_path / KEY.name).unlink()
    (tmp_path / KEY.name).mkdir(mode=0o700)
    with pytest.raises(SetupError):
        FileSecrets(tmp_path).read(KEY)


@pytest.mark.parametrize(
    ("data", "error"),
    [(b"", NotFoundError), (b"\n", NotFoundError), (b"x" * (MAX_BYTES + 1), NotFoundError), (b"\xff", SetupError)],
)
def test_a_file_that_is_no_secret_is_refused(tmp_path: Path, data: bytes, error: type[Exception]) -> None:
    write(tmp_path, data)
    with pytest.raises(error):
        FileSecrets(tmp_path).read(KEY)


class Client:
    """Answers `get_secret_value` as AWS does: with this, or this error."""

    def __init__(self, answer: dict[str, Any] | str) -> None:
        self.answer = answer
        self.asked: list[str] = []

    def get_secret_value(self, *, SecretId: str) -> dict[str, Any]:  # noqa: N803 - AWS's name
        self.asked.append(SecretId)
        if isinstance(self.answer, str):
            raise ClientError({"Error": {"Code": self.answer, "Message": "arn:secret"}}, "GetSecretValue")
        return self.answer


def test_secrets_manager_is_asked_by_the_physical_name() -> None:
    client = Client({"SecretString": "s3cret"})
    assert SecretsManagerSecrets(client, lambda name: f"qm-dev-{name}").read(KEY) == "s3cret"
    assert client.asked == ["qm-dev-carrier_api_key"]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ("ResourceNotFoundException", NotFoundError),
        ("InternalServiceError", UnavailableError),
        ("ThrottlingException", UnavailableError),
        ("AccessDeniedException", SetupError),
        ("SomethingNew", ClientError),
        ({}, NotFoundError),
        ({"SecretString": ""}, NotFoundError),
        ({"SecretBinary": b"x"}, NotFoundError),
    ],
)
def test_what_secrets_manager_cannot_give_says_why(answer: dict[str, Any] | str, error: type[Exception]) -> None:
    """AWS's own words stay in the log."""
    with pytest.raises(error) as caught:
        SecretsManagerSecrets(Client(answer), str).read(KEY)
    assert error is ClientError or "arn:" not in str(caught.value)


def test_each_reference_goes_to_its_own_place(tmp_path: Path) -> None:
    write(tmp_path, b"of the file")
    both = Secrets(store=FileSecrets(tmp_path), environment=EnvironmentSecrets({"CARRIER_KEY": "of the environment"}))
    assert (both.read(KEY), both.read(VARIABLE)) == ("of the file", "of the environment")
