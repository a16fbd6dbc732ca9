"""The people of the sample data: who they are, what is theirs, and what each is asked in the demo."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True)
class Person:
    """`groups` are the groups of the user pool; the first is the persona of the demo's `question`."""

    subject: str
    groups: tuple[str, ...]
    warehouses: tuple[str, ...] = ()
    territories: tuple[str, ...] = ()
    question: str = ""

    @property
    def persona(self) -> str:
        return self.groups[0]


# One for each persona, in the order the demo asks them.
PEOPLE: Final = (
    Person(
        subject="wanda",
        groups=("warehouse_manager",),
        warehouses=("WH01", "WH02"),
        question="Which products will run out in warehouse WH01 in the next 14 days?",
    ),
    Person(
        subject="felix",
        groups=("field_engineer",),
        territories=("T1", "T3"),
        question="How many units were sold per category in the last 30 days?",
    ),
    Person(
        subject="petra",
        groups=("procurement_specialist",),
        question="Which purchase orders are late, and by how many days?",
    ),
)
OPERATOR: Final = Person(subject="olga", groups=("operator",))
# One for each operator role, who hold no persona.
OPERATORS: Final = (
    Person(subject="vera", groups=("viewer",)),
    OPERATOR,
    Person(subject="lena", groups=("operator-lead",)),
    Person(subject="anna", groups=("access-admin",)),
    Person(subject="adam", groups=("auditor",)),
)
# Holds two personas, so every request of his must name one.
DOUBLE: Final = Person(subject="dario", groups=("warehouse_manager", "procurement_specialist"), warehouses=("WH03",))
EVERYBODY: Final = (*PEOPLE, *OPERATORS, DOUBLE)
