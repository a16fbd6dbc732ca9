"""A document that is shared with all shows everybody how machines of the account are run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._resource import NotEvaluated
from .._rule import Severity, rule
from .._scalars import texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="ssm-document-not-public",
    title="Systems Manager documents are not shared with everybody",
    applies_to="aws:ssm/document:Document",
    severity=Severity.CRITICAL,
    fix="Name the accounts that the document is shared with.",
    sources=("FSBP:SSM.4", "checkov:CKV_AWS_303", "prowler:ssm_documents_set_as_public"),
    frameworks=("NIST 800-53:AC-3",),
    ok=({}, {"permissions": {"type": "Share", "account_ids": "000000000000"}}),
    bad=(
        {"permissions": {"type": "Share", "account_ids": "All"}},
        {"permissions": {"type": "Share", "accountIds": "000000000000,all"}},
    ),
)
def document_not_public(document: Resource) -> Iterator[str | NotEvaluated]:
    for key in document.keys("permissions"):
        shared = texts(document, f"permissions.{key}")
        if shared.unknown:
            yield NotEvaluated(f"permissions.{key}")
        elif any("all" in one.lower().replace(" ", "").split(",") for one in shared.values):
            yield "the document is shared with everybody"
