"""What an account must have, once for all stacks in it, before one can be made there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from agents.errors import SetupError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from components.settings import Settings

_WAIT_S: Final = 5


def check_account(settings: Settings, environment: Mapping[str, str]) -> None:
    """Asks the account that the shell is signed in to for the role that API Gateway writes logs with.

    Without it the stage is refused, minutes into a deployment. Raises SetupError; not when the account cannot be
    asked, as the engine says better why nobody is signed in or allowed to look.
    """
    if not settings.has("api"):
        return
    import boto3  # noqa: PLC0415 - 60 ms that only these commands pay
    from botocore.config import Config  # noqa: PLC0415 - as above
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - as above

    region = settings.environment.region
    try:
        client = boto3.Session(profile_name=environment.get("AWS_PROFILE") or None, region_name=region).client(
            "apigateway",
            config=Config(connect_timeout=_WAIT_S, read_timeout=_WAIT_S, retries={"total_max_attempts": 1}),
        )
        found = client.get_account()
    except (BotoCoreError, ClientError):
        return
    client.close()
    if not found.get("cloudwatchRoleArn"):
        raise SetupError(
            f"API Gateway has no role to write logs with in this account in {region}, and refuses a stage without it",
            fix="Make it once for all stacks: README.md, Deploy, has the commands.",
        )
