"""Why somebody may do something or not, and everything that anybody may: read from the policy in force."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from agents.access.policy_document import KEY
from agents.access.principal import Principal
from agents.access.roles import ACCESS, ROLE_ACTIONS, Action, allowing
from agents.access.roles import KEY as KEYS
from agents.access.row_words import predicate_of, words_of
from agents.contract import PERSONAS
from agents.errors import InvalidError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from agents.access.catalogue import Catalogue
    from agents.access.policy import Policy, PolicySource, TableGrant
    from agents.json_value import Json

DENY: Final = "default deny"
_CONFIG: Final = "config"
_KINDS: Final = ("agent", ACCESS, KEYS)  # of documents; one that is open to operators stands for all that are


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """Whether `who` may do `action` with `resource`, by which rule.

    Of a table that is granted: which rows, in words and as a condition, whose parameters are attributes of a person;
    which columns, and what stands in those that are masked. The values of a parameter are None but for a principal
    whose attributes were read: the gateway reads them at each query, and nobody here does.
    """

    who: str  # `persona field_engineer`, `role auditor`
    action: str
    resource: str
    allowed: bool
    rule: str
    rows: str = ""
    predicate: str = ""
    parameters: Mapping[str, tuple[str, ...] | None] = field(default_factory=dict)
    columns: tuple[str, ...] = ()
    masks: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Json]:
        """The fields in JSON's types; those of tables only where there is something to say."""
        said: dict[str, Json] = {
            "who": self.who,
            "action": self.action,
            "resource": self.resource,
            "allowed": self.allowed,
            "rule": self.rule,
        }
        if self.rows:
            parameters: dict[str, Json] = {
                name: None if values is None else [*values] for name, values in self.parameters.items()
            }
            said |= {"rows": self.rows, "predicate": self.predicate, "parameters": parameters}
            said |= {"columns": [*self.columns], "masks": {**self.masks}}
        return said


@dataclass(frozen=True)
class Access:
    """Explains the policy in force. `tools` are the registered ones, each with the personas it was made for."""

    policy: PolicySource
    catalogue: Catalogue
    agents: Collection[str]
    tools: Mapping[str, Collection[str]]

    def in_force(self) -> tuple[Access, str]:
        """The same by the policy of this moment, and its digest: so that one answer never tells of two policies."""
        policy = self.policy()
        return replace(self, policy=lambda: policy), policy.digest

    def explain(
        self,
        who: Principal,
        *,
        table: str | None = None,
        tool: str | None = None,
        agent: str | None = None,
        column: str | None = None,
    ) -> Explanation:
        """Whether a principal may read a table, or one column of it, or use a tool or an agent.

        Raises InvalidError unless one of them is named, and NotFoundError for one that there is not.
        """
        named = [thing for thing in (table, tool, agent) if thing is not None]
        if len(named) != 1 or (column is not None and table is None):
            raise InvalidError("name what to explain", fix="Name one table, tool or agent; a column beside its table.")
        policy = self.policy()
        if table is not None:
            return self._table(policy, who, table, column)
        if tool is not None:
            _known(tool, self.tools, "tool")
            return self._tool(policy, who, tool)
        _known(named[0], self.agents, "agent")
        return self._agent(policy, who, named[0])

    def of(self, who: Principal) -> tuple[Explanation, ...]:
        """Every agent, tool and table, with whether the principal may use or read it."""
        return self._of(self.policy(), who)

    def matrix(self) -> tuple[Explanation, ...]:
        """Every persona with every agent, tool and table, and every role with every action and kind of document."""
        policy = self.policy()
        personas = tuple(one for persona in PERSONAS for one in self._of(policy, as_persona(persona)))
        return (*personas, *(_role(role, action, kind) for role in ROLE_ACTIONS for action, kind in _ROLE_ACTIONS))

    def _of(self, policy: Policy, who: Principal) -> tuple[Explanation, ...]:
        return (
            *(self._agent(policy, who, name) for name in sorted(self.agents)),
            *(self._tool(policy, who, name) for name in sorted(self.tools)),
            *(self._table(policy, who, name, None) for name in sorted(self.catalogue)),
        )

    def _agent(self, policy: Policy, who: Principal, name: str) -> Explanation:
        granted = name in policy.grants(who.persona).agents
        return _thing(who, Action.ASK, f"agent/{name}", "agents", granted=granted)

    def _tool(self, policy: Policy, who: Principal, name: str) -> Explanation:
        made_for = who.persona in self.tools[name]  # by its author; the policy cannot widen that
        granted = made_for and name in policy.grants(who.persona).tools
        return _thing(who, Action.RUN_TOOL, f"tool/{name}", "tools", granted=granted)

    def _table(self, policy: Policy, who: Principal, name: str, column: str | None) -> Explanation:
        _known(name, self.catalogue, "table")
        catalogued = tuple(self.catalogue[name].columns)
        if column is not None:
            _known(column, catalogued, f"column in {name}")
        grant = policy.grants(who.persona).tables.get(name)
        columns = () if grant is None else catalogued if grant.columns is None else grant.columns
        resource = f"table/{name}" if column is None else f"column/{name}.{column}"
        granted = grant is not None and column in {None, *columns}
        denied = _thing(who, Action.QUERY, resource, f"tables/{name}", granted=granted)
        if grant is None or not denied.allowed:
            return denied
        return _with_rows(denied, grant, tuple(one for one in columns if column in {None, one}), who)


def as_persona(persona: str) -> Principal:
    """Anybody in a persona; raises NotFoundError when there is none of that name."""
    _known(persona, PERSONAS, "persona")
    return Principal(subject="", tenant="", groups=frozenset({persona}), persona=persona)


def _thing(who: Principal, action: Action, resource: str, below: str, *, granted: bool) -> Explanation:
    allowed = granted and allowing(who, action) is not None  # a machine's key may lack the scope
    return Explanation(
        who=f"persona {who.persona}" if who.persona else "no persona",
        action=action.value,
        resource=resource,
        allowed=allowed,
        rule=f"{KEY} /personas/{who.persona}/{below}" if allowed else DENY,
    )


def _with_rows(of: Explanation, grant: TableGrant, columns: tuple[str, ...], who: Principal) -> Explanation:
    predicate, attributes = predicate_of(grant.rows)
    return Explanation(
        who=of.who,
        action=of.action,
        resource=of.resource,
        allowed=of.allowed,
        rule=of.rule,
        rows=words_of(grant.rows),
        predicate=predicate,
        parameters={name: who.attributes.get(name) for name in attributes},
        columns=columns,
        masks={name: mask for name, mask in sorted(grant.masks.items()) if name in columns},
    )


def _known(name: str, names: Collection[str], what: str) -> None:
    if name not in names:
        raise NotFoundError(f"there is no {what} {name[:64]!r}", fix=f"One of {', '.join(sorted(names))}.")


def _kinds(action: Action) -> tuple[str, ...]:
    return _KINDS if action.scope == _CONFIG else ("",)


# What roles decide on: asking follows from a persona, and signing in from nothing but a token.
_ROLE_ACTIONS: Final = tuple(
    (action, kind)
    for action in Action
    if action.scope != Action.ASK and action is not Action.SIGN_IN
    for kind in _kinds(action)
)


def _role(role: str, action: Action, kind: str) -> Explanation:
    who = Principal(subject="", tenant="", groups=frozenset({role}), persona=None, roles=frozenset({role}))
    rule = allowing(who, action, kind)
    return Explanation(
        who=f"role {role}",
        action=action.value,
        resource=f"{kind}/*" if kind else action.scope,
        allowed=rule is not None,
        rule=rule or DENY,
    )
