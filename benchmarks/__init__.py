"""Side by side with peers, in one run, as ratios: rates differ from machine to machine, ratios hardly do.

Nothing imports this room but its tests. It imports `session_manager`, `racelab.server` and `tests.engines` to start
servers, and `racelab.explorer`, `racelab.checker` and `racelab.promises` to measure them.
"""
