"""How likely a loss is, as far as a count can say."""

from __future__ import annotations

LEAST = 3
"""Fewer things tested without a loss bound nothing: three in as many would still be possible."""
TEN = 10
"""Per cent, from which on no decimals are shown."""


def odds(wrong: int, tested: int) -> str:
    """The share of what was tested; for none, the bound that none in so many gives with 95 % confidence.

    With a true rate p, none in n happens with probability (1 - p)^n. At p = 3/n that is about 5 %.
    """
    if wrong and tested:
        share = 100 * wrong / tested
        return f"{share:.0f} %" if share >= TEN else f"{share:.2g} %"
    return f"under 1 in {tested // 3:,} (95 %)" if tested >= LEAST else ""
