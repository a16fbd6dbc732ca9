"""Digests as text."""

from __future__ import annotations

from agents.digests import sha256


def test_a_digest_says_how_it_was_made() -> None:
    """The test vector of FIPS 180-2."""
    assert sha256(b"abc") == "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
