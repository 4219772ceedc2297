"""The grader in tests of the reader's own: what the fixture `race` and the mark `race` do."""
