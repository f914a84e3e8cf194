"""Reads one event stream to its end with sseclient, and prints its events as JSON: {"event", "id", "data"} each."""
import json
import sys
import urllib.request

from sseclient import SSEClient

with urllib.request.urlopen(sys.argv[1], timeout=300) as response:
    chunks = iter(lambda: response.read1(65536), b"")
    for event in SSEClient(chunks).events():
        print(json.dumps({"event": event.event, "id": event.id, "data": event.data}), flush=True)
