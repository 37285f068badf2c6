"""What several tests of the session use."""

from __future__ import annotations

import pytest

from convexlint.facts import ModuleFacts, codec
from tests.session.toy import rules

__all__ = ["decoded", "rules"]


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The bytes of all facts that are read from now on."""
    read: list[bytes] = []
    decode = codec.decode

    def watched(data: bytes) -> ModuleFacts:
        read.append(data)
        return decode(data)

    monkeypatch.setattr(codec, "decode", watched)
    return read
