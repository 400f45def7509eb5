"""Sends messages with pywinrm. One JSON object on stdin, one JSON array on stdout.

In:  {"endpoint", "transport", "username", "password", "messages": [xml, ...],
      "ca": path or null, "validation": "validate" or "ignore", "encryption": "auto", "always" or "never",
      "kerberosHost": name or null}
Out: for each message {"xml": text} or {"error": class name, "code": HTTP status or null, "xml": text of a fault,
      "reason": text of an error without a status};
     nothing more is sent after an error that is not a fault.
"""
import json
import sys

from winrm.exceptions import InvalidCredentialsError, WinRMTransportError
from winrm.protocol import Protocol


def text_of(answer):
    return answer.decode("utf-8") if isinstance(answer, bytes) else answer


def main():
    job = json.load(sys.stdin)
    protocol = Protocol(
        endpoint=job["endpoint"],
        transport=job["transport"],
        username=job["username"],
        password=job["password"],
        ca_trust_path=job.get("ca"),
        server_cert_validation=job.get("validation", "validate"),
        message_encryption=job.get("encryption", "auto"),
        kerberos_hostname_override=job.get("kerberosHost"),
    )
    answers = []
    for message in job["messages"]:
        try:
            answers.append({"xml": text_of(protocol.transport.send_message(message))})
        except WinRMTransportError as error:
            answers.append({"error": type(error).__name__, "code": error.code, "xml": text_of(error.response_text)})
            if not error.response_text:
                break
        except InvalidCredentialsError as error:
            answers.append({"error": type(error).__name__, "code": 401, "xml": ""})
            break
        except Exception as error:
            answers.append({"error": type(error).__name__, "code": None, "xml": "", "reason": str(error)})
            break
    json.dump(answers, sys.stdout)


main()
