"""Run at the end of a month: how many sessions each artist has, in which states, and for how long they ran last."""

import json
import sys
from collections import Counter
from datetime import datetime, timezone

import boto3

wanted = json.load(sys.stdin)
nimble = boto3.client("nimble")
now = datetime.now(timezone.utc)

report = {}
for artist in wanted["artists"]:
    pages = nimble.get_paginator("list_streaming_sessions").paginate(studioId=wanted["studioId"], ownedBy=artist)
    sessions = [session for page in pages for session in page["sessions"]]
    ran = sum(
        (session.get("stoppedAt", now) if session["state"] == "STOPPED" else now).timestamp()
        - session["startedAt"].timestamp()
        for session in sessions
        if session["state"] in ("READY", "STOPPED")
    )
    report[artist] = {"states": Counter(session["state"] for session in sessions), "hours": ran / 3600}

json.dump(report, sys.stdout)
