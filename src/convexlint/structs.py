"""What facts and the program are made of: records with typed fields, by msgspec.

The one place that knows how: where the package is compiled (tools/native), records become native classes, and this
module is exchanged for tools/native/structs.py, which gives the same names.
"""

from __future__ import annotations

import inspect

from msgspec import Struct, field
from msgspec.structs import force_setattr, replace

__all__ = ["Struct", "field", "fields_of", "force_setattr", "replace"]


def fields_of(kind: type) -> dict[str, str]:
    """The fields of a kind of Struct in order, each with its type as it is written."""
    annotations: dict[str, str] = {}
    for base in reversed(kind.__mro__):
        annotations.update(inspect.get_annotations(base))
    assert issubclass(kind, Struct)
    return {name: annotations[name] for name in kind.__struct_fields__}
