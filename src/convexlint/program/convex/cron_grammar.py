"""The grammar of cron expressions as Convex's backend reads it at push (convex-facts 8.1: a fork of `saffron`).

Five fields, `minute hour day-of-month month day-of-week`, separated by spaces or tabs. An expression that can never
fire is refused as well.
"""

from __future__ import annotations

import re

from convexlint.structs import Struct

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
# The days that a month can have; February has 29 in some years.
_LENGTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)

_ITEM = re.compile(r"(?P<first>\*|[A-Za-z0-9]+)(?:-(?P<last>[A-Za-z0-9]+))?(?:/(?P<step>[0-9]+))?")
_BLANKS = re.compile(r"[ \t]+")


class CronProblem(Struct, frozen=True):
    """Why an expression is refused; [start, end) is the part of it, in characters."""

    text: str
    start: int
    end: int


class _Field(Struct, frozen=True):
    """A field: the values that it takes, and the names of the first of them in order."""

    name: str
    low: int
    high: int
    names: tuple[str, ...] = ()

    def value(self, text: str) -> int | None:
        """The number that `text` means, None if it is none of this field."""
        if text.isdigit():
            number = int(text)
            return number if self.low <= number <= self.high else None
        upper = text.upper()
        return self.low + self.names.index(upper) if upper in self.names else None

    @property
    def size(self) -> int:
        return self.high - self.low + 1


MINUTE = _Field("minute", 0, 59)
HOUR = _Field("hour", 0, 23)
DAY = _Field("day of month", 1, 31)
MONTH = _Field("month", 1, 12, _MONTHS)
WEEKDAY = _Field("day of week", 0, 6, _DAYS)
_FIELDS = (MINUTE, HOUR, DAY, MONTH, WEEKDAY)


def cron_problem(expression: str) -> CronProblem | None:
    """Why the backend refuses `expression`, None when it takes it."""
    whole = (0, len(expression))
    if not expression:
        return CronProblem("it is empty; five fields are due: minute, hour, day, month, weekday", *whole)
    if expression != expression.strip():
        return CronProblem("it begins or ends with white space", *whole)
    if expression.startswith("@"):
        return CronProblem(f"`{expression}` is a nickname; Convex takes the five fields only", *whole)
    parts: list[tuple[str, int]] = []
    at = 0
    for blank in _BLANKS.finditer(expression):
        parts.append((expression[at : blank.start()], at))
        at = blank.end()
    parts.append((expression[at:], at))
    if len(parts) != len(_FIELDS):
        counted = f"it has {len(parts)} field{'' if len(parts) == 1 else 's'}"
        hint = "; there are no seconds and no years" if len(parts) > len(_FIELDS) else ""
        return CronProblem(f"{counted}, not the five of minute, hour, day, month, weekday{hint}", *whole)
    for field, (text, start) in zip(_FIELDS, parts, strict=True):
        problem = _field_problem(field, text)
        if problem is not None:
            return CronProblem(problem, start, start + len(text))
    if not _can_fire(parts[2][0], parts[3][0], parts[4][0]):
        start, end = parts[2][1], parts[3][1] + len(parts[3][0])
        return CronProblem(f"no year has such a day: `{expression[start:end]}`", start, end)
    return None


# ---------------------------------------------------------------------------------------------------- fields


def _field_problem(field: _Field, text: str) -> str | None:
    if text == "*" or _is_special(field, text):
        return None
    items = text.split(",")
    for item in items:
        if item == "*":
            return f"`*` stands alone, not in a list (`{text}`)"
        problem = _item_problem(field, item)
        if problem is not None:
            return problem
    return None


def _item_problem(field: _Field, item: str) -> str | None:
    match = _ITEM.fullmatch(item)
    if match is None or (match["first"] == "*" and match["last"] is not None):
        if "?" in item:
            return f"`?` is not known; write `*` for any {field.name}"
        return f"`{item}` is not {_one(field.name)}" if item else f"an item of the {field.name} list is empty"
    for value in (match["first"], match["last"]):
        if value is not None and value != "*" and field.value(value) is None:
            return _bad_value(field, value)
    step = match["step"]
    if step is not None and not 1 <= int(step) <= field.size:
        return f"the step of `{item}` is {int(step)}; a {field.name} step is 1 to {field.size}"
    return None


def _bad_value(field: _Field, value: str) -> str:
    if field is WEEKDAY and value == "7":
        return "`7` is not a day of week; Sunday is `0` or `SUN`"
    names = f", or {field.names[0]} to {field.names[-1]}" if field.names else ""
    return f"`{value}` is not {_one(field.name)}: it is {field.low} to {field.high}{names}"


def _is_special(field: _Field, text: str) -> bool:
    """The extras that Quartz brought: `L`, `L-3`, `15W`, `LW` for days; `L`, `5L`, `FRI#2` for weekdays."""
    upper = text.upper()
    if not text.isascii():
        return False
    if field is DAY:
        if upper in ("L", "LW"):
            return True
        if upper.startswith("L-"):
            return upper[2:].isdigit() and 1 <= int(upper[2:]) <= 30
        return upper.endswith("W") and upper[:-1].isdigit() and DAY.value(upper[:-1]) is not None
    if field is WEEKDAY:
        if upper == "L":
            return True
        if upper.endswith("L"):
            return WEEKDAY.value(upper[:-1]) is not None
        day, mark, nth = upper.partition("#")
        return mark == "#" and WEEKDAY.value(day) is not None and nth in ("1", "2", "3", "4", "5")
    return False


# -------------------------------------------------------------------------------------------------- calendar


def _can_fire(days: str, months: str, weekdays: str) -> bool:
    """Whether some date matches. Where both kinds of days are restricted, a date that matches either does."""
    if days == "*" or weekdays != "*":
        return True
    longest = max(_LENGTHS[month - 1] for month in _values(MONTH, months))
    upper = days.upper()
    if upper in ("L", "LW"):
        return True
    if upper.startswith("L-"):
        return longest - int(upper[2:]) >= 1
    if upper.endswith("W"):
        return int(upper[:-1]) <= longest
    return min(_values(DAY, days)) <= longest


def _values(field: _Field, text: str) -> list[int]:
    """The values that a valid field without extras names."""
    found: list[int] = []
    for item in text.split(","):
        match = _ITEM.fullmatch(item)
        if match is None:
            continue
        step = int(match["step"] or 1)
        if match["first"] == "*":
            first, last = field.low, field.high
        else:
            first = field.value(match["first"]) or field.low
            end = match["last"]
            last = (field.value(end) or field.low) if end else (field.high if match["step"] else first)
        length = (last - first) % field.size + 1
        found += [(first - field.low + n) % field.size + field.low for n in range(0, length, step)]
    return found


def _one(name: str) -> str:
    """A field's name with its article."""
    return f"an {name}" if name.startswith("hour") else f"a {name}"
