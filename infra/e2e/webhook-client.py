"""Sends webhooks the way a foreign sender does: hmac and requests. Reads one JSON job from stdin, writes its answers.

Job: {"url", "secret", "sends": [{"body" | "bytes", "id"?, "signature"?: null or text, "cut"?: bool, "chunked"?: bool}],
"workers": int}. `bytes` asks for a JSON body of that size. An answer is {"status", "body"}.
"""
import hashlib
import hmac
import json
import sys
from concurrent.futures import ThreadPoolExecutor

import requests

job = json.load(sys.stdin)


def body_of(send):
    if "bytes" in send:
        return ('{"a":"' + "x" * (send["bytes"] - 8) + '"}').encode()
    return send["body"].encode()


def deliver(send):
    body = body_of(send)
    signed = "sha256=" + hmac.new(job["secret"].encode(), body, hashlib.sha256).hexdigest()
    signature = send.get("signature", signed)
    headers = {"prefer": "wait=60"}
    if signature is not None:
        headers["X-Platform-Webhook-Signature"] = signature[:-2] if send.get("cut") else signature
    if "id" in send:
        headers["X-Platform-Webhook-Id"] = send["id"]
    # A generator has no length, so requests sends chunks.
    parts = (body[at : at + 5] for at in range(0, len(body), 5))
    answer = requests.post(job["url"], data=parts if send.get("chunked") else body, headers=headers, timeout=90)
    return {"status": answer.status_code, "body": answer.json()}


with ThreadPoolExecutor(job.get("workers", 1)) as pool:
    json.dump(list(pool.map(deliver, job["sends"])), sys.stdout)
