"""Keys of machines."""

from __future__ import annotations

from typing import Final

PREFIX: Final = "qmk_"
