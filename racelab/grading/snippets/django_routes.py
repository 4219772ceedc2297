"""The routes of `lab.py check URL` for Django: `path("race/", include("django_routes"))`. For a test server only."""

import os
import time

from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt


def view(request: HttpRequest, step: str) -> JsonResponse:
    seen = dict(request.session.items())  # read first, then do the work of a real view, then write
    time.sleep(min(int(request.GET.get("hold", 0)), 1000) / 1000)
    n, keys = seen.get("n", 0), {}
    if step == "set":
        request.session[request.GET["key"]] = request.GET["value"]
    elif step == "count":
        request.session["n"] = n = n + 1
    elif step == "read":
        keys = {key: value for key, value in seen.items() if isinstance(value, str)}
    elif step == "logout":
        request.session.flush()  # or what your app does at a logout
    return JsonResponse({"n": n, "keys": keys, "worker": os.getpid()})


urlpatterns = [path("<step>", csrf_exempt(view))]
