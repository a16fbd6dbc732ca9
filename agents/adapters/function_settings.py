"""What a function is told by its environment: the variables of the contract, read once, all or none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from agents.contract import Env
from agents.errors import SetupError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agents.contract import Function

_MAY_BE_EMPTY: Final = frozenset({Env.AS_OF, Env.ORIGINS, Env.MODELS, Env.SECRETS, Env.OUTBOUND_URLS})


def read_settings(environ: Mapping[str, str], function: Function) -> dict[str, str]:
    """Every variable that the function reads; raises SetupError that names all that are missing."""
    values = {name: environ.get(name, "") for name in function.environment}
    if missing := [name for name, value in values.items() if not value and name not in _MAY_BE_EMPTY]:
        raise SetupError(f"the function {function.name} lacks {', '.join(missing)}", fix="Deploy the stack again.")
    return values
