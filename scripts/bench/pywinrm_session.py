"""Sessions of pywinrm, timed inside this process.

First line on stdin: {"username", "password", "message": xml}; each further line: {"do": "cold" or "warm", "endpoint": url}.
"cold" opens a new session and sends the message, "warm" sends it again on that session.
Each order is answered by one line: {"ms": milliseconds, "cpuMs": of them CPU time of this process}.
"""
import json
import sys
import time

from winrm.protocol import Protocol


def main():
    job = json.loads(sys.stdin.readline())
    print(json.dumps({"ready": True}), flush=True)
    protocol = None
    for line in sys.stdin:
        order = json.loads(line)
        cold = order["do"] == "cold"
        if cold and protocol is not None:
            protocol.transport.session.close()
        cpu = time.process_time()
        started = time.perf_counter()
        if cold:
            protocol = Protocol(
                endpoint=order["endpoint"],
                transport="ntlm",
                username=job["username"],
                password=job["password"],
                message_encryption="always",
            )
        answer = protocol.transport.send_message(job["message"])
        took = {"ms": 1000 * (time.perf_counter() - started), "cpuMs": 1000 * (time.process_time() - cpu)}
        if b"GetResponse" not in answer:
            raise RuntimeError("the answer is none to a Get")
        print(json.dumps(took), flush=True)


main()
