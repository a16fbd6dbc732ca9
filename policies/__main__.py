"""The policy pack as the engine starts it: `pulumi preview --policy-pack policies`."""

# The engine runs this folder, so `rules` is a top-level package here and nowhere else.
from pulumi_policy import EnforcementLevel, PolicyPack

from rules import RULES  # type: ignore[import-not-found]
from rules._policy import as_policy  # type: ignore[import-not-found]
from rules._rule import Scope  # type: ignore[import-not-found]

PolicyPack(
    name="quartermaster",
    enforcement_level=EnforcementLevel.MANDATORY,
    policies=[as_policy(rule) for rule in RULES if rule.scope is Scope.ENGINE],
)
