"""Asks the services beside `nimble` with boto3: says, as JSON, what they answered."""
import json
import os
import sys

import boto3
from botocore.exceptions import ClientError

given = json.load(sys.stdin)
endpoint = os.environ["AWS_ENDPOINT_URL_STS"]


def client(name, **more):
    return boto3.client(name, endpoint_url=endpoint, **more)


def refusal(name, call):
    one = client(name)
    try:
        call(one)
    except ClientError as error:
        typed = getattr(one.exceptions, error.response["Error"]["Code"], None)
        return {"code": error.response["Error"]["Code"], "typed": typed is not None and isinstance(error, typed)}
    return None


store = client("identitystore")
where = {"IdentityStoreId": given["store"]}
identity = client("sts").get_caller_identity()
pages = store.get_paginator("list_users").paginate(**where, PaginationConfig={"PageSize": 2})
users = [user for page in pages for user in page["Users"]]
ada = [{"AttributePath": "UserName", "AttributeValue": "ada"}]
found = store.list_users(**where, Filters=ada)["Users"]
described = store.describe_user(**where, UserId=found[0]["UserId"])
described.pop("ResponseMetadata")
strange = {"aws_access_key_id": "AKIAAAAAAAAAAAAAAAAA", "aws_secret_access_key": "x"}
try:
    client("sts", **strange).get_caller_identity()
    unknown = None
except ClientError as error:
    unknown = error.response["Error"]["Code"]
print(json.dumps({
    "identity": {name: identity[name] for name in ("Account", "Arn", "UserId")},
    "users": [user["UserName"] for user in users],
    "found": found,
    "described": described,
    "unknown": unknown,
    "refusals": {
        "absent": refusal("identitystore", lambda one: one.describe_user(**where, UserId="x" * 22)),
        "otherStore": refusal("identitystore", lambda one: one.list_users(IdentityStoreId="d-1234567890")),
        "badToken": refusal("identitystore", lambda one: one.list_users(**where, NextToken="x.y")),
    },
}))
