"""The pages and the JSON under /lab: they show results of the other rooms, and decide nothing.

It also says who may ask, and how errors and headers look. It never imports the commands or Locust.
"""
