"""AWS's errors as ours: what may pass, what setup must mend, and what is a defect."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError, ReadTimeoutError

from agents.adapters import aws
from agents.errors import SetupError, UnavailableError


def refused(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "arn:aws:secret"}}, "Query")


@pytest.mark.parametrize(
    "error",
    [
        refused("ThrottlingException"),
        refused("ProvisionedThroughputExceededException"),
        refused("InternalServerError"),
        refused("TooManyRequestsException"),
        EndpointConnectionError(endpoint_url="http://10.0.0.1"),
        ReadTimeoutError(endpoint_url="http://10.0.0.1"),
    ],
    ids=repr,
)
def test_what_may_pass_is_unavailable(error: Exception) -> None:
    """Throttles, errors of the service, lost connections."""
    ours = aws.translate(error, "the table")
    assert isinstance(ours, UnavailableError)
    assert "the table" in str(ours)
    assert "arn:" not in str(ours)
    assert "10.0.0.1" not in str(ours)


@pytest.mark.parametrize("code", ["AccessDeniedException", "ResourceNotFoundException", "ExpiredTokenException"])
def test_what_does_not_pass_is_setup(code: str) -> None:
    """A missing right or resource is for whoever deployed the stack; the ARN in AWS's text stays inside."""
    ours = aws.translate(refused(code), "the table")
    assert isinstance(ours, SetupError)
    assert "arn:" not in str(ours)


def test_a_machine_without_credentials_is_not_told_to_wait() -> None:
    """It never asked AWS, and would not the next time."""
    assert isinstance(aws.translate(NoCredentialsError(), "the table"), SetupError)


def test_a_defect_of_ours_stays_one() -> None:
    """A request that is wrong as written must not look as if waiting would help."""
    assert aws.translate(refused("ValidationException"), "the table") is None


def test_an_error_that_never_reached_aws_has_no_code() -> None:
    """Codes are AWS's."""
    assert aws.code(NoCredentialsError()) == ""
    assert aws.code(refused("ThrottlingException")) == "ThrottlingException"


def test_retries_have_one_owner(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who retries by himself gets a client that does not."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    for attempts in (1, 3):
        client = aws.client("lambda", attempts=attempts)
        assert client.meta.config.retries == {"mode": "standard", "total_max_attempts": attempts}
        client.close()
