"""Extends a session with boto3, by Atelier's own model, as far as it goes: says, as JSON, what was answered."""

import json
import sys

import boto3
from botocore.exceptions import ClientError

given = json.load(sys.stdin)
profile = {"studioId": given["studioId"], "launchProfileId": given["launchProfileId"]}
atelier = boto3.client("atelier")
nimble = boto3.client("nimble")

policy = atelier.put_session_policy(**profile, maxExtensionInMinutes=90, idleStopInMinutes=30)["sessionPolicy"]
created = nimble.create_streaming_session(**profile, ec2InstanceType="local.small")["session"]
session = {"studioId": given["studioId"], "sessionId": created["sessionId"]}
nimble.get_waiter("streaming_session_ready").wait(**session, WaiterConfig={"Delay": 1})

before = atelier.get_streaming_session_end(**session)["streamingSessionEnd"]
once = [
    atelier.extend_streaming_session(**session, extendByInMinutes=60, clientToken="once")["streamingSessionEnd"]
    for _ in range(2)
]
try:
    atelier.extend_streaming_session(**session, extendByInMinutes=31)
    refusal = None
except ClientError as error:
    code = error.response["Error"]["Code"]
    typed = isinstance(error, getattr(atelier.exceptions, code, ()))
    refusal = [code, typed, error.response["context"]["reason"]]

print(
    json.dumps(
        {
            "policy": policy,
            "sessionId": session["sessionId"],
            "minutes": [(end["endsAt"] - before["endsAt"]).total_seconds() / 60 for end in once],
            "left": (before["extendableTo"] - before["endsAt"]).total_seconds() / 60,
            "reason": before["reason"],
            "refusal": refusal,
        }
    )
)
