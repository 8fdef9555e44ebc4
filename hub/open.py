"""/hub/open/<project>: the one address by which pages lead a person to their own sandbox."""

from __future__ import annotations

from jupyterhub.handlers import BaseHandler
from jupyterhub.utils import url_path_join
from tornado import web


class OpenProject(BaseHandler):  # type: ignore[misc]  # JupyterHub has no types
    """Leads to the running sandbox of the project, or to its start."""

    @web.authenticated
    async def get(self, project: str) -> None:
        """Redirect the logged-in person; whether the sandbox opens is decided at its start."""
        user = self.current_user
        if user.spawners.get(project) is not None and user.spawners[project].ready:
            self.redirect(user.server_url(project))
            return
        self.redirect(url_path_join(self.hub.base_url, "spawn", user.escaped_name, project))


HANDLERS = [(r"/open/([a-z0-9-]{1,64})", OpenProject)]
