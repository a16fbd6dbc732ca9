"""The rules of a web ACL, from the three ways to write them.

An ACL may hold its rules itself, or each rule, or each group of rules, is a resource beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from ._resource import UNKNOWN
from ._used import sources_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ._stack import Member, Stack

ACL: Final = "aws:wafv2/webAcl:WebAcl"
ACL_RULE: Final = "aws:wafv2/webAclRule:WebAclRule"
ACL_GROUP: Final = "aws:wafv2/webAclRuleGroupAssociation:WebAclRuleGroupAssociation"
_BLOCKING: Final = ("block", "captcha", "challenge")


@dataclass(frozen=True)
class Entry:
    """One rule of an ACL, where it is written."""

    member: Member
    at: str  # before the names of its properties; empty: a resource of its own

    @property
    def acts(self) -> bool:
        """Whether it stops requests; otherwise it only counts them."""
        if self.member.is_set(f"{self.at}overrideAction.count"):
            return False
        if any(self.member.is_set(f"{self.at}action.{kind}") for kind in _BLOCKING):
            return True
        return self.member.type == ACL_GROUP or self.member.is_set(f"{self.at}overrideAction.none")

    @property
    def limits_rate(self) -> bool:
        """Whether it is about how often somebody asks."""
        return self.member.is_set(f"{self.at}statement.rateBasedStatement")

    @property
    def group(self) -> str | Literal[False] | None:
        """The name of the managed group that it is; False for anything else, None when that is unknown."""
        path = "managedRuleGroup" if self.member.type == ACL_GROUP else f"{self.at}statement.managedRuleGroupStatement"
        name = self.member.peek(f"{path}.name")
        if name is UNKNOWN:
            return None
        return name if isinstance(name, str) else False


def entries(stack: Stack, acl: Member) -> tuple[Entry, ...] | None:
    """The rules of the ACL; None when they cannot be told."""
    if acl.peek("rules") is UNKNOWN or acl.peek("ruleJson") is not None:
        return None
    return (*(Entry(acl, f"{path}.") for path in acl.each("rules")), *_beside(stack, acl))


def _beside(stack: Stack, acl: Member) -> Iterator[Entry]:
    for kind in (ACL_RULE, ACL_GROUP):
        for one in stack.of(kind):
            if acl.urn in sources_of(one, "webAclArn"):
                yield Entry(one, "")
