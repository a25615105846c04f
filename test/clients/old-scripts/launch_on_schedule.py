"""Run by a calendar's event: a workstation is ready for every artist when the day begins.

An event may be delivered twice. Its client token says which one it is, so that the second delivery makes nothing.
"""

import hashlib
import json
import sys

import boto3

event = json.load(sys.stdin)
studio = {"studioId": event["studioId"]}
nimble = boto3.client("nimble")


def profile_called(name):
    pages = nimble.get_paginator("list_launch_profiles").paginate(**studio, states=["READY"])
    return next(profile for page in pages for profile in page["launchProfiles"] if profile["name"] == name)


profile = profile_called(event["launchProfile"])["launchProfileId"]
launched = {}
for artist in event["artists"]:
    session = nimble.create_streaming_session(
        **studio,
        clientToken=hashlib.sha256(f"{event['id']} {artist}".encode()).hexdigest(),
        launchProfileId=profile,
        ownedBy=artist,
        tags={"event": event["id"]},
    )["session"]
    launched[artist] = session["sessionId"]

json.dump(launched, sys.stdout)
