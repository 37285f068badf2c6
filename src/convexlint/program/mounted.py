"""The components that an app mounts, as their packages and modules say."""

from __future__ import annotations

from collections.abc import Mapping

from convexlint.facts.lowered import Lowered
from convexlint.structs import Struct


class ComponentSource(Struct, frozen=True, eq=False):
    """A component that the `convex.config` of an app imports by `specifier`. `config`: its own, which names it.
    `types`: the generated types of what its package lets others call; None where it has none, or stands in the
    repository. `modules`: of a component in the repository, by name; None for a module that no reference can name.
    Empty where they are not known."""

    specifier: str
    config: Lowered | None
    types: Lowered | None
    modules: Mapping[str, Lowered | None]
