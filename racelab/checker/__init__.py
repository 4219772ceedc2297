"""The checker: what a correct manager may answer, and the names of what can go wrong.

Pure: histories and snapshots go in, verdicts come out. It imports the standard library and `session_manager.model`, and
never a thread, a clock or chance. Read `history`, then `specification`; `judgement` puts everything together.
"""

from .anomalies import TERMS, Anomaly
from .at_rest import AtRest, RowView
from .counting import Finding, check_increments, check_keys, check_total
from .history import Answer, Operation, SessionView, precedes, refusal_of, validate
from .judgement import CannotTell, judge
from .linearizability import BUDGET, Verdict, check
from .specification import State, step

__all__ = [
    "BUDGET",
    "TERMS",
    "Anomaly",
    "Answer",
    "AtRest",
    "CannotTell",
    "Finding",
    "Operation",
    "RowView",
    "SessionView",
    "State",
    "Verdict",
    "check",
    "check_increments",
    "check_keys",
    "check_total",
    "judge",
    "precedes",
    "refusal_of",
    "step",
    "validate",
]
