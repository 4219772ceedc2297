"""The step player: a schedule run again, as a page and as JSON."""
