"""The language server: the projects of an editor's folders kept warm, and what the protocol asks of them.

`text.py` and `buffers.py` know the editor's documents, `knowledge.py` the projects, `work.py` decides what is linted
when, `background.py` lints whole projects in a process of its own, `answers.py` asks the program what stands at a
place, `features.py` speaks the protocol, `first.py` tells what is known before the protocol's library is there.
"""
