"""Side by side with peers, in one run, as ratios: rates differ from machine to machine, ratios hardly do.

Nothing imports this room. It imports `session_manager`, `racelab.server` to start servers, and `racelab.explorer` and
`racelab.checker` to measure them.
"""
