"""The patterns of `match`: what they bind, and whether a look at the subject is all that they do."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from .scopes import Kind, Scope, Scopes


def captures(pattern: ast.pattern) -> Iterator[tuple[ast.MatchAs | ast.MatchStar | ast.MatchMapping, str]]:
    """The parts of a pattern that bind a name, in the order in which Python does, each with the field that holds it."""
    for part in parts_of(pattern):
        yield from captures(part)
    if isinstance(pattern, (ast.MatchAs, ast.MatchStar)) and pattern.name is not None:
        yield pattern, "name"
    elif isinstance(pattern, ast.MatchMapping) and pattern.rest is not None:
        yield pattern, "rest"


def is_wildcard(pattern: ast.pattern) -> bool:
    """Whether it is `_` or `*_`."""
    if isinstance(pattern, ast.MatchAs):
        return pattern.pattern is None and pattern.name is None
    return isinstance(pattern, ast.MatchStar) and pattern.name is None


class Patterns:
    """What is known of patterns in one scope.

    Args:
        scope: in which the `match` is. Attributes of what is no function's, such as `Color.RED`, count as constants.
        scopes: of the whole module.
    """

    def __init__(self, scope: Scope, scopes: Scopes) -> None:
        self._scope, self._scopes = scope, scopes

    def is_seen_whole(self, pattern: ast.pattern) -> bool:
        """Whether it looks at nothing further in than the content of the subject."""
        if isinstance(pattern, ast.MatchOr):
            return all(map(self.is_seen_whole, pattern.patterns))
        if isinstance(pattern, ast.MatchAs) and pattern.pattern is not None:
            return self.is_seen_whole(pattern.pattern)
        if isinstance(pattern, (ast.MatchSequence, ast.MatchMapping)):
            return self._has_fixed_keys(pattern) and all(map(self._is_flat, pattern.patterns))
        return self._is_flat(pattern)

    def can_be_split(self, pattern: ast.pattern) -> bool:
        """Whether a pattern, if it looks deeper, can be done part after part."""
        if self.is_seen_whole(pattern):
            return True
        parts = list(parts_of(pattern))
        if isinstance(pattern, ast.MatchMapping) and (pattern.rest or not self._has_fixed_keys(pattern)):
            return False
        if picks_items(pattern) and not all(map(is_wildcard, parts[star_of(parts) :])):
            return False
        return all(map(self.can_be_split, parts))

    def _has_fixed_keys(self, pattern: ast.pattern) -> bool:
        return not isinstance(pattern, ast.MatchMapping) or all(map(self._is_fixed, pattern.keys))

    def _is_flat(self, pattern: ast.pattern) -> bool:
        """Whether it looks into nothing: a constant, a name, or whether the subject is of a class of Python's."""
        if isinstance(pattern, ast.MatchValue):
            return self._is_fixed(pattern.value)
        if isinstance(pattern, ast.MatchClass):
            is_builtin = isinstance(pattern.cls, ast.Name) and self._scopes.is_builtin(pattern.cls.id)
            return is_builtin and not pattern.patterns and not pattern.kwd_patterns
        if isinstance(pattern, ast.MatchAs):
            return pattern.pattern is None or self._is_flat(pattern.pattern)
        if isinstance(pattern, ast.MatchOr):
            return all(map(self._is_flat, pattern.patterns))
        return isinstance(pattern, (ast.MatchSingleton, ast.MatchStar))

    def _is_fixed(self, value: ast.expr) -> bool:
        """Whether a value in a pattern is a constant, or an attribute of something that is no function's."""
        names = [node.id for node in ast.walk(value) if isinstance(node, ast.Name)]
        return all(self._scope.home(self._scope.mangle(name)).kind is Kind.MODULE for name in names)


def parts_of(pattern: ast.pattern) -> list[ast.pattern]:
    """The patterns inside of a pattern, in the order in which Python tries them."""
    if isinstance(pattern, ast.MatchClass):
        return [*pattern.patterns, *pattern.kwd_patterns]
    if isinstance(pattern, (ast.MatchSequence, ast.MatchMapping, ast.MatchOr)):
        return pattern.patterns
    inner = pattern.pattern if isinstance(pattern, ast.MatchAs) else None
    return [] if inner is None else [inner]


def star_of(parts: list[ast.pattern]) -> int:
    """The place of `*_` or `*rest`, or the end if there is none."""
    return next((place for place, part in enumerate(parts) if isinstance(part, ast.MatchStar)), len(parts))


def picks_items(pattern: ast.pattern) -> bool:
    """Whether Python takes the items that it needs one by one: those beside of `*_`. Else it unpacks the subject."""
    if not isinstance(pattern, ast.MatchSequence):
        return False
    return any(isinstance(part, ast.MatchStar) and part.name is None for part in pattern.patterns)
