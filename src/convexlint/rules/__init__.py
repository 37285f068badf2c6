"""program -> findings. One file a rule: `rules/<category>/<name>.py` holds one pure function under `@rule`.

`loader.load_rules()` walks this package; there is no list to edit. The rule's name is its file's name with
`-` for `_`; its documentation and executed examples are the card `rules/<name>.md` at the repository's top.
"""
