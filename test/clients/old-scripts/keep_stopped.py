"""Run once a day: a stopped session whose termination is near lives on, because starting and stopping it puts the
termination off."""

import json
import sys
from datetime import datetime, timedelta, timezone

import boto3

wanted = json.load(sys.stdin)
studio = {"studioId": wanted["studioId"]}
nimble = boto3.client("nimble")
near = datetime.now(timezone.utc) + timedelta(hours=wanted["hours"])
often = {"Delay": 1, "MaxAttempts": 60}

kept = {}
for page in nimble.get_paginator("list_streaming_sessions").paginate(**studio):
    for session in page["sessions"]:
        if session["state"] != "STOPPED" or "terminateAt" not in session or session["terminateAt"] > near:
            continue
        one = {**studio, "sessionId": session["sessionId"]}
        nimble.start_streaming_session(**one)
        nimble.get_waiter("streaming_session_ready").wait(**one, WaiterConfig=often)
        nimble.stop_streaming_session(**one)
        nimble.get_waiter("streaming_session_stopped").wait(**one, WaiterConfig=often)
        kept[session["sessionId"]] = {
            "before": session["terminateAt"].isoformat(),
            "after": nimble.get_streaming_session(**one)["session"]["terminateAt"].isoformat(),
        }

json.dump(kept, sys.stdout)
