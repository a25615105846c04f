"""What /usr/bin/aws does, again and again (aws.ts). All that it takes a second to import is imported once; each command
then runs in a process of its own, with an environment of its own, and ends with it."""

import importlib
import json
import os
import sys
import tempfile

import awscli.clidriver


def carry_out(words, env):
    sys.argv = ["aws", *words]
    os.environ.clear()
    os.environ.update(env)
    # The package, but not what is in it, keeps the places of its data in the environment.
    importlib.reload(awscli)
    return awscli.clidriver.main()


def run(words, env):
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as complaint:
        child = os.fork()
        if child == 0:
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.dup2(output.fileno(), 1)
            os.dup2(complaint.fileno(), 2)
            sys.exit(carry_out(words, env))
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        for file in output, complaint:
            file.seek(0)
        return {"code": code, "output": output.read().decode(), "complaint": complaint.read().decode()}


# A child must not read what is for its parent: a line is taken when there is one, and not more than it.
questions = os.fdopen(os.dup(0), "rb", buffering=0)
while line := questions.readline():
    print(json.dumps(run(**json.loads(line))), flush=True)
