"""JUnit's XML, as CI servers read it: a suite a file, a failed case a finding."""

from __future__ import annotations

import re
from itertools import groupby
from xml.etree import ElementTree as Xml

from convexlint.findings import Diagnostic
from convexlint.reports.escape import encodable
from convexlint.reports.outcome import Results
from convexlint.reports.places import ordered
from convexlint.reports.rooted import RootedPlaces, RootOf, words

# XML 1.0 has no way to write these, not even as references.
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(outcome: Results, root_of: RootOf) -> str:
    """The findings of a run; one case that passed where there are none, since servers take an empty file for an
    error."""
    places = RootedPlaces(outcome, root_of)
    found = ordered(outcome, places)
    suites = Xml.Element("testsuites", _counts("convexlint", max(1, len(found)), len(found)))
    for path, group in groupby(found, key=lambda one: places.path(one.finding.path)):
        own = list(group)
        suite = Xml.SubElement(suites, "testsuite", _counts(_text(path), len(own), len(own)))
        for diagnostic in own:
            _case(suite, diagnostic, path, places)
    if not found:
        suite = Xml.SubElement(suites, "testsuite", _counts("convexlint", 1, 0))
        Xml.SubElement(suite, "testcase", {"name": "no findings", "classname": "convexlint", "time": "0"})
    Xml.indent(suites)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + Xml.tostring(suites, encoding="unicode") + "\n"


def _counts(name: str, tests: int, failures: int) -> dict[str, str]:
    numbers = {"tests": tests, "failures": failures, "errors": 0, "skipped": 0}
    return {"name": name, **{key: str(value) for key, value in numbers.items()}, "time": "0"}


def _case(suite: Xml.Element, diagnostic: Diagnostic, path: str, places: RootedPlaces) -> None:
    finding = diagnostic.finding
    at = places.at(finding.path, finding.span.start)
    case = Xml.SubElement(
        suite,
        "testcase",
        {
            "name": f"{diagnostic.rule} ({at.line}:{at.column})",
            "classname": _text(path),
            "file": _text(path),
            "line": str(at.line),
            "time": "0",
        },
    )
    message, _, _ = finding.message.partition("\n")
    failure = Xml.SubElement(case, "failure", {"message": _text(message), "type": diagnostic.level.value})
    where = f"{path}:{at.line}:{at.column}"
    failure.text = _text(f"{where}: {diagnostic.level.value} {diagnostic.rule}\n{words(diagnostic, places)}")


def _text(text: str) -> str:
    return _NO_XML.sub("", encodable(text))
