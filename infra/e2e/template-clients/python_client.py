"""Drives provisioning with the OpenSearch client for Python, as people who have it do. Arguments: the URL, the headers and
the requests as JSON. Prints one answer a line. The client tells a status only when it is an error."""

import json
import sys

from opensearchpy import OpenSearch, TransportError

url, headers, requests = sys.argv[1:]
client = OpenSearch(url, max_retries=0, timeout=120)
workflow_id = ""
for request in json.loads(requests):
    try:
        body = client.transport.perform_request(
            request["method"],
            request["path"].replace("{id}", workflow_id),
            params=request.get("querystring"),
            body=request.get("body"),
            headers=json.loads(headers),
        )
        status = None
    except TransportError as error:
        status, body = error.status_code, error.info
    workflow_id = workflow_id or body["workflow_id"]
    print(json.dumps({"status": status, "body": body}))
