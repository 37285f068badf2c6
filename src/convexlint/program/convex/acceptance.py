"""Does this validator take this value: yes, no with the place and the reason, or nobody knows (convex-facts 6).

The one answer for results, arguments, documents, crons and clients. What is asked about is a `Given`; one is made of an
expression by `places.givens.given`, of data by `given.from_json`.
"""

from __future__ import annotations

import re
from itertools import islice

from convexlint.program.convex.answers import UNKNOWN, YES, Answer, Refusal, no
from convexlint.program.convex.given import (
    Absent,
    Constant,
    Either,
    Entry,
    Foreign,
    Given,
    Some,
    SomeId,
    SomeList,
    SomeObject,
    from_json,
    is_nothing,
)
from convexlint.program.convex.values import Json
from convexlint.program.validators import (
    AnyValidator,
    ArrayValidator,
    IdValidator,
    LiteralValidator,
    ObjectValidator,
    RecordValidator,
    ScalarValidator,
    UnionValidator,
    Validator,
)

# How ids are spelled (backend value/src/id_v6.rs): no other literal can be equal to one.
_ID = re.compile(r"[0-9a-z]{31,37}")


def accepts(
    validator: Validator | None, value: Given, *, loose: bool = False, ids_are_texts: bool = True
) -> Answer:
    """Whether the validator takes the value. `validator` None: anything that Convex can store or send.

    `loose`: objects may have more fields than the validator names, as readers of results do not mind.
    `ids_are_texts`: a text may be an id, which nobody can tell; else the value is known whole, and none is."""
    return _Judge(loose, ids_are_texts).answer(validator, value, ())


def takes(validator: Validator, value: Json, *, loose: bool = False) -> bool | None:
    """Whether the validator takes a value that is known whole, in which no text is an id."""
    return accepts(validator, from_json(value), loose=loose, ids_are_texts=False).taken


class _Judge:
    def __init__(self, loose: bool, ids_are_texts: bool) -> None:
        self.loose = loose
        self.ids_are_texts = ids_are_texts
        self._parts: dict[int, tuple[dict[_Known, Validator], tuple[Validator, ...]]] = {}
        """Of long unions by id: the literals by value, and the other members."""

    def answer(self, wanted: Validator | None, value: Given, path: tuple[str, ...]) -> Answer:
        if isinstance(value, Either):
            answers = [(option, self.answer(wanted, option, path)) for option in value.options]
            return _any_arm(answers) if value.written else _every_option(answers)
        if isinstance(value, Foreign):
            return no([Refusal("value", path, value.at, value, wanted)])
        if wanted is None or isinstance(wanted, AnyValidator):
            return self._storable(value, path)
        if isinstance(wanted, UnionValidator):
            return self._union(wanted, value, path)
        if isinstance(value, SomeObject):
            return self._object(wanted, value, path)
        if isinstance(value, SomeList):
            return self._list(wanted, value, path)
        if isinstance(value, Absent):
            return UNKNOWN if wanted is None else self._typed(wanted, value, path, False)
        if isinstance(value, Constant):
            return self._typed(wanted, value, path, self._takes_constant(wanted, value.value))
        if isinstance(value, Some):
            return self._typed(wanted, value, path, self._takes_some(wanted, value.kind))
        if isinstance(value, SomeId):
            return self._typed(wanted, value, path, _takes_id(wanted, value.table))
        return UNKNOWN

    def _typed(self, wanted: Validator, value: Given, path: tuple[str, ...], taken: bool | None) -> Answer:
        if not isinstance(wanted, _CERTAIN):
            return UNKNOWN
        return no([Refusal("type", path, value.at, value, wanted)]) if taken is False else Answer(taken)

    def _union(self, wanted: UnionValidator, value: Given, path: tuple[str, ...]) -> Answer:
        answers: list[Answer] = []
        members = self._members(wanted, value)
        for member in members:
            answer = self.answer(member, value, path)
            if answer.taken:
                return YES
            answers.append(answer)
        doubts = [one.doubts for one in answers if one.taken is None and one.doubts]
        refused = [one for one in answers if one.taken is False]
        if len(doubts) + len(refused) < len(answers):
            return UNKNOWN
        if doubts:
            return Answer(None, (), doubts[0])
        if len(refused) == 1:
            return refused[0]
        near = [one for member, one in zip(members, refused, strict=True) if _is_near(member, value, one)]
        if len(near) == 1:
            return near[0]
        foreign = [r for one in refused[:1] for r in one.refusals if r.kind in ("value", "key")]
        return no(foreign or [Refusal("type", path, value.at, value, wanted)])

    def _members(self, wanted: UnionValidator, value: Given) -> tuple[Validator, ...]:
        """The members that decide: of many literals the one with this value, else two that stand for all of them."""
        if not isinstance(value, Constant) or len(wanted.members) <= _FEW:
            return wanted.members
        if id(wanted) not in self._parts:
            literals: dict[_Known, Validator] = {
                (_kind_of(one.value), one.value): one
                for one in reversed(wanted.members)
                if isinstance(one, LiteralValidator)
            }
            rest: tuple[Validator, ...] = tuple(
                one for one in wanted.members if not isinstance(one, LiteralValidator)
            )
            self._parts[id(wanted)] = literals, rest
        literals, others = self._parts[id(wanted)]
        same = literals.get((_kind_of(value.value), value.value))
        return (same,) if same is not None else (*others, *islice(literals.values(), 2))

    # ------------------------------------------------------------------------------------------- scalars

    def _takes_constant(self, wanted: Validator, value: str | float | bool | None) -> bool | None:
        kind = _kind_of(value)
        if isinstance(wanted, LiteralValidator):
            return _kind_of(wanted.value) == kind and wanted.value == value
        return self._takes_kind(wanted, kind)

    def _takes_some(self, wanted: Validator, kind: str) -> bool | None:
        if isinstance(wanted, LiteralValidator):
            return None if _kind_of(wanted.value) == kind else False
        if isinstance(wanted, ScalarValidator) and (kind, wanted.kind) == ("number", "int64"):
            # Operators give what they are given; of a value that is known whole, its kind is known.
            return None if self.ids_are_texts else False
        return self._takes_kind(wanted, kind)

    def _takes_kind(self, wanted: Validator, kind: str) -> bool | None:
        if isinstance(wanted, ScalarValidator):
            return wanted.kind == kind
        if isinstance(wanted, IdValidator):
            return None if kind == "string" and self.ids_are_texts else False
        return False

    # ------------------------------------------------------------------------------- lists and objects

    def _list(self, wanted: Validator, value: SomeList, path: tuple[str, ...]) -> Answer:
        if not isinstance(wanted, ArrayValidator):
            return self._typed(wanted, value, path, False)
        answers = [self._element(wanted.element, item, (*path, "[]")) for item in value.items]
        if value.more is not None:
            answers.append(self._rest(wanted.element, value.more, (*path, "[]")))
        return _together(answers)

    def _element(self, wanted: Validator | None, item: Given, path: tuple[str, ...]) -> Answer:
        if isinstance(item, Absent):
            return no([Refusal("value", path, item.at, item, wanted)])
        return self.answer(wanted, item, path)

    def _rest(self, wanted: Validator | None, more: Given, path: tuple[str, ...]) -> Answer:
        answer = self.answer(wanted, more, path)
        options = more.options if isinstance(more, Either) else ()
        if answer.taken is False and any(map(is_nothing, options)):
            return UNKNOWN  # null among them: a filter may have left nothing else
        return answer

    def _object(self, wanted: Validator, value: SomeObject, path: tuple[str, ...]) -> Answer:
        if isinstance(wanted, RecordValidator):
            return self._record(wanted, value, path)
        if not isinstance(wanted, ObjectValidator):
            return self._typed(wanted, value, path, False)
        answers: list[Answer] = []
        extra: list[tuple[str, Entry]] = []
        for name, entry in value.entries.items():
            field = wanted.fields.get(name)
            if isinstance(entry.given, Absent):
                continue
            if field is not None:
                answers.append(self._field(field.validator, entry, (*path, name), field.optional))
            elif not self.loose:
                extra.append((name, entry))
        answers += self._extra(wanted, value, extra, path)
        answers += self._missing(wanted, value, path)
        if value.others is not None:
            answers.append(UNKNOWN)
        if not wanted.complete and not self.loose:
            answers.append(UNKNOWN)
        return _together(answers)

    def _field(self, wanted: Validator, entry: Entry, path: tuple[str, ...], optional: bool) -> Answer:
        given = entry.given
        kept = _without_absent(given)
        if kept is None:
            return UNKNOWN
        if kept is not given:
            assert isinstance(given, Either)
            if optional or not given.written or not any(isinstance(one, Absent) for one in given.options):
                answer = self.answer(wanted, kept, path)
                return answer if optional or answer.taken is False else UNKNOWN
            absent = next(one for one in given.options if isinstance(one, Absent))
            return no([Refusal("missing", path[:-1], absent.at or given.at, given, None, (path[-1],))])
        answer = self.answer(wanted, given, path)
        if answer.taken is False and entry.presence not in ("sure", "sometimes"):
            return (
                Answer(None, (), tuple(map(_doubted, answer.refusals)))
                if entry.presence == "optional"
                else UNKNOWN
            )
        return answer

    def _extra(
        self,
        wanted: ObjectValidator,
        value: SomeObject,
        extra: list[tuple[str, Entry]],
        path: tuple[str, ...],
    ) -> list[Answer]:
        """What is told of fields that the validator lacks: those that came together are told together."""
        if not wanted.complete or not extra:
            return [UNKNOWN] if extra else []
        groups: dict[str | int, list[tuple[str, Entry]]] = {}
        for name, entry in extra:
            if entry.presence in ("sure", "sometimes"):
                groups.setdefault(entry.table or value.table or id(entry.at), []).append((name, entry))
        if groups:
            return [no([self._extra_fields(wanted, value, group, path, True)]) for group in groups.values()]
        loose = [(name, entry) for name, entry in extra if entry.presence == "optional"]
        if loose and len(loose) == len(extra):
            return [Answer(None, (), (self._extra_fields(wanted, value, loose, path, False),))]
        return [UNKNOWN]

    def _extra_fields(
        self,
        wanted: ObjectValidator,
        value: SomeObject,
        group: list[tuple[str, Entry]],
        path: tuple[str, ...],
        certain: bool,
    ) -> Refusal:
        names = tuple(name for name, _ in group)
        first = group[0][1]
        at = first.at or value.at
        return Refusal("extra", path, at, value, wanted, names, first.table or value.table, certain)

    def _missing(self, wanted: ObjectValidator, value: SomeObject, path: tuple[str, ...]) -> list[Answer]:
        lacking: list[str] = []
        unsure = False
        for name, field in wanted.fields.items():
            entry = value.entries.get(name)
            if field.optional:
                continue
            if entry is None or isinstance(entry.given, Absent):
                if entry is not None or value.others is None:
                    lacking.append(name)
                else:
                    unsure = True
            elif entry.presence != "sure":
                unsure = True
        found = [UNKNOWN] if unsure else []
        if lacking:
            found.append(no([Refusal("missing", path, value.at, value, wanted, tuple(lacking), value.table)]))
        return found

    def _record(self, wanted: RecordValidator, value: SomeObject, path: tuple[str, ...]) -> Answer:
        answers: list[Answer] = [UNKNOWN] if value.others is not None else []
        for name, entry in value.entries.items():
            if isinstance(entry.given, Absent):
                continue
            key = self._typed(
                wanted.key, Constant(entry.at, name), path, self._takes_constant(wanted.key, name)
            )
            answers.append(UNKNOWN if isinstance(wanted.key, UnionValidator) else key)
            answers.append(self._field(wanted.value, entry, (*path, name), True))
        return _together(answers)

    # ------------------------------------------------------------------------------------ what can be stored

    def _storable(self, value: Given, path: tuple[str, ...]) -> Answer:
        """Whether Convex can store and send the value at all."""
        if isinstance(value, SomeList):
            answers = [self._element(None, item, (*path, "[]")) for item in value.items]
            if value.more is not None:
                answers.append(self._rest(None, value.more, (*path, "[]")))
            return _together(answers)
        if isinstance(value, SomeObject):
            answers = [
                self._field(AnyValidator(), entry, (*path, name), True)
                for name, entry in value.entries.items()
                if not isinstance(entry.given, Absent)
            ]
            for name, entry in value.entries.items():
                if not is_field_name(name) and not isinstance(entry.given, Absent):
                    answers.append(no([Refusal("key", path, entry.at or value.at, value, None, (name,))]))
            return _together([*answers, *([UNKNOWN] if value.others is not None else [])])
        return YES


MAX_KEY = 1024
"""Characters of a key of a stored object (convex-facts 12)."""

_CERTAIN = (ScalarValidator, IdValidator, LiteralValidator, ArrayValidator, ObjectValidator, RecordValidator)
_KINDS: dict[type, str] = {bool: "boolean", str: "string", float: "number", int: "number", type(None): "null"}


_Known = tuple[str, str | float | bool | None]
"""The kind of a value that is known, and the value."""
_FEW = 8
"""Members of a union that are looked at one by one, also where the value is known."""


def is_field_name(name: str) -> bool:
    """Whether a stored object may have such a key."""
    plain = all(" " <= letter <= "~" for letter in name)
    return plain and not name.startswith("$") and len(name) <= MAX_KEY


def _kind_of(value: str | float | bool | None) -> str:
    return _KINDS[type(value)]


def _takes_id(wanted: Validator, table: str) -> bool | None:
    if isinstance(wanted, IdValidator):
        return None if wanted.table is None else wanted.table == table
    if isinstance(wanted, LiteralValidator):
        return None if isinstance(wanted.value, str) and _ID.fullmatch(wanted.value) else False
    return isinstance(wanted, ScalarValidator) and wanted.kind == "string"


def _without_absent(value: Given) -> Given | None:
    """The value where it is there; None where it never is."""
    if isinstance(value, Absent):
        return None
    if not isinstance(value, Either):
        return value
    kept = [_without_absent(option) for option in value.options]
    if all(one is option for one, option in zip(kept, value.options, strict=True)):
        return value
    left = tuple(one for one in kept if one is not None)
    return Either(value.at, left, value.written) if left else None


def _is_near(member: Validator, value: Given, answer: Answer) -> bool:
    """Whether a member of a union is the one that is meant: an object whose literal fields agree, or the only list."""
    if isinstance(value, SomeObject) and isinstance(member, ObjectValidator):
        literals = {n for n, f in member.fields.items() if isinstance(f.validator, LiteralValidator)}
        at_literal = any(r.kind == "type" and r.path[-1:] and r.path[-1] in literals for r in answer.refusals)
        lacks_one = any(r.kind == "missing" and literals.intersection(r.names) for r in answer.refusals)
        return not at_literal and not lacks_one
    return isinstance(value, SomeList) and isinstance(member, ArrayValidator)


def _doubted(refusal: Refusal) -> Refusal:
    return Refusal(
        refusal.kind,
        refusal.path,
        refusal.at,
        refusal.given,
        refusal.wanted,
        refusal.names,
        refusal.table,
        False,
    )


def _any_arm(answers: list[tuple[Given, Answer]]) -> Answer:
    for _, answer in answers:
        if answer.taken is False:
            return answer
    if all(answer.taken for _, answer in answers):
        return YES
    return Answer(None, (), tuple(doubt for _, answer in answers for doubt in answer.doubts))


def _every_option(answers: list[tuple[Given, Answer]]) -> Answer:
    """Values know little of control flow, so all but null must be refused."""
    if answers and all(answer.taken for _, answer in answers):
        return YES
    kept = [answer for option, answer in answers if not is_nothing(option)]
    kept = kept or [answer for _, answer in answers]
    doubts = [answer.doubts for answer in kept if answer.taken is None and answer.doubts]
    refused = [answer for answer in kept if answer.taken is False]
    if not kept or len(refused) + len(doubts) < len(kept):
        return UNKNOWN
    return Answer(None, (), doubts[0]) if doubts else refused[0]


def _together(answers: list[Answer]) -> Answer:
    """The answer for a whole of parts."""
    refusals = tuple(refusal for answer in answers for refusal in answer.refusals)
    if refusals:
        return no(refusals)
    if all(answer.taken for answer in answers):
        return YES
    return Answer(None, (), tuple(doubt for answer in answers for doubt in answer.doubts))
