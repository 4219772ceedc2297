"""Names that nothing has: the nearest known ones, or all of them."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

import click


def near(name: str, names: Iterable[str], most: int = 1) -> str:
    """The question whether a known name was meant, after a space; empty if none is near.

    Args:
        name: as it was typed.
        names: the known ones.
        most: so many are asked for at most.
    """
    close = difflib.get_close_matches(name, names, most)
    return f" Did you mean {' or '.join(close)}?" if close else ""


class Commands(click.Group):
    """A group that answers an unknown command with the nearest ones, or with all if none is near."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is meant, and its arguments; what begins with a dash is an option, which click refuses."""
        name = args[0]
        if not name.startswith("-") and name not in self.commands and not ctx.resilient_parsing:
            said = near(name, self.commands, 3) or f" Choose from:\n{self._choice()}"
            raise click.UsageError(f"There is no command {name!r}.{said}", ctx)
        return super().resolve_command(ctx, args)

    def _choice(self) -> str:
        return "\n".join(f"  {name:8} {command.short_help}" for name, command in sorted(self.commands.items()))
