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
from agents.configuration.known_heads import KnownHeads
from agents.configuration.layers import effective, layers_of
from agents.configuration.patch import apply_patch, merge_patch
from agents.configuration.plain_secrets import check_patch, shown
from agents.configuration.problems import errors
from agents.configuration.publish_check import Judged, refusal, told
from agents.configuration.rollback import left_behind, previous, returned_to, stored_before
from agents.configuration.stores import check_items, version
from agents.errors import ConflictError, InvalidError, NotFoundError, Problem
from agents.telemetry.measures import UNMEASURED
from agents.telemetry.metrics import CONFIG_CONFLICTS, CONFIG_PUBLISHES, CONFIG_REFUSALS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from agents.configuration.deployed import AgentFacts, ToolFacts
    from agents.configuration.documents import Address, Appended, Content, Version
    from agents.configuration.explain import Source
    from agents.configuration.layers import Effective
    from agents.configuration.ports import ConfigStore
    from agents.json_value import Json
    from agents.telemetry.measures import Measures

Item: TypeAlias = "Draft | LabelMove"
PatchForm: TypeAlias = Literal["json", "merge"]

# Labels that only an operator-lead moves: what pipelines and people take for tried, and for running.
PROTECTED: Final = frozenset({"stable", "live"})
MAX_TOGETHER_BYTES: Final = 3_500_000  # of an append, as canonical JSON: what every store takes
KEY_REUSED: Final = "idempotency_key_reused"  # the code of the problem
_REUSED: Final = "this idempotency key was used for something else"  # as stores say it
_ROLL_BACK: Final = "Roll back to version "


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


def _reused() -> InvalidError:
    """The error of an idempotency key that comes with another request than before."""
    fix = "Send a new key with a new request."
    return InvalidError(_REUSED, fix=fix, problems=(Problem(code=KEY_REUSED, message=_REUSED, fix=fix),))


def _is_reused(error: InvalidError) -> bool:
    return [problem.code for problem in error.problems] == [KEY_REUSED]


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
        self._heads = KnownHeads(store)
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
        """Stores drafts and label moves, all or none, each judged with the others in place; raises as `publish`.

        Sent again with its idempotency key, it gives what was stored then, also if that would be refused by now.
        """
        try:
            if idempotency_key and self._late(items):
                # Judged when it was stored, if it was: it comes after a head that is gone, so it never will be.
                return self._again(items, self._append(items, idempotency_key))
            found = self._problems(items)
            if errors(found):
                raise refusal(found)
            appended = self._append(items, idempotency_key)
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
        base: Content = {}
        if wish.expected:
            try:
                base = version(self._store, wish.key, wish.layer, wish.expected).content
            except NotFoundError as error:
                raise ConflictError(error.message, fix="Read it again, and patch what you read.") from error
        check_patch(wish.key, base, patch, self._judged.agents)
        whole = cast("Json", base)
        content = apply_patch(whole, patch) if form == "json" else merge_patch(whole, patch)
        if not isinstance(content, dict):
            raise InvalidError("the patch leaves no document", fix="A document is a map of names and values.")
        return Draft(**vars(wish), content=content)

    def rollback(self, wish: Wish, *, to: str, whatever: bool = False, idempotency_key: str = "") -> Published:
        """Publishes the content of the version that `to` means as the next one: a number, label, time or `previous`.

        `previous` is of the expected one; that is the newest, `whatever` it is, for who has no time to read it. Raises
        InvalidError that says why old content would not run today. Protected labels that name what is taken back stay
        where they are, and are told as warnings.
        """
        check_address(wish.key, wish.layer)
        if idempotency_key and (done := self._rolled_back(wish, to, whatever=whatever, once=idempotency_key)):
            return done
        if whatever:
            head = self.head(wish.key, wish.layer)
            if head is None:
                message = f"{wish.key} ({wish.layer}) has no version"
                raise ConflictError(message, fix="There is nothing to roll back.")
            wish = dataclasses.replace(wish, expected=head.number)
        old = self.find(wish.key, wish.layer, to, head=wish.expected if to == PREVIOUS else None)
        left = left_behind(self._store, old, head=wish.expected, labels=self.protected)
        said = wish.message or f"{_ROLL_BACK}{old.number}: {old.message}"[:1_000]
        draft = Draft(**{**vars(wish), "message": said}, content=old.content)
        try:
            done = self.publish_many([draft], idempotency_key=idempotency_key)
        except InvalidError as error:
            if _is_reused(error):
                raise
            raise InvalidError(
                f"version {old.number} of {old.key} ({old.layer}) is no longer valid: {error.message}",
                fix=error.fix or "Publish it with that mended.",
                problems=error.problems,
            ) from error
        return dataclasses.replace(done, warnings=(*left, *done.warnings))

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

    def find(self, key: str, layer: str, ref: str, *, head: int | None = None) -> Version:
        """The version that a number, label, time, `head` or `previous` means; raises NotFoundError.

        `head` is the number that counts as the newest, for who decided on what was there then.
        """
        check_address(key, layer)
        if ref == PREVIOUS:
            return previous(self._store, key, layer, head=head)
        return find(self._store, key, layer, ref, head=head)

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

    def _append(self, items: Sequence[Item], idempotency_key: str) -> Appended:
        try:
            return self._store.append(items, idempotency_key=idempotency_key)
        except InvalidError as error:
            if error.message != _REUSED:
                raise
            raise _reused() from error

    def _late(self, items: Sequence[Item]) -> bool:
        """Whether a draft was made from what is no longer the newest."""
        drafts = [item for item in items if isinstance(item, Draft)]
        heads = self._store.heads([(draft.key, draft.layer) for draft in drafts]) if drafts else ()
        return any(head and head.number > draft.expected for head, draft in zip(heads, drafts, strict=True))

    def _again(self, items: Sequence[Item], appended: Appended) -> Published:
        """What was stored before, with what its author should know of it today."""
        return Published(versions=appended.versions, cursor=appended.cursor, warnings=told(self.validate(*items)))

    def _rolled_back(self, wish: Wish, to: str, *, whatever: bool, once: str) -> Published | None:
        """What this very rollback stored before, None when it did not; raises InvalidError if another one did."""
        found = stored_before(
            self._store, wish.key, wish.layer, author=wish.author, expected=None if whatever else wish.expected,
            idempotency_key=once,
        )  # fmt: skip
        if found is None:
            return None
        draft, appended = found
        (new,) = appended.versions
        # Labels and the newest may be elsewhere by now; what else `to` can say means what it meant then.
        lasting = to.isdigit() or to == PREVIOUS
        said = new.message == wish.message if wish.message else new.message.startswith(_ROLL_BACK)
        if not said or (lasting and self.find(wish.key, wish.layer, to, head=draft.expected).digest != new.digest):
            raise _reused()
        old = dataclasses.replace(new, number=returned_to(self._store, new))
        left = left_behind(self._store, old, head=draft.expected, labels=self.protected)
        done = self._again([draft], appended)
        return dataclasses.replace(done, warnings=(*left, *done.warnings))

    def _masked(self, key: str, source: Source) -> Source:
        value = shown(key, source.value, self._judged.agents, at=parts(source.pointer))
        return dataclasses.replace(source, value=value, below=tuple(self._masked(key, one) for one in source.below))

    def _layers_of(self, key: str, instance: str | None) -> tuple[Address, ...]:
        check_address(key, "base" if instance is None else f"instance:{instance}")
        return layers_of(key, self._environment, instance)

    def _problems(self, items: Sequence[Item]) -> tuple[Problem, ...]:
        size = sum(len(text.encode()) for text in check_items(items).texts)
        if size > MAX_TOGETHER_BYTES:
            message = f"together they have {size:,} bytes; at once there are at most {MAX_TOGETHER_BYTES:,}"
            raise InvalidError(message, fix="Publish in smaller groups.")
        drafts = []
        for item in items:
            if isinstance(item, Draft):
                drafts.append(item)
                continue
            check_move(item)
            if item.label in WORDS:
                raise InvalidError(f"no label can be called {item.label!r}", fix="Take another word.")
        return self._judged.problems(self._store, self._heads, drafts) if drafts else ()
