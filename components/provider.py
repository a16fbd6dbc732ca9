"""The providers of a stack, one a region, and what follows from where they point."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from .backup import Copy
from .tags import tags_of

if TYPE_CHECKING:
    from .settings import Settings


def make_provider(settings: Settings) -> aws.Provider:
    """An explicit provider: region, tags of the house, and the only account it may touch when one is pinned.

    An explicit provider does not read the stack's `aws:` keys, so what the emulator needs is said here. Its
    address comes from AWS_ENDPOINT_URL, as for every other tool.
    """
    return _provider("aws", settings, settings.environment.region)


def copy_of(settings: Settings) -> Copy | None:
    """Where the second copy of the backups goes, through a provider of that region; None without one."""
    region = settings.copy_region
    return Copy(region=region, provider=_provider("aws-copy", settings, region)) if region else None


def _provider(name: str, settings: Settings, region: str) -> aws.Provider:
    environment = settings.environment
    return aws.Provider(
        name,
        region=region,
        allowed_account_ids=[environment.account] if environment.pinned else None,
        default_tags={"tags": tags_of(settings)},
        s3_use_path_style=True if settings.local else None,
        skip_credentials_validation=True if settings.local else None,
        skip_metadata_api_check=True if settings.local else None,
    )


def account_of(settings: Settings, provider: aws.Provider) -> str:
    """The account's number: as pinned, else by asking once who we are."""
    if settings.environment.pinned:
        return settings.environment.account
    account: str = aws.get_caller_identity(opts=pulumi.InvokeOptions(provider=provider)).account_id
    return account
