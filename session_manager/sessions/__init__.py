"""Web sessions over the fixed managers: what a framework's session needs of its store, each in one atomic step."""
