"""How often each page of a site was seen.

Every request calls `view`, in whatever thread serves it. What must never happen: a page was seen twice, and the count
says once; or two visitors are both told that they are number 7.
"""


class Counter:
    def __init__(self):
        self._views = {}

    def view(self, page):
        """Count one more view of a page, and return how many it has had."""
        seen = self._views.get(page, 0) + 1
        self._views[page] = seen
        return seen

    def views(self, page):
        return self._views.get(page, 0)
