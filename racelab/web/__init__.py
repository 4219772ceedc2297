"""The pages and the JSON under /lab: they show what the other rooms measured or explored, and decide nothing.

It also says who may ask, and how errors and headers look. It never imports the commands or Locust.
"""
