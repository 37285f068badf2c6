"""The same project gives the same outcome: cached or not, with any number of jobs, in any order of paths."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from convexlint.facts.ir import ModuleFacts
from convexlint.facts.parallel import Item, extract_all
from convexlint.session import Outcome, Request, check, facts_store
from tests.session.toy import HEAD, write

pytestmark = pytest.mark.usefixtures("rules")


def shown(outcome: Outcome) -> tuple[object, ...]:
    """All that a report may show but the time."""
    return (
        outcome.diagnostics,
        dict(outcome.sources),
        list(outcome.sources),
        outcome.fixed,
        outcome.files,
        outcome.projects,
        outcome.functions,
        outcome.suppressed,
        outcome.notes,
        outcome.skipped,
        outcome.failed,
    )


@pytest.fixture
def project(tmp_path: Path) -> Path:
    numbered = {
        f"convex/m{n}.ts": f'{HEAD}import "../lib/l{n % 3}";\n' + "bad;\n" * (n % 4) for n in range(12)
    }
    shared = {f"lib/l{n}.ts": f"export const l{n} = {n};\n" for n in range(3)}
    broken: dict[str, str | bytes] = {
        "convex/broken.ts": HEAD + "const = ;\nbad;\n",
        "convex/latin.ts": b"\xe9",
        "convex/quiet.ts": HEAD + "bad; // convexlint-disable-line toy-words\n",
    }
    return write(tmp_path / "project", {**numbered, **shared, **broken})


def test_cold_equals_cached(project: Path, tmp_path: Path) -> None:
    cache = str(tmp_path / "cache")
    cold = check(Request((str(project),)))
    filling = check(Request((str(project),), cache_dir=cache))
    warm = check(Request((str(project),), cache_dir=cache))
    assert cold.diagnostics
    assert shown(cold) == shown(filling) == shown(warm)


def test_one_job_equals_two(project: Path) -> None:
    one, two = (check(Request((str(project),), jobs=jobs)) for jobs in (1, 2))
    assert shown(one) == shown(two)


def test_the_order_of_the_paths_does_not_matter(project: Path) -> None:
    paths = sorted(str(path) for path in (project / "convex").glob("*.ts"))
    ordered = check(Request(tuple(paths)))
    shuffled = paths.copy()
    random.Random(7).shuffle(shuffled)
    assert shuffled != paths
    assert shown(check(Request(tuple(shuffled)))) == shown(ordered)
    assert shown(check(Request((*paths, *shuffled)))) == shown(ordered)


def test_fixes_are_the_same_for_any_jobs(project: Path) -> None:
    runs = [check(Request((str(project),), jobs=jobs, fix="safe", write=False)) for jobs in (1, 2)]
    assert runs[0].fixed
    assert shown(runs[0]) == shown(runs[1])


def test_a_warm_run_lowers_only_what_changed(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lowered: list[str] = []

    def watch(items: Sequence[Item], *how: Any) -> list[ModuleFacts]:
        lowered.extend(Path(name).name for name, _ in items)
        return extract_all(items, *how)

    monkeypatch.setattr(facts_store, "extract_all", watch)
    request = Request((str(project),), cache_dir=str(tmp_path / "cache"))
    check(request)
    assert "m1.ts" in lowered
    lowered.clear()
    check(request)
    assert lowered == []
    typed = Request((), stdin=(str(project / "convex/m1.ts"), b"typed;"), cache_dir=request.cache_dir)
    check(typed)
    assert lowered == ["m1.ts"]
    lowered.clear()
    check(request)
    assert lowered == []
    check(replace(request, fix="safe"))
    lowered.clear()
    check(request)
    assert lowered == []


def prints(root: Path) -> list[str]:
    return check(Request((str(root),))).fingerprints()


def test_fingerprints_survive_shifted_lines_and_changed_indentation(tmp_path: Path) -> None:
    write(tmp_path, {"convex/a.ts": HEAD + "bad;\nbad;\nbad (1);\n"})
    before = prints(tmp_path)
    assert len(set(before)) == 3
    write(tmp_path, {"convex/a.ts": HEAD + "\n\n// more\n    bad;\n  bad;\n\tbad(1);\n"})
    assert prints(tmp_path) == before


def test_fingerprints_do_not_depend_on_where_the_project_lies(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write(tmp_path / name, {"package.json": "{}", "convex/a.ts": HEAD + "bad;\n"})
    assert prints(tmp_path / "one") == prints(tmp_path / "two")
    assert len(set(prints(tmp_path))) == 2
