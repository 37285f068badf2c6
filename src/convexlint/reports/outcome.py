"""What a report needs to know of a run. `convexlint.session.Outcome` has this shape.

Reports stand below the session in the house, so they say here what they read instead of importing it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from convexlint.findings import Diagnostic, Fix


class AppliedFix(Protocol):
    """A fix that was applied, or would be: the rule, and the path where its finding stood."""

    @property
    def rule(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def fix(self) -> Fix: ...


class RefusedFix(AppliedFix, Protocol):
    """A fix that was tried and given up, because of `reason`."""

    @property
    def reason(self) -> str: ...


class Results(Protocol):
    """The outcome of one run; the fields are explained at `convexlint.session.Outcome`."""

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]: ...
    @property
    def sources(self) -> Mapping[str, bytes]: ...
    @property
    def before(self) -> Mapping[str, bytes]: ...
    @property
    def fixed(self) -> tuple[AppliedFix, ...]: ...
    @property
    def files(self) -> int: ...
    @property
    def projects(self) -> int: ...
    @property
    def functions(self) -> int: ...
    @property
    def suppressed(self) -> int: ...
    @property
    def notes(self) -> tuple[tuple[str, str, int], ...]: ...
    @property
    def skipped(self) -> tuple[tuple[str, str], ...]: ...
    @property
    def timings(self) -> Mapping[str, float]: ...
    @property
    def refused(self) -> tuple[RefusedFix, ...]: ...
