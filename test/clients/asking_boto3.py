"""boto3 that asks what it is told to (asked.ts): a question on each line of standard input, what it got on a line of
standard output."""

import json
import sys
from datetime import datetime, timezone

import boto3
from botocore import xform_name
from botocore.exceptions import ClientError, WaiterError

nimble = boto3.client("nimble")
questions = map(json.loads, sys.stdin)


def told(value):
    if isinstance(value, datetime):
        return value.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    raise TypeError(type(value))


def say(said):
    print(json.dumps(said, default=told), flush=True)


def call(operation, input):
    try:
        answer = getattr(nimble, xform_name(operation))(**input)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        known = {
            "name": code,
            "typed": isinstance(error, getattr(nimble.exceptions, code, ())),
            "status": error.response["ResponseMetadata"]["HTTPStatusCode"],
        }
        reason = error.response.get("context", {}).get("reason")
        say({"error": {**known, "reason": reason} if reason else known})
    else:
        del answer["ResponseMetadata"]
        say({"answer": answer})


def walk(operation, input, items, id):
    for page in nimble.get_paginator(xform_name(operation)).paginate(**input):
        say({"ids": [item[id] for item in page[items]]})
        next(questions)
    say({})


def wait(waiter, input):
    try:
        nimble.get_waiter(xform_name(waiter)).wait(**input, WaiterConfig={"Delay": 1, "MaxAttempts": 3})
        say({"outcome": "success"})
    except WaiterError as error:
        say({"outcome": "failure" if "terminal failure state" in str(error) else "neither"})


for question in questions:
    {"call": call, "walk": walk, "wait": wait}[question.pop("do")](**question)
