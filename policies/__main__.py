"""The policy pack as the engine starts it: `pulumi preview --policy-pack policies`."""

# The engine runs this folder, so `rules` is a top-level package here and nowhere else.
import sys
from datetime import UTC, datetime

from pulumi_policy import EnforcementLevel, PolicyPack, policy

from rules import RULES  # type: ignore[import-not-found]
from rules._exemptions import FILE, ExemptionsError, Ledger, read_exemptions  # type: ignore[import-not-found]
from rules._policy import as_policy  # type: ignore[import-not-found]
from rules._rule import Scope  # type: ignore[import-not-found]
from rules._servicer import OnceServicer  # type: ignore[import-not-found]

try:
    exemptions = read_exemptions(FILE, {rule.id for rule in RULES})
except ExemptionsError as error:
    sys.exit(str(error))
judged = {rule.id for rule in RULES if rule.scope is Scope.ENGINE}
ledger = Ledger(
    exemptions=tuple(one for one in exemptions if one.rule in judged),
    today=datetime.now(UTC).date(),
)
policy._PolicyAnalyzerServicer = OnceServicer  # type: ignore[misc]  # noqa: SLF001 - the pack offers no other door
PolicyPack(
    name="quartermaster",
    enforcement_level=EnforcementLevel.MANDATORY,
    policies=[as_policy(rule, ledger, suppress=True) for rule in RULES if rule.id in judged],
)
