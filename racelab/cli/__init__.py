"""The command line: one function for each command, and what they print.

It talks to a lab over HTTP, as any client does, and starts one as a child process. It never imports the live
measurement or the pages.
"""
