"""Where functions touch or change data, themselves or by what they call, as offsets in their own modules."""

from __future__ import annotations

from convexlint.program.behaviour.effects import Effects
from convexlint.program.behaviour.summaries import DATA, Key
from convexlint.program.model import Module

# What changes data, or lets something happen.
_CHANGES = frozenset({"db-write", "schedule", "storage-write", "run-mutation", "run-action"})


class Reach:
    """Lazy, memoised."""

    def __init__(self, effects: Effects) -> None:
        self.effects = effects
        self._reaches: dict[Key, bool] = {}
        self._changing: dict[Key, bool] = {}

    def changes(self, module: Module, index: int) -> set[int]:
        """Offsets of what a facts function, with those written in it, changes itself or by calls."""
        key = (module.path, index)
        summary = self.effects.summary(key)
        places = {d.node.start for d in summary.deeds if d.kind in _CHANGES}
        for edge in summary.edges:
            if edge.hop is None:
                places |= self.changes(self.effects.ev.world.modules[edge.target[0]], edge.target[1])
            elif self._reaches_kind(edge.target, _CHANGES, self._changing):
                places.add(edge.node.start)
        return places

    def touches(self, module: Module, index: int, start: int, end: int) -> bool:
        """Whether facts function `index` (or one written in it) touches data between two offsets."""
        return any(start <= place < end for place in self._data_places((module.path, index)))

    def _data_places(self, key: Key) -> tuple[int, ...]:
        """Offsets of what a facts function, with those written in it, does to data itself or by calls."""
        summary = self.effects.summary(key)
        places = [d.node.start for d in summary.deeds if d.kind in DATA]
        for edge in summary.edges:
            if edge.hop is None:
                places.extend(self._data_places(edge.target))
            elif self._reaches_data(edge.target):
                places.append(edge.node.start)
        return tuple(places)

    def _reaches_data(self, start: Key) -> bool:
        return self._reaches_kind(start, DATA, self._reaches)

    def _reaches_kind(self, start: Key, kinds: frozenset[str], known_: dict[Key, bool]) -> bool:
        found = known_.get(start)
        if found is None:
            seen = {start}
            queue = [start]
            for key in queue:
                summary = self.effects.summary(key)
                if any(d.kind in kinds for d in summary.deeds):
                    found = True
                    break
                for edge in summary.edges:
                    if edge.target not in seen:
                        seen.add(edge.target)
                        queue.append(edge.target)
            found = known_[start] = found is True
        return found
