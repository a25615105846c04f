"""Every command that the AWS CLI has for the services of the model folder, with its flags, as JSON."""

import json

from awscli.clidriver import create_clidriver


def commands_of(service):
    for name, command in create_clidriver().subcommand_table[service].subcommand_table.items():
        if name == "wait":
            for waiter, waiting in command.subcommand_table.items():
                yield f"wait {waiter}", waiting
        else:
            yield name, command


print(
    json.dumps(
        {
            service: {name: [f"--{flag}" for flag in command.arg_table] for name, command in commands_of(service)}
            for service in ["nimble", "atelier"]
        }
    )
)
