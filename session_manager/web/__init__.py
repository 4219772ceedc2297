"""The subject on the web: its Flask extension, its HTTP API, its settings, its errors as problem+json.

The only room of the subject that knows Flask. It builds the managers and calls them by their methods; no manager, no
database and nothing else below it imports it, and it never imports the lab.
"""
