"""The patterns of `match`: what they bind, and whether a look at the subject is all that they do."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator


def captures(pattern: ast.pattern) -> Iterator[tuple[ast.MatchAs | ast.MatchStar | ast.MatchMapping, str]]:
    """The parts of a pattern that bind a name, each with the field that holds it."""
    for node in ast.walk(pattern):
        if isinstance(node, (ast.MatchAs, ast.MatchStar)) and node.name is not None:
            yield node, "name"
        elif isinstance(node, ast.MatchMapping) and node.rest is not None:
            yield node, "rest"


def is_seen_whole(pattern: ast.pattern, is_local: Callable[[str], bool]) -> bool:
    """Whether it looks at nothing further in than the content of the subject.

    Args:
        pattern: of a case.
        is_local: whether a name is a function's. Attributes of others, such as `Color.RED`, count as constants.
    """
    if isinstance(pattern, ast.MatchOr):
        return all(is_seen_whole(each, is_local) for each in pattern.patterns)
    if isinstance(pattern, ast.MatchAs) and pattern.pattern is not None:
        return is_seen_whole(pattern.pattern, is_local)
    if isinstance(pattern, (ast.MatchSequence, ast.MatchMapping)):
        keys = pattern.keys if isinstance(pattern, ast.MatchMapping) else []
        return all(is_fixed(key, is_local) for key in keys) and all(
            is_flat(each, is_local) for each in pattern.patterns
        )
    return is_flat(pattern, is_local)


def is_flat(pattern: ast.pattern, is_local: Callable[[str], bool]) -> bool:
    """Whether it looks into nothing: a constant, a name, or the class of the subject."""
    if isinstance(pattern, ast.MatchValue):
        return is_fixed(pattern.value, is_local)
    if isinstance(pattern, ast.MatchClass):
        return not pattern.patterns and not pattern.kwd_patterns
    if isinstance(pattern, ast.MatchAs):
        return pattern.pattern is None or is_flat(pattern.pattern, is_local)
    if isinstance(pattern, ast.MatchOr):
        return all(is_flat(each, is_local) for each in pattern.patterns)
    return isinstance(pattern, (ast.MatchSingleton, ast.MatchStar))


def is_fixed(value: ast.expr, is_local: Callable[[str], bool]) -> bool:
    """Whether a value in a pattern is a constant, or an attribute of something that is no function's."""
    names = [node.id for node in ast.walk(value) if isinstance(node, ast.Name)]
    return not any(is_local(name) for name in names)
