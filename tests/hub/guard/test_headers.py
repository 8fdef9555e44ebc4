"""What a hostile notebook server may do to the browser that shares its origin with the hub: nothing beyond its own path."""

from __future__ import annotations

import pytest
from multidict import CIMultiDict

from hub.guard import headers

SITE = headers.Site("p-alice", "minimum-incomes", "https://hub.example.org/")
OWN = "jupyterhub-user-p-alice-minimum-incomes"


def test_the_policy_names_the_own_path_and_never_the_whole_origin() -> None:
    directives = dict(part.split(" ", 1) for part in SITE.policy.split("; "))
    own = "https://hub.example.org/user/p-alice/minimum-incomes/"
    assert directives["default-src"] == "'none'"
    assert directives["connect-src"].split()[:2] == [own, own.replace("https", "wss")]
    assert directives["frame-ancestors"] == "'none'"
    assert "allow-downloads" not in directives["sandbox"]
    assert "allow-top-navigation" not in directives["sandbox"]
    assert "'self'" not in SITE.policy
    assert "https://hub.example.org " not in SITE.policy


def test_only_own_cookies_go_in() -> None:
    sent = f"{OWN}=a; {OWN}-oauth-state-x=b; _xsrf=c; jupyterhub-session-id=d; jupyterhub-user-p-alice=e; session=f; x"
    kept = headers.to_server({"Cookie": sent}, SITE)
    assert kept["Cookie"] == f"{OWN}=a; {OWN}-oauth-state-x=b; _xsrf=c; jupyterhub-session-id=d"


def test_no_authority_and_no_packing_goes_in() -> None:
    sent = {
        "Authorization": "token x",
        "Accept-Encoding": "gzip",
        "Cookie": "session=f",
        "Origin": "o",
        "X-Odd": "1",
    }
    assert dict(headers.to_server(sent, SITE)) == {"Origin": "o", "Accept-Encoding": "identity"}


def test_dangerous_answers_lose_their_danger() -> None:
    hostile = CIMultiDict({
        "Content-Type": "text/html", "Service-Worker-Allowed": "/", "Clear-Site-Data": '"*"', "Refresh": "0;url=/hub/",
        "Access-Control-Allow-Origin": "*", "Content-Disposition": "attachment", "Link": "</hub/>; rel=preload",
        "Content-Security-Policy": "default-src *", "Cross-Origin-Opener-Policy": "same-origin",
    })  # fmt: skip
    kept = headers.to_browser(hostile, [], SITE)
    assert dict(kept) == {"Content-Type": "text/html"}


def test_every_answer_is_cut_off_from_windows_of_the_hub_and_the_proxy() -> None:
    kept = headers.own(SITE)
    assert kept["Content-Security-Policy"] == SITE.policy
    # The pair matters: the hub has the first without the second, the proxy's own pages have neither.
    assert kept["Cross-Origin-Opener-Policy"] == "same-origin"
    assert kept["Cross-Origin-Embedder-Policy"] == "require-corp"


def test_headers_too_large_for_the_proxy_are_dropped() -> None:
    hostile = {"ETag": "x" * 257, "Vary": "y" * 256, "Content-Type": ""}
    cookies = [
        f"_xsrf={'z' * 1500}; Path={SITE.prefix}/",
        *[f"_xsrf=z; Path={SITE.prefix}/{n}" for n in range(99)],
    ]
    kept = headers.to_browser(hostile, cookies, SITE)
    assert kept["Vary"] == "y" * 256
    assert "ETag" not in kept
    assert len(kept.getall("Set-Cookie")) == 8
    assert headers.weight(kept) < 1000


@pytest.mark.parametrize(
    "line",
    [
        "jupyterhub-hub-login=x; Path=/user/p-alice/minimum-incomes/",
        "jupyterhub-session-id=x; Path=/user/p-alice/minimum-incomes/",
        f"{OWN}=x; Path=/",
        f"{OWN}=x; Path=/hub/",
        f"{OWN}=x; Path=/user/p-alice/minimum-incomes-2/",
        f"{OWN}=x",
        "_xsrf=x; Path=/",
        "no cookie at all",
        "",
    ],
)
def test_cookies_for_others_are_dropped(line: str) -> None:
    assert headers.cookies_out(line, SITE) == []


def test_own_cookies_keep_their_shields_and_lose_their_domain() -> None:
    line = f'{OWN}="2|1:0|x"; Path=/user/p-alice/minimum-incomes/; Domain=example.org; HttpOnly; SameSite=Lax'
    (kept,) = headers.cookies_out(line, SITE)
    assert kept.startswith(f'{OWN}="2|1:0|x"; HttpOnly; Path=/user/p-alice/minimum-incomes/')
    assert "Domain" not in kept


LOGIN = f"/hub/api/oauth2/authorize?client_id={OWN}&state=x"


@pytest.mark.parametrize(
    "target",
    ["/user/p-alice/minimum-incomes/lab?a=1", "https://hub.example.org/user/p-alice/minimum-incomes/", LOGIN],
)
def test_redirects_home_and_to_the_login_pass(target: str) -> None:
    assert headers.location(target, SITE, visit=True) == target


def test_a_script_is_not_sent_to_the_login_where_it_could_read_the_hubs_answer() -> None:
    assert headers.location(LOGIN, SITE, visit=False) is None


@pytest.mark.parametrize(
    "target",
    [
        "https://elsewhere.example/user/p-alice/minimum-incomes/", "//elsewhere.example/", "/hub/", "/hub/logout",
        "/user/p-bob/minimum-incomes/", "/user/p-alice/minimum-incomes/../../../hub/home", "javascript:alert(1)",
        "http://hub.example.org/user/p-alice/minimum-incomes/", "/\\elsewhere.example", "", "lab",
        "/user/p-alice/minimum-incomes2/", "/user/p-alice/minimum-incomes/%2e%2e/%2E./.%2e/hub/api/user",
        "/user/p-alice/minimum-incomes/.\t./.\t./.\t./hub/home", "/user/p-alice/minimum-incomes/..\\..\\..\\hub",
        " /user/p-alice/minimum-incomes/", "/user/p-alice/minimum-incomes/\r\nX: y",
        "/hub/api/oauth2/authorize?client_id=jupyterhub-user-p-alice-other",
        f"/hub/api/oauth2/authorize?client_id={OWN}&client_id=other", "/hub/api/oauth2/authorize",
    ],
)  # fmt: skip
def test_redirects_elsewhere_do_not(target: str) -> None:
    assert headers.location(target, SITE, visit=True) is None
