"""A client's day (day.ts) in boto3: the morning comes as JSON on standard input, the day goes out on standard output."""

import json
import sys
from datetime import datetime

import boto3
from botocore.exceptions import ClientError

morning = json.load(sys.stdin)
studio = {"studioId": morning["studioId"]}
nimble = boto3.client("nimble")


def refusal(ask, **arguments):
    try:
        ask(**arguments)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        return {
            "name": code,
            "typed": isinstance(error, getattr(nimble.exceptions, code, ())),
            "status": error.response["ResponseMetadata"]["HTTPStatusCode"],
            "reason": error.response.get("context", {}).get("reason"),
        }


def wait(name, **arguments):
    nimble.get_waiter(name).wait(WaiterConfig={"Delay": 1, "MaxAttempts": 60}, **arguments)
    return nimble.get_streaming_session(**arguments)["session"]["state"]


def session_ids(**filters):
    pages = nimble.get_paginator("list_streaming_sessions").paginate(**studio, **filters)
    return [session["sessionId"] for page in pages for session in page["sessions"]]


def with_key(access_key_id, secret_access_key):
    return boto3.client("nimble", aws_access_key_id=access_key_id, aws_secret_access_key=secret_access_key)


studio_ids = [found["studioId"] for page in nimble.get_paginator("list_studios").paginate() for found in page["studios"]]
unknown_studio = refusal(nimble.get_studio, studioId="us-west-2:stid-aaaaaaaaaaaaaaaa")
bad_name = refusal(
    nimble.create_studio, studioName="Not A Name", displayName="x", adminRoleArn="a" * 20, userRoleArn="a" * 20
)
over_quota = refusal(
    nimble.create_launch_profile,
    **studio,
    name="one too many",
    ec2SubnetIds=[],
    launchProfileProtocolVersions=["2021-03-31"],
    studioComponentIds=["any"],
    streamConfiguration={"clipboardMode": "ENABLED", "ec2InstanceTypes": ["g5.xlarge"], "streamingImageIds": ["any"]},
)
stranger = with_key(morning["stranger"]["accessKeyId"], morning["stranger"]["secretAccessKey"])
wrong = with_key(morning["stranger"]["accessKeyId"], "wrong")

asked = {
    **studio,
    "launchProfileId": morning["launchProfileId"],
    "ec2InstanceType": "local.small",
    "tags": {"made": "by boto3"},
    "clientToken": "boto3-1",
}
created = nimble.create_streaming_session(**asked)["session"]
one = {**studio, "sessionId": created["sessionId"]}
same_token = nimble.create_streaming_session(**asked)["session"]["sessionId"]
token_reused = refusal(nimble.create_streaming_session, **{**asked, "tags": {"made": "otherwise"}})
ready = wait("streaming_session_ready", **one)
start_of_ready = refusal(nimble.start_streaming_session, **one)

listed = {
    "ownedBy": session_ids(ownedBy=morning["artist"]),
    "createdBy": session_ids(createdBy=morning["creator"]),
    "sessionIds": session_ids(sessionIds=",".join([created["sessionId"], morning["itsSession"]])),
    "everything": session_ids(),
}

stream = nimble.create_streaming_session_stream(**one, expirationInSeconds=90)["stream"]
nimble.get_waiter("streaming_session_stream_ready").wait(**one, streamId=stream["streamId"])
assert isinstance(stream["expiresAt"], datetime)

arn = created["arn"]
nimble.tag_resource(resourceArn=arn, tags=morning["tags"])
tags = {"created": created["tags"], "tagged": nimble.list_tags_for_resource(resourceArn=arn)["tags"]}
nimble.untag_resource(resourceArn=arn, tagKeys=list(morning["tags"]))
tags["untagged"] = nimble.list_tags_for_resource(resourceArn=arn)["tags"]

states = {"created": created["state"], "ready": ready}
states["stopping"] = nimble.stop_streaming_session(**one)["session"]["state"]
states["stopped"] = wait("streaming_session_stopped", **one)
backups = [
    {"sessionId": backup["sessionId"], "state": backup["state"]}
    for page in nimble.get_paginator("list_streaming_session_backups").paginate(**studio, ownedBy=morning["creator"])
    for backup in page["streamingSessionBackups"]
]
states["starting"] = nimble.start_streaming_session(**one)["session"]["state"]
states["restarted"] = wait("streaming_session_ready", **one)
states["deleting"] = nimble.delete_streaming_session(**one)["session"]["state"]
states["deleted"] = wait("streaming_session_deleted", **one)

json.dump(
    {
        "studioIds": studio_ids,
        "states": states,
        "sessionId": created["sessionId"],
        "sameToken": same_token,
        "listed": listed,
        "stream": {
            "url": stream["url"],
            "secondsToUse": (stream["expiresAt"] - stream["createdAt"]).total_seconds(),
        },
        "backups": backups,
        "tags": tags,
        "refusals": {
            "unknownStudio": unknown_studio,
            "startOfReady": start_of_ready,
            "badName": bad_name,
            "stranger": refusal(stranger.list_studios),
            "overQuota": over_quota,
            "tokenReused": token_reused,
            "wrongSecret": refusal(wrong.list_studios),
        },
    },
    sys.stdout,
)
