"""Reads, prunes and writes style sheets, so that a page loads only the rules and design tokens it uses.

The libraries hold some 400 KB of rules and 2,800 tokens; the pages need a few percent of either.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_CLASS = re.compile(r"\.(-?[_a-zA-Z][\w-]*)")
_NEGATION = re.compile(r":not\((?:[^()]|\([^()]*\))*\)")
_REFERENCE = re.compile(r"var\(\s*(--[\w-]+)")
_DECLARATION = re.compile(r"(--[\w-]+)\s*:\s*([^;]+?)\s*(?:;|$)")
_SPACE = re.compile(r"\s+")
_TIGHT = re.compile(r"\s*([{};,>])\s*")
_CONDITIONAL = ("@media", "@supports", "@container", "@layer")


@dataclass(frozen=True)
class Rule:
    """One rule: what stands before the braces, and the text or the rules between them."""

    prelude: str
    body: str
    rules: tuple[Rule, ...] = ()

    def __str__(self) -> str:
        inside = "".join(str(rule) for rule in self.rules) or self.body
        return f"{self.prelude}{{{inside}}}"


def parse(text: str) -> list[Rule]:
    """Return the rules of a style sheet; comments and statements without a block (``@charset``) are left out."""
    return list(_rules(_SPACE.sub(" ", _COMMENT.sub("", text))))


def _rules(text: str) -> Iterator[Rule]:
    start = 0
    while (opening := text.find("{", start)) >= 0:
        closing = _closing_brace(text, opening)
        prelude = text[start:opening].rpartition(";")[2].strip()
        body = text[opening + 1 : closing].strip()
        if prelude.startswith(_CONDITIONAL):
            yield Rule(prelude, "", tuple(_rules(body)))
        else:
            yield Rule(prelude, _TIGHT.sub(r"\1", body).rstrip(";"))
        start = closing + 1


def _closing_brace(text: str, opening: int) -> int:
    depth = 0
    for match in re.finditer(r"[{}]", text[opening:]):
        depth += 1 if match.group() == "{" else -1
        if depth == 0:
            return opening + match.start()
    raise ValueError(f"a block that starts with {text[opening : opening + 40]!r} never ends")


def _split_selectors(prelude: str) -> Iterator[str]:
    """Split on the commas that stand outside parentheses: ``:is(a, b)`` is one selector."""
    depth, start = 0, 0
    for position, character in enumerate(prelude):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character == "," and depth == 0:
            yield prelude[start:position].strip()
            start = position + 1
    yield prelude[start:].strip()


def keep_used(rules: Iterable[Rule], used: frozenset[str]) -> list[Rule]:
    """Return the rules whose selectors name only classes of ``used``; a selector without any class is dropped.

    Dropping class-less selectors keeps a library from styling bare elements that are not its own.
    """

    def wanted(selector: str) -> bool:
        classes = set(_CLASS.findall(_NEGATION.sub("", selector)))
        return bool(classes) and classes <= used

    return list(_prune(rules, wanted))


def _prune(rules: Iterable[Rule], wanted: Callable[[str], bool]) -> Iterator[Rule]:
    for rule in rules:
        if rule.prelude.startswith(_CONDITIONAL):
            inside = tuple(_prune(rule.rules, wanted))
            if inside:
                yield Rule(rule.prelude, "", inside)
        elif not rule.prelude.startswith("@"):
            selectors = [selector for selector in _split_selectors(rule.prelude) if wanted(selector)]
            if selectors:
                yield Rule(",".join(selectors), rule.body)


def write(rules: Iterable[Rule]) -> str:
    """Return rules as compact text."""
    return "".join(str(rule) for rule in rules)


def tokens(rules: Iterable[Rule]) -> dict[str, str]:
    """Return the design tokens (custom properties) that rules declare, later ones winning."""
    return {name: value for rule in rules for name, value in _DECLARATION.findall(rule.body)}


def tokens_in_use(style: str, declared: dict[str, str]) -> dict[str, str]:
    """Return the declared tokens that a style sheet refers to, directly or through other tokens."""
    found: dict[str, str] = {}
    waiting = _REFERENCE.findall(style)
    while waiting:
        name = waiting.pop()
        if name in declared and name not in found:
            found[name] = declared[name]
            waiting += _REFERENCE.findall(declared[name])
    return dict(sorted(found.items()))
