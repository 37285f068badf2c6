"""What JSX evaluates, read off the source or off the tree: both say the same."""

from __future__ import annotations

import pytest

from convexlint.facts import extract, ir
from convexlint.facts import markup as markup_module
from convexlint.facts.client import as_client
from convexlint.program.modules.nodes import descendants

PAGES = [
    "<div className=\"a b\"><Card title='x < y' wide /><p>Terms &amp; conditions</p></div>",
    "<><Card/><ui.Row key=\"{1}\"/><my-tag a:b='c'>don't</my-tag></>",
    '<Table<Row> of="x"><Card /* why */ a="1"></Card></Table>',
    '<div>{rows.map((row) => <Card key={row.id} title="t" icon={<Icon name="n" />} {...row} />)}</div>',
    '<Card a="é" b=\'\\n\' c = "d"\n e><Élan/></Card>',
    '<a href="https://x.y/?a=b" on={() => go("z")}>text {/* nothing */} more</a>',
    "<p>{`${name}`}<b>{name}</b><Card>{name}</Card></p>",
]


def page(markup: str) -> bytes:
    return f"import {{ Card, Icon, ui }} from './ui';\nexport const Page = ({{ rows, name }}) => {markup};\n".encode()


def parts(markup: str) -> list[tuple[str, str]]:
    """What the outermost markup evaluates: the kind of each part, and its text."""
    source = page(markup)
    whole = next(n for n in descendants(extract(source, "a.tsx").functions) if isinstance(n, ir.Opaque))
    assert source[whole.start : whole.end].decode() == markup
    return [(type(part).__name__, source[part.start : part.end].decode()) for part in whole.parts]


@pytest.mark.parametrize("markup", PAGES)
def test_the_source_says_what_the_tree_says(markup: str, monkeypatch: pytest.MonkeyPatch) -> None:
    quick = extract(page(markup), "a.tsx")
    monkeypatch.setattr(markup_module._Plain, "take", lambda self, node, parts: False)
    assert extract(page(markup), "a.tsx") == quick


def test_components_texts_and_expressions_are_parts_and_tags_are_not() -> None:
    assert parts(PAGES[0]) == [("Text", '"a b"'), ("Name", "Card"), ("Text", "'x < y'")]
    assert parts(PAGES[6]) == [
        ("Template", "`${name}`"),
        ("Name", "name"),
        ("Name", "Card"),
        ("Name", "name"),
    ]


def test_markup_in_markup_is_one() -> None:
    found = [n for n in descendants(extract(page(PAGES[3]), "a.tsx").functions) if isinstance(n, ir.Opaque)]
    assert len(found) == 2  # the page, and what each row makes


def test_a_component_is_the_binding_that_it_names() -> None:
    facts = extract(page('<div><Card a="b"/></div>'), "a.tsx")
    card = next(n for n in descendants(facts.functions) if isinstance(n, ir.Name) and n.name == "Card")
    assert facts.bindings[card.ref].name == "Card"


@pytest.mark.parametrize("markup", PAGES)
def test_of_a_client_all_but_the_texts_of_attributes_is_lowered(markup: str) -> None:
    def evaluated(name: str) -> list[list[tuple[type, int, int]]]:
        found = [n for n in descendants(extract(page(markup), name).functions) if isinstance(n, ir.Opaque)]
        shown = [n.parts for n in found if n.kind == "jsx"]
        return [[(type(p), p.start, p.end) for p in parts if not isinstance(p, ir.Text)] for parts in shown]

    assert evaluated(as_client("a.tsx")) == evaluated("a.tsx")
    attributes = [
        part
        for node in descendants(extract(page(markup), as_client("a.tsx")).functions)
        if isinstance(node, ir.Opaque) and node.kind == "jsx"
        for part in node.parts
        if isinstance(part, ir.Text)
    ]
    assert not attributes


def test_a_text_in_an_expression_of_a_client_stays() -> None:
    source = page("<Card of={'tasks:list'} title=\"tasks:add\" />")
    texts = [
        n.value for n in descendants(extract(source, as_client("a.tsx")).functions) if isinstance(n, ir.Text)
    ]
    assert texts == ["tasks:list"]


def test_deep_markup_is_followed_whole() -> None:
    deep = "<div>" * 400 + "{name}" + "</div>" * 400
    facts = extract(page(deep), "a.tsx")
    assert not facts.head.truncated
    assert any(isinstance(n, ir.Name) and n.name == "name" for n in descendants(facts.functions))
