"""A lowered module: its head is there at once, its facts when somebody asks for them.

A run over a few files reads the heads of all modules, and the facts of one in ten. Which ones it reads is told, for
those who keep what was made of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from convexlint.facts.ir import Head, ModuleFacts
from convexlint.structs import Struct


class TextTest(Struct, frozen=True):
    """What no pattern can tell of a text. `search` gives something other than None where it is so."""

    def search(self, source: bytes) -> object:
        raise NotImplementedError


class Worded(TextTest, frozen=True):
    """Whether one of some patterns matches, each of which needs a word. Most texts hold none of the words, and a word
    is found many times as fast as a pattern that begins with a choice or a word boundary."""

    parts: tuple[tuple[bytes, re.Pattern[bytes]], ...]

    def search(self, source: bytes) -> object:
        for word, pattern in self.parts:
            if word in source:
                found = pattern.search(source)
                if found is not None:
                    return found
        return None


def any_word(*words: str) -> Worded:
    """Whether one of these words stands there by itself; one that begins with a sign, as `<Slot`, behind anything."""
    parts = []
    for word in words:
        before = rf"(?<!\w{re.escape(word)})" if word[0].isalnum() else ""
        parts.append((word.encode(), re.compile((re.escape(word) + before + r"(?!\w)").encode())))
    return Worded(tuple(parts))


TextQuestion = bytes | re.Pattern[bytes] | TextTest
"""A word, or a pattern, that the text of a module may hold; or another test of it."""


class Lowered:
    """A module of which the facts are made at most once.

    `is_read`: whether facts or source have been read since `watch`. `answers`: of the module's text nothing more is
    known than these, since then; None before the first `watch`, where nobody keeps them."""

    def __init__(self, head: Head, make: Callable[[], ModuleFacts]) -> None:
        self.head = head
        self.is_read = False
        self.answers: dict[TextQuestion, bool] | None = None
        self._make: Callable[[], ModuleFacts] | None = make
        self._facts: ModuleFacts | None = None
        self._held: dict[TextQuestion, bool] = {}

    @property
    def made(self) -> ModuleFacts | None:
        """The facts if they are there already, for those who keep them and do not read them."""
        return self._facts

    def watch(self) -> None:
        """From now on tell what is read of the module."""
        self.is_read, self.answers = False, {}

    def holds(self, question: TextQuestion, source: bytes) -> bool:
        """Whether the module's text holds the word or the pattern: not a reading of the module, only of this answer."""
        found = self._held.get(question)
        if found is None:  # some ask for each of a module's functions
            found = question in source if isinstance(question, bytes) else question.search(source) is not None
            self._held[question] = found
        if self.answers is not None and not self.is_read:
            self.answers[question] = found
        return found

    def facts(self) -> ModuleFacts:
        """All facts of the module."""
        self.is_read = True
        facts = self._facts
        if facts is None:
            assert self._make is not None
            facts = self._facts = self._make()
            self._make = None  # what it holds is not needed any more
        return facts


def lowered(facts: ModuleFacts) -> Lowered:
    """A module whose facts are there."""
    made = Lowered(facts.head, lambda: facts)
    made.facts()
    return made
