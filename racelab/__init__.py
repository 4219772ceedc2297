"""The instrument: what looks at the subject. It knows the managers by their methods and shares none of their bugs.

Never imports `app`, Locust or gevent: gevent patches the process and hides the races.
"""
