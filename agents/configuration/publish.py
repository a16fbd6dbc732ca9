"""Publishing: documents are checked as they would run, then appended, all or none.

A store serves one environment. A draft of another's layer would be read by nothing here, so nothing here could check
it, and it is refused; the layers of other environments can be read. A preview environment is a stack of its own with
a store of its own: what was tried there comes to another by promotion, with its digest.

The check reads the other layers as they are at that moment. Two people who publish two layers at once can each pass
and not fit together; then agents keep the last good configuration, the next publish of either is told why, and the
worker reports it (`agents.configuration.validity`).
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, cast

from agents.configuration.as_of import PREVIOUS, WORDS, answered, at_time, find, in_force
from agents.configuration.deployed import Deployed
from agents.configuration.documents import Draft, LabelMove, check_address, check_move
from agents.configuration.explain import explain
from agents.configuration.json_pointer import parts
from agents.configuration.kinds import hidden
from agents.configuration.layers import effective, layers_of
from agents.configuration.patch import apply_patch, merge_patch
from agents.configuration.plain_secrets import shown
from agents.configuration.problems import errors
from agents.configuration.publish_check import Judged, refusal, told
from agents.configuration.stores import check_items, version
from agents.errors import ConflictError, InvalidError, NotFoundError, Problem
from agents.telemetry.measures import UNMEASURED
from agents.telemetry.metrics import CONFIG_CONFLICTS, CONFIG_PUBLISHES, CONFIG_REFUSALS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from agents.configuration.deployed import AgentFacts, ToolFacts
    from agents.configuration.documents import Address, Content, Version
    from agents.configuration.explain import Source
    from agents.configuration.layers import Effective
    from agents.configuration.ports import ConfigStore
    from agents.json_value import Json
    from agents.telemetry.measures import Measures

Item: TypeAlias = "Draft | LabelMove"
PatchForm: TypeAlias = Literal["json", "merge"]

# Labels that only an operator-lead moves: what pipelines and people take for tried, and for running.
PROTECTED: Final = frozenset({"stable", "live"})


@dataclass(frozen=True, kw_only=True)
class Published:
    """What was stored: a version for each draft, in their order, and what their authors should know."""

    versions: tuple[Version, ...]
    cursor: str
    warnings: tuple[Problem, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Wish:
    """A change of one layer: whose it is, why, and the number of the version that it was made from."""

    key: str
    layer: str
    author: str
    message: str
    expected: int


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Publisher:
    """Validates drafts against what is installed and deployed, and appends them; reads versions of all times.

    `agents` and `tools` are what is registered, by name; `environment` is the one this store serves. `checks` are for
    documents that somebody else reads, by key: each raises InvalidError for merged content that nothing could run
    with. `protected` labels are for their callers to guard.
    """

    def __init__(  # noqa: PLR0913 - what it is made of
        self,
        store: ConfigStore,
        *,
        agents: Mapping[str, AgentFacts],
        tools: Mapping[str, ToolFacts],
        environment: str,
        checks: Mapping[str, Callable[[Content], object]] | None = None,
        deployed: Deployed | None = None,
        protected: Collection[str] = PROTECTED,
        now: Callable[[], datetime] = _utc_now,
        measures: Measures = UNMEASURED,
    ) -> None:
        self._store = store
        self._environment = environment
        self._measures = measures
        self.protected = frozenset(protected)
        self._judged = Judged(
            agents=agents,
            tools=tools,
            environment=environment,
            today=lambda: now().date(),
            deployed=deployed or Deployed(),
            checks=checks or {},
        )

    @property
    def environment(self) -> str:
        """The environment whose layers run here."""
        return self._environment

    @property
    def store(self) -> ConfigStore:
        """Where the versions are, for who only reads."""
        return self._store

    def publish(self, draft: Draft, *, idempotency_key: str = "") -> Version:
        """The stored version; raises InvalidError with every problem, or ConflictError when the head moved."""
        return self.publish_many([draft], idempotency_key=idempotency_key).versions[0]

    def publish_many(self, items: Sequence[Item], *, idempotency_key: str = "") -> Published:
        """Stores drafts and label moves, all or none, each judged with the others in place; raises as `publish`."""
        try:
            found = self._problems(items)
            if errors(found):
                raise refusal(found)
            appended = self._store.append(items, idempotency_key=idempotency_key)
        except InvalidError:
            self._measures.record(CONFIG_REFUSALS)
            raise
        except ConflictError:
            self._measures.record(CONFIG_CONFLICTS)
            raise
        self._measures.record(CONFIG_PUBLISHES, len(appended.versions))
        return Published(versions=appended.versions, cursor=appended.cursor, warnings=told(found))

    def validate(self, *items: Item) -> tuple[Problem, ...]:
        """Everything that is wrong with them, and what their authors should know; nothing is stored."""
        try:
            return self._problems(items)
        except InvalidError as error:
            return error.problems or (Problem(code="invalid", message=error.message, fix=error.fix),)

    def patch(self, wish: Wish, patch: Json, *, form: PatchForm, idempotency_key: str = "") -> Published:
        """Publishes the expected version with a JSON Patch or a merge patch applied; raises as `publish`."""
        return self.publish_many([self.patched(wish, patch, form=form)], idempotency_key=idempotency_key)

    def patched(self, wish: Wish, patch: Json, *, form: PatchForm) -> Draft:
        """The draft that a patch makes of the expected version; an empty document when none was there."""
        check_address(wish.key, wish.layer)
        base: Json = {}
        if wish.expected:
            try:
                base = cast("Json", version(self._store, wish.key, wish.layer, wish.expected).content)
            except NotFoundError as error:
                raise ConflictError(error.message, fix="Read it again, and patch what you read.") from error
        content = apply_patch(base, patch) if form == "json" else merge_patch(base, patch)
        if not isinstance(content, dict):
            raise InvalidError("the patch leaves no document", fix="A document is a map of names and values.")
        return Draft(**vars(wish), content=content)

    def rollback(self, wish: Wish, *, to: str, idempotency_key: str = "") -> Published:
        """Publishes the content of the version that `to` means as the next one: a number, label, time or `previous`.

        `previous` is the one before the expected. Raises InvalidError that says why old content would not run today.
        """
        check_address(wish.key, wish.layer)
        old = find(self._store, wish.key, wish.layer, to, head=wish.expected if to == PREVIOUS else None)
        said = wish.message or f"Roll back to version {old.number}: {old.message}"[:1_000]
        draft = Draft(**{**vars(wish), "message": said}, content=old.content)
        try:
            return self.publish_many([draft], idempotency_key=idempotency_key)
        except InvalidError as error:
            raise InvalidError(
                f"version {old.number} of {old.key} ({old.layer}) is no longer valid: {error.message}",
                fix=error.fix or "Publish it with that mended.",
                problems=error.problems,
            ) from error

    def label(self, move: LabelMove, *, idempotency_key: str = "") -> Published:
        """Moves a label; raises ConflictError when it is not where it was expected, InvalidError for no version."""
        return self.publish_many([move], idempotency_key=idempotency_key)

    def labels(self, key: str, layer: str) -> Mapping[str, int]:
        """The labels of a layer, and the number that each names."""
        check_address(key, layer)
        return self._store.labels(key, layer)

    def head(self, key: str, layer: str) -> Version | None:
        """The newest version of one layer, None when it is empty."""
        check_address(key, layer)
        return self._store.heads([(key, layer)])[0]

    def find(self, key: str, layer: str, ref: str) -> Version:
        """The version that a number, label, time, `head` or `previous` means; raises NotFoundError."""
        check_address(key, layer)
        return find(self._store, key, layer, ref)

    def at(self, key: str, layer: str, when: datetime) -> Version:
        """The version of a layer that was its newest at a moment; raises NotFoundError."""
        check_address(key, layer)
        return at_time(self._store, key, layer, when)

    def history(self, key: str, layer: str, *, before: int | None = None, limit: int = 50) -> tuple[Version, ...]:
        """Versions with a number below `before`, newest first."""
        check_address(key, layer)
        return self._store.history(key, layer, before=before, limit=limit)

    def layers(self, key: str, *, instance: str | None = None, at: datetime | None = None) -> tuple[Version, ...]:
        """What is merged to what runs, lowest first; as it was at a moment when one is named.

        None for a document that has no layer of its own: defaults alone are nobody's configuration.
        """
        wanted = self._layers_of(key, instance)
        found = [in_force(self._store, one, at) for one in wanted] if at else self._store.heads(wanted)
        present = tuple(one for one in found if one is not None)
        return present if any(one.key == key for one in present) else ()

    def effective(self, key: str, *, instance: str | None = None, at: datetime | None = None) -> Effective:
        """What runs, or ran at a moment; raises NotFoundError, and InvalidError for layers that do not merge."""
        return effective(key, self.layers(key, instance=instance, at=at))

    def answered(self, key: str, digest: str, *, at: datetime, instance: str | None = None) -> Effective:
        """The configuration that an answer of that time names by its digest; raises NotFoundError."""
        self._layers_of(key, instance)
        return answered(self._store, key, digest, at=at, environment=self._environment, instance=instance)

    def explain(self, key: str, pointer: str, *, instance: str | None = None, at: datetime | None = None) -> Source:
        """Which layer says what a pointer of the effective content names, as `shown`; raises NotFoundError."""
        layers = self.layers(key, instance=instance, at=at)
        if not layers:
            raise NotFoundError(f"there is no document {key}", fix="Publish one, or check the name.")
        return self._masked(key, explain(layers, pointer))

    def secret(self, key: str) -> Callable[[str], bool]:
        """Tells of a pointer into a document whether a diff must hide what is there."""
        return hidden(key, self._judged.agents)

    def shown(self, key: str, content: Content) -> Content:
        """A document's content for who reads it: secrets that were stored before they were refused are masked."""
        return cast("Content", shown(key, content, self._judged.agents))

    def _masked(self, key: str, source: Source) -> Source:
        value = shown(key, source.value, self._judged.agents, at=parts(source.pointer))
        return dataclasses.replace(source, value=value, below=tuple(self._masked(key, one) for one in source.below))

    def _layers_of(self, key: str, instance: str | None) -> tuple[Address, ...]:
        check_address(key, "base" if instance is None else f"instance:{instance}")
        return layers_of(key, self._environment, instance)

    def _problems(self, items: Sequence[Item]) -> tuple[Problem, ...]:
        check_items(items)
        drafts = []
        for item in items:
            if isinstance(item, Draft):
                drafts.append(item)
                continue
            check_move(item)
            if item.label in WORDS:
                raise InvalidError(f"no label can be called {item.label!r}", fix="Take another word.")
        return self._judged.problems(self._store, drafts) if drafts else ()
