"""What was found in grids as JUnit XML, which build servers show: a suite for each grid, a test for each case."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final
from xml.etree import ElementTree as ET

from authz.reviewing.asking import Wrong
from authz.reviewing.verdicts import Tried

_NO_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
GUARDS: Final = "never_without"


def junit(found: Iterable[Tried]) -> bytes:
    """The document, in UTF-8. What XML cannot hold is replaced."""
    listed = list(found)
    suites = ET.Element("testsuites", name="authz policy test")
    for one in listed:
        suites.append(_suite(one))
    for name in ("tests", "failures"):
        suites.set(name, str(sum(int(suite.get(name, "0")) for suite in suites)))
    ET.indent(suites)
    document: bytes = ET.tostring(suites, encoding="utf-8", xml_declaration=True)
    return document + b"\n"


def _suite(found: Tried) -> ET.Element:
    suite = ET.Element("testsuite", name=_plain(found.grid.name), errors="0", skipped="0")
    file = _plain(found.grid.name)
    for case in found.grid.cases:
        test = ET.SubElement(suite, "testcase", classname=found.grid.resource, name=_plain(case.why))
        test.set("file", file)
        test.set("line", str(case.line))
        _fail(test, [_told(wrong) for wrong in found.wrong if wrong.case is case])
    if found.grid.never_without:
        test = ET.SubElement(suite, "testcase", classname=found.grid.resource, name=GUARDS, file=file)
        _fail(test, list(found.forgettable))
    suite.set("tests", str(len(suite)))
    suite.set("failures", str(len(suite.findall("testcase/failure"))))
    return suite


def _fail(test: ET.Element, problems: list[str]) -> None:
    if problems:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        failure = ET.SubElement(test, "failure", type="cell", message=_plain(problems[0] + more))
        failure.text = _plain("\n".join(problems))


def _told(wrong: Wrong) -> str:
    return f"{wrong.asker} {wrong.action} in {wrong.practice}: expected {wrong.expected}, got {wrong.got}"


def _plain(text: str) -> str:
    return _NO_XML.sub("\N{REPLACEMENT CHARACTER}", text)
