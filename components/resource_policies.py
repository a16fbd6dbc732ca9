"""Policies that hang on a resource - a key, a bucket, a secret, a vault - and so name who is allowed or denied."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .arns import Arns
    from .iam import Condition


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One statement about somebody; `sid` says the intent. `principal` is `*` only in a rule that denies."""

    sid: str
    principal: Mapping[str, str] | Literal["*"]
    actions: tuple[str, ...]
    resources: tuple[str, ...] = ("*",)  # in the policy of a key, a secret or a vault: that one
    condition: Condition = field(default_factory=dict)
    denies: bool = False

    def __post_init__(self) -> None:
        if self.principal == "*" and not self.denies:
            raise ValueError(f"{self.sid} allows everyone: name who may")


def document(rules: Iterable[Rule]) -> str:
    """A policy as JSON, equal for equal rules."""
    return json.dumps({"Version": "2012-10-17", "Statement": [_plain(rule) for rule in rules]})


def service(name: str) -> Mapping[str, str]:
    """A service that acts by itself, such as `logging.s3.amazonaws.com`."""
    return {"Service": name}


def account(arns: Arns) -> Mapping[str, str]:
    """The account; its own IAM documents decide who in it."""
    return {"AWS": arns.root()}


def on_behalf(arns: Arns, *sources: str) -> Condition:
    """Only for this account, and only for the resources that `sources` match (the confused deputy)."""
    return {
        "StringEquals": {"aws:SourceAccount": arns.account},
        "ArnLike": {"aws:SourceArn": sorted(sources)},
    }


def from_source(*sources: str) -> Condition:
    """Only for these, whose ARNs hold the account: for services that are asked to name no account beside them."""
    return {"ArnLike": {"aws:SourceArn": sorted(sources)}}


def tls_only(actions: str, *resources: str) -> Rule:
    """Refuses every request that does not come over TLS."""
    return Rule(
        sid="TlsOnly",
        denies=True,
        principal="*",
        actions=(actions,),
        resources=resources or ("*",),
        condition={"Bool": {"aws:SecureTransport": "false"}},
    )


def _plain(rule: Rule) -> dict[str, object]:
    plain: dict[str, object] = {
        "Sid": rule.sid,
        "Effect": "Deny" if rule.denies else "Allow",
        "Principal": rule.principal if rule.principal == "*" else dict(rule.principal),
        "Action": sorted(rule.actions),
        "Resource": sorted(rule.resources),
    }
    return {**plain, "Condition": rule.condition} if rule.condition else plain
