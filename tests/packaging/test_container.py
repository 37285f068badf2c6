"""The image's file: small, not root, and made of what is in the checkout. CI builds it; here it is read."""

from __future__ import annotations

import fnmatch
import json
import re
from pathlib import Path

from tests.checkout import ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
IGNORED = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()


def test_it_runs_as_nobody_and_checks_the_folder_that_is_mounted() -> None:
    last = DOCKERFILE.split("\nFROM ")[-1]
    user = re.search(r"^USER (\d+):\d+$", last, re.MULTILINE)
    assert user is not None and user[1] != "0"
    assert last.index("USER") > last.rindex("RUN"), "what it installs is installed before"
    assert 'ENTRYPOINT ["convexlint"]' in last and 'CMD ["check"]' in last


def test_what_it_copies_is_there_and_sent_to_the_builder() -> None:
    sent = [line[1:] for line in IGNORED if line.startswith("!")]
    for line in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE):
        *sources, _ = line.split()
        for source in sources:
            assert (ROOT / source).exists(), source
            assert any(fnmatch.fnmatch(source, pattern) for pattern in sent), source


def test_the_development_container_installs_what_contributors_install() -> None:
    settings = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text(encoding="utf-8"))
    command = settings["postCreateCommand"]
    assert command in re.sub(r"\s+", " ", Path(ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"))
