"""Runs command lines in one shell with pywinrm. One JSON object on stdin, one JSON array on stdout.

In:  {"endpoint", "transport", "username", "password", "ca": path or null, "encryption": "auto", "always" or "never",
      "codepage": number, "commands": [[program, argument, ...], ...]}
Out: for each command {"exitCode", "stdout", "stderr"}
"""
import json
import sys

from winrm.protocol import Protocol


def main():
    job = json.load(sys.stdin)
    protocol = Protocol(
        endpoint=job["endpoint"],
        transport=job["transport"],
        username=job["username"],
        password=job["password"],
        ca_trust_path=job.get("ca"),
        message_encryption=job.get("encryption", "auto"),
    )
    shell = protocol.open_shell(codepage=job["codepage"])
    answers = []
    for program, *arguments in job["commands"]:
        command = protocol.run_command(shell, program, arguments)
        stdout, stderr, code = protocol.get_command_output(shell, command)
        protocol.cleanup_command(shell, command)
        answers.append({"exitCode": code, "stdout": stdout.decode("utf-8"), "stderr": stderr.decode("utf-8")})
    protocol.close_shell(shell)
    json.dump(answers, sys.stdout)


main()
