"""Live measurement: the managers of one running app under observation, with its dials, bursts, samples and runs.

It calls the managers by their methods, and takes them from the app that serves them. It never imports the explorer,
the pages or the commands, and no manager by name.
"""
