"""One NTLM context of gss-ntlmssp, driven by JSON lines: one request per line on stdin, one answer per line on stdout.

  {"op": "initiate", "user", "domain", "password", "host", "bindings": hex or null}
  {"op": "accept", "bindings": hex or null}        accounts: the file that NTLM_USER_FILE names
  {"op": "step", "token": hex or null, "mic": true to have a MIC sent}             -> {"token": hex or null, "done", "flags", "peer"}
  {"op": "wrap", "data": hex} / {"op": "unwrap", "data": hex}   -> {"data": hex}

A failure of the library is {"error": text}.
"""

import json
import sys

import gssapi
from gssapi.raw import ChannelBindings, acquire_cred_with_password, inquire_sec_context_by_oid

NTLM = gssapi.OID.from_int_seq("1.3.6.1.4.1.311.2.2.10")
SPNEGO_REQUIRE_MIC = gssapi.OID.from_int_seq("1.3.6.1.4.1.7165.655.1.2")
F = gssapi.RequirementFlag
WANTED = F.mutual_authentication | F.confidentiality | F.integrity | F.replay_detection | F.out_of_sequence_detection


def bindings(request):
    given = request.get("bindings")
    return None if given is None else ChannelBindings(application_data=bytes.fromhex(given))


def initiate(request):
    name = gssapi.Name(request["domain"] + "\\" + request["user"], gssapi.NameType.user)
    creds = acquire_cred_with_password(name, request["password"].encode(), usage="initiate", mechs=[NTLM]).creds
    target = gssapi.Name("HTTP@" + request["host"], gssapi.NameType.hostbased_service)
    return gssapi.SecurityContext(
        name=target,
        creds=gssapi.Credentials(creds),
        flags=WANTED,
        mech=NTLM,
        usage="initiate",
        channel_bindings=bindings(request),
    )


def accept(request):
    creds = gssapi.Credentials(usage="accept", mechs=[NTLM])
    return gssapi.SecurityContext(creds=creds, usage="accept", channel_bindings=bindings(request))


def step(context, request):
    given = request.get("token")
    token = context.step(None if given is None else bytes.fromhex(given))
    if given is None and request.get("mic"):
        # gss-ntlmssp sends a MIC only if its caller asks this, which SPNEGO does.
        inquire_sec_context_by_oid(context, SPNEGO_REQUIRE_MIC)
    done = context.complete
    return {
        "token": token.hex() if token else None,
        "done": done,
        "flags": int(context.actual_flags) if done else 0,
        "peer": str(context.initiator_name).rstrip("\0") if done else None,
    }


def answer(context, request):
    op = request["op"]
    if op == "initiate":
        return initiate(request), {}
    if op == "accept":
        return accept(request), {}
    if op == "step":
        return context, step(context, request)
    data = bytes.fromhex(request["data"])
    if op == "wrap":
        return context, {"data": context.wrap(data, True).message.hex()}
    return context, {"data": context.unwrap(data).message.hex()}


def main():
    context = None
    for line in sys.stdin:
        try:
            context, result = answer(context, json.loads(line))
        except gssapi.exceptions.GSSError as error:
            result = {"error": str(error).replace("\0", "")}
        print(json.dumps(result), flush=True)


main()
