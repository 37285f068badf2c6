"""The package compiled by mypyc: `facts/` and `program/` as native code, with the same sources.

`python -m tools.native.build FOLDER` puts the compiled modules there; `hook.py` does it for wheels when
CONVEXLINT_NATIVE=1 is set. Without, the wheel is pure Python and runs everywhere.
This room is kept because the wheels of a release carry the compiled modules beside the sources: they nearly halve the
time of a run. Whoever never builds such a wheel can leave it alone.

mypyc is slow on msgspec's Structs, whose fields it must look up by name. So before it compiles, a copy of the sources
is changed: records become native classes (`records.py`), facts are turned into bytes by code that is written for
their classes (`codec.py`), and nodes have numbers (`by_node.py`). The sources themselves know nothing of it but
`convexlint/structs.py`, `facts/codec.py` and `facts/by_node.py`, the modules that are exchanged.
"""
