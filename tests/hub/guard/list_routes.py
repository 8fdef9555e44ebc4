"""Runs in the sandbox environment: prints the pattern of every route that JupyterLab's server answers, as JSON."""

import json
import sys

from jupyter_server.serverapp import ServerApp

EVERYTHING = "{'jupyterlab': True, 'jupyter_lsp': True, 'jupyter_server_terminals': True}"

if __name__ == "__main__":
    app = ServerApp()
    arguments = ["--allow-root", "--ServerApp.token=x", f"--ServerApp.jpserver_extensions={EVERYTHING}"]
    app.initialize(argv=arguments, new_httpserver=False)
    routers = [app.web_app.wildcard_router, *(rule.target for rule in app.web_app.default_router.rules)]
    rules = [rule for router in routers for rule in getattr(router, "rules", [])]
    patterns = {rule.matcher.regex.pattern for rule in rules if hasattr(rule.matcher, "regex")}
    json.dump(sorted(patterns), sys.stdout)
