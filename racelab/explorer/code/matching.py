"""`match`, if a pattern looks into several objects: part after part, each with its own look, in Python's order.

A pattern with others inside takes its subject apart into variables of ours, and the others are tried on those, from
left to right. Names are bound when all has matched, before the guard is tested; what matched runs at the end.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable

from .emitter import assign, forget, load, located, store
from .functions import Functions
from .patterns import Patterns, captures, is_wildcard, parts_of, picks_items

Statements = list[ast.stmt]


class Matching(Functions):
    """See the module."""

    _variables: list[str]
    """Of ours, for the statement that is being rewritten. They are forgotten before what matched runs."""

    def match_by_parts(self, node: ast.Match) -> Statements:
        """The statement, as several."""
        subject, chosen = self.new_name("subject"), self.new_name("case")
        self._variables = [subject]
        tests: Statements = []
        for number, case in enumerate(node.cases, 1):
            tests += unless(chosen if tests else None, self._case(case, subject, chosen, number), case.pattern)
        variables, self._variables = self._variables, []
        body = self._bodies(node, chosen)
        unset = located(ast.Assign([store(name) for name in variables[1:]], ast.Constant(None)), node)
        return [
            assign(store(subject), self.visit(node.subject), node),
            *([unset] if variables[1:] else []),
            assign(store(chosen), ast.Constant(0), node),
            *tests,
            *forget(variables, node),
            *body,
        ]

    def _variable(self, purpose: str) -> str:
        self._variables.append(self.new_name(purpose))
        return self._variables[-1]

    def _bodies(self, node: ast.Match, chosen: str) -> Statements:
        """What each case does, if it was chosen."""
        made: Statements = []
        for number, case in reversed(list(enumerate(node.cases, 1))):
            is_it = located(ast.Compare(load(chosen), [ast.Eq()], [ast.Constant(number)]), case.pattern)
            made = [located(ast.If(is_it, self.block(case.body), made), case.pattern)]
        return made

    def _case(self, case: ast.match_case, subject: str, chosen: str, number: int) -> Statements:
        names: dict[str, str] = {}
        for node, field in captures(case.pattern):
            name = getattr(node, field)
            if name not in names:
                names[name] = self._variable("captured")
            setattr(node, field, names[name])
        at = case.pattern
        then: Statements = []
        for name, captured in names.items():
            value = located(load(captured), at)
            then += self.bind(located(store(name), at), value, value, located(ast.Pass(), at))
        hit = assign(store(chosen), ast.Constant(number), at)
        then.append(hit if case.guard is None else located(ast.If(self.truth(case.guard), [hit], []), case.guard))
        return self._tried(at, subject, then)

    def _tried(self, pattern: ast.pattern, subject: str, then: Statements) -> Statements:
        """Statements that try a pattern on a variable of ours.

        Args:
            then: what to do if it matches.
        """
        if isinstance(pattern, ast.MatchAs):
            return self._tried_as(pattern, subject, then)
        if Patterns(self.scope, self._scopes).is_seen_whole(pattern):
            return [self._match(pattern, subject, then)]
        if isinstance(pattern, ast.MatchOr):
            return self._tried_or(pattern, subject, then)
        if isinstance(pattern, ast.MatchValue):
            return [located(ast.If(self._equal(pattern, subject), then, []), pattern)]
        if isinstance(pattern, ast.MatchClass):
            return self._tried_class(pattern, subject, then)
        return self._taken_apart(pattern, subject, then)

    def _match(self, pattern: ast.pattern, subject: str, then: Statements) -> ast.stmt:
        looked = self.hook(pattern, "look", load(subject), self.site(pattern, "content"), ast.Constant("?"))
        return located(ast.Match(looked, [ast.match_case(pattern, None, then)]), pattern)

    def _equal(self, pattern: ast.MatchValue, subject: str) -> ast.expr:
        compared = ast.Compare(located(load(subject), pattern), [ast.Eq()], [pattern.value])
        return self.truth(located(compared, pattern.value))

    def _tried_as(self, pattern: ast.MatchAs, subject: str, then: Statements) -> Statements:
        if pattern.name is not None:
            then = [assign(store(pattern.name), load(subject), pattern), *then]
        return then if pattern.pattern is None else self._tried(pattern.pattern, subject, then)

    def _tried_or(self, pattern: ast.MatchOr, subject: str, then: Statements) -> Statements:
        found = self._variable("found")
        made: Statements = [assign(store(found), ast.Constant(False), pattern)]
        for place, each in enumerate(pattern.patterns):
            hit = assign(store(found), ast.Constant(True), each)
            made += unless(found if place else None, self._tried(each, subject, [hit]), each)
        return [*made, located(ast.If(load(found), then, []), pattern)]

    def _tried_class(self, pattern: ast.MatchClass, subject: str, then: Statements) -> Statements:
        parts, found = parts_of(pattern), self._variable("parts")
        names = ast.Tuple([ast.Constant(name) for name in pattern.kwd_attrs], ast.Load())
        kind, count = self.visit(pattern.cls), ast.Constant(len(pattern.patterns))
        call = self.hook(pattern, "class_parts", load(subject), kind, count, names, self.site(pattern, "match"))
        values = [ast.Subscript(load(found), ast.Constant(place), ast.Load()) for place in range(len(parts))]
        matches = located(ast.Compare(load(found), [ast.IsNot()], [ast.Constant(None)]), pattern)
        inner = self._in_order(zip(parts, values, strict=True), then)
        return [assign(store(found), call, pattern), located(ast.If(matches, inner, []), pattern)]

    def _in_order(self, parts: Iterable[tuple[ast.pattern, ast.expr]], then: Statements) -> Statements:
        """Each value is taken when its pattern is about to be tried."""
        for part, value in reversed([each for each in parts if not is_wildcard(each[0])]):
            name = self._variable("part")
            then = [assign(store(name), value, part), *self._tried(part, name, then)]
        return then

    def _taken_apart(self, pattern: ast.pattern, subject: str, then: Statements) -> Statements:
        """A sequence or a mapping: Python unpacks all that is wanted of it, or takes item after item."""
        assert isinstance(pattern, (ast.MatchSequence, ast.MatchMapping))
        parts, each = pattern.patterns, picks_items(pattern)
        wanted = [part for part in parts if not is_wildcard(part) and not isinstance(part, ast.MatchStar)]
        taken = {part: self._variable("part") for part in wanted}
        shape: list[ast.pattern] = [
            part if isinstance(part, ast.MatchStar) else located(ast.MatchAs(None, taken.get(part)), part)
            for part in parts
        ]
        for part in reversed(wanted):
            then = self._tried(part, taken[part], then)
            if each:
                shape[parts.index(part)] = located(ast.MatchAs(), part)
                item = ast.Subscript(located(load(subject), part), ast.Constant(parts.index(part)), ast.Load())
                then = [assign(store(taken[part]), self.visit(located(item, part)), part), *then]
        pattern.patterns = shape
        return [self._match(pattern, subject, then)]


def unless(flag: str | None, statements: Statements, at: ast.AST) -> Statements:
    """Statements that run if a variable of ours is false, or in any case if there is none."""
    if flag is None:
        return statements
    return [located(ast.If(located(ast.UnaryOp(ast.Not(), load(flag)), at), statements, []), at)]
