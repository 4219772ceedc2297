"""The instrument: it measures, explores and judges the subject. It calls the managers by
their methods and shares no code with them.

Never imports `app`, Locust or gevent: gevent patches the process and hides the races.
"""
