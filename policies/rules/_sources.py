"""Whether a statement for a service says for which account or resource the service may act.

Without it the service is a deputy that anybody can send. AWS IAM User Guide, "The confused deputy problem".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ._scope import limited

if TYPE_CHECKING:
    from ._documents import Statement

SOURCE: Final = ("aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:sourceorgpaths", "aws:sourceowner")
# What KMS is told of a request says whose it is: the log group's ARN, the account.
OF_KEYS: Final = ("kms:encryptioncontext:*", "kms:calleraccount", "kms:viaservice")


def names_source(statement: Statement, *also: str) -> bool:
    """Whether a condition says for whom the service acts, by one of the usual keys or of `also`."""
    return limited(statement, (*SOURCE, *also))
