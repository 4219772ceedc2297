"""The lab's own managers by name, and every one of them on every scenario.

The only room that knows `buggy`, `fixed` and the fixes by name. It never imports a page or a command.
"""
