"""Counts views of pages in a module's dictionary."""

_views: dict[str, int] = {}


def view(page: str) -> None:
    _views[page] = _views.get(page, 0) + 1


def views(page: str) -> int:
    return _views.get(page, 0)
