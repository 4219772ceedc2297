"""The subject on the web: its Flask extensions, its HTTP API, its settings, its errors as problem+json.

The only room of the subject that knows Flask. It builds the managers and calls them by their methods; no manager, no
database and nothing else below it imports it, and it never imports the lab.
"""

from .sessions import OpenSession, Session, list_sessions, log_out_everywhere, session

__all__ = ["OpenSession", "Session", "list_sessions", "log_out_everywhere", "session"]
