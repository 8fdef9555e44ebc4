from __future__ import annotations

import pytest

from api.web.stylesheet import keep_used, parse, tokens, tokens_in_use, write


def kept(style: str, *used: str) -> str:
    return write(keep_used(parse(style), frozenset(used)))


def test_a_rule_stays_when_all_its_classes_are_used() -> None:
    assert kept(".a{color:red}.b{color:blue}.a.b{top:0}", "a") == ".a{color:red}"


def test_only_the_used_selectors_of_a_rule_stay() -> None:
    assert kept(".a, .b:hover, .a > .c { color: red ; }", "a", "c") == ".a,.a > .c{color: red}"


def test_a_condition_stays_when_something_in_it_stays() -> None:
    style = "@media (min-width:1px){.a{top:0}.b{top:1}}@supports (x:y){.b{top:0}}"
    assert kept(style, "a") == "@media (min-width:1px){.a{top:0}}"


def test_commas_in_parentheses_do_not_split_a_selector() -> None:
    assert kept(".a:is(.b, .c){top:0}", "a", "b", "c") == ".a:is(.b, .c){top:0}"
    assert kept(".a:is(.b, .c){top:0}", "a", "b") == ""


def test_what_is_not_on_a_page_may_be_excluded() -> None:
    assert kept(".a:not(.b){top:0}", "a") == ".a:not(.b){top:0}"


def test_libraries_do_not_style_bare_elements_and_bring_no_statements() -> None:
    assert kept('@charset "UTF-8";/* .a{} */html{top:0}@font-face{src:x}.a{top:0}', "a") == ".a{top:0}"


def test_a_block_without_end_is_told() -> None:
    with pytest.raises(ValueError, match="never ends"):
        parse(".a{color:red")


def test_tokens_are_followed_through_each_other() -> None:
    declared = tokens(parse(":root{--a:var(--b);--b:var(--c, 1px);--c:2px;--d:red}"))
    assert tokens_in_use("x{top:var(--a)}", declared) == {
        "--a": "var(--b)",
        "--b": "var(--c,1px)",
        "--c": "2px",
    }
