"""The AWS CLI that asks what it is told to (asked.ts). Its commands are given as a shell would give them, but all to one
process, because starting it takes a second."""

import contextlib
import io
import json
import re
import sys

from awscli.clidriver import create_clidriver
from botocore import xform_name

driver = create_clidriver()
questions = map(json.loads, sys.stdin)
say_on = sys.stdout


def say(said):
    print(json.dumps(said), file=say_on, flush=True)


def options_of(input):
    for name, value in input.items():
        yield f"--{xform_name(name, '-')}"
        yield value if isinstance(value, str) else json.dumps(value)


def command(*words):
    output = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    complaint = io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(complaint):
        code = driver.main(["nimble", *words])
        output.flush()
    return code, output.buffer.getvalue().decode(), complaint.getvalue()


def call(operation, input):
    code, output, complaint = command(xform_name(operation, "-"), *options_of(input))
    if code == 0:
        return say({"answer": json.loads(output or "{}")})
    refused = re.search(r"An error occurred \((\w+)\) when calling the \w+ operation", complaint)
    if not refused:
        raise RuntimeError(f"aws nimble {operation} ended with {code}: {complaint}")
    # The CLI's exit code for what the service has refused, and not for what failed otherwise.
    say({"error": {"name": refused[1], "typed": code == 254}})


def walk(operation, input, items, id):
    token = []
    while True:
        words = [xform_name(operation, "-"), *options_of(input), "--max-items", "100", *token]
        code, output, complaint = command(*words)
        if code != 0:
            raise RuntimeError(f"{words} ended with {code}: {complaint}")
        page = json.loads(output)
        say({"ids": [item[id] for item in page[items]]})
        next(questions)
        if "NextToken" not in page:
            return say({})
        token = ["--starting-token", page["NextToken"]]


def wait(waiter, input):
    code, _, complaint = command("wait", xform_name(waiter, "-"), *options_of(input))
    failed = "terminal failure state" in complaint
    say({"outcome": "success" if code == 0 else "failure" if failed else "neither"})


for question in questions:
    {"call": call, "walk": walk, "wait": wait}[question.pop("do")](**question)
