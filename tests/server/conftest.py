"""A project of our own, and a server on it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.server.client import Client

ROOT = Path(__file__).parents[2]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The broken fixture `notes`, to be changed at will."""
    there = tmp_path.resolve() / "notes"
    shutil.copytree(ROOT / "fixtures" / "notes" / "broken", there)
    return there


@pytest.fixture
def serve() -> Iterator[Callable[..., Client]]:
    """Starts servers, which are gone when the test ends."""
    clients: list[Client] = []

    def start(*folders: Path, arguments: tuple[str, ...] = ("--no-cache",), **more: object) -> Client:
        client = Client(*folders, arguments=arguments)
        clients.append(client)
        client.start(**more)  # type: ignore[arg-type]
        return client

    yield start
    for client in clients:
        client.kill()
