"""One GSSAPI context of MIT Kerberos, driven by JSON lines: one request per line on stdin, one answer per line on stdout.

  {"op": "accept", "mech": "krb5" or "spnego", "bindings": hex or null}     keys: the keytab that KRB5_KTNAME names
  {"op": "initiate", "mech", "host", "bindings"}                            tickets: the cache that KRB5CCNAME names
  {"op": "step", "token": hex or null}   -> {"token": hex or null, "done", "flags", "peer"}
  {"op": "wrap", "data": hex}            -> {"data": hex}, a stream token
  {"op": "unwrap", "data": hex}          -> {"data": hex}
  {"op": "wrap_iov", "data"}             -> {"signature", "sealed"}, as an SSPI host cuts it
  {"op": "unwrap_iov", "signature", "sealed"}   -> {"data": hex}

A failure of the library is {"error": text, "token": hex or null}.
"""

import json
import sys

import gssapi
import gssapi.raw
from gssapi.raw import IOV, ChannelBindings, IOVBufferType

MECHS = {
    "krb5": gssapi.OID.from_int_seq("1.2.840.113554.1.2.2"),
    "spnego": gssapi.OID.from_int_seq("1.3.6.1.5.5.2"),
    "ntlm": gssapi.OID.from_int_seq("1.3.6.1.4.1.311.2.2.10"),
}
F = gssapi.RequirementFlag
WANTED = F.mutual_authentication | F.confidentiality | F.integrity | F.replay_detection | F.out_of_sequence_detection


def bindings(request):
    given = request.get("bindings")
    return None if given is None else ChannelBindings(application_data=bytes.fromhex(given))


def accept(request):
    mechs = [MECHS[mech] for mech in request["mechs"]]
    creds = gssapi.Credentials(usage="accept", mechs=mechs)
    return gssapi.SecurityContext(creds=creds, usage="accept", channel_bindings=bindings(request))


def initiate(request):
    target = gssapi.Name("HTTP@" + request["host"], gssapi.NameType.hostbased_service)
    return gssapi.SecurityContext(
        name=target,
        flags=WANTED,
        mech=MECHS[request["mechs"][0]],
        usage="initiate",
        channel_bindings=bindings(request),
    )


def step(context, request):
    given = request.get("token")
    token = context.step(None if given is None else bytes.fromhex(given))
    done = context.complete
    return {
        "token": token.hex() if token else None,
        "done": done,
        "flags": int(context.actual_flags) if done else 0,
        "peer": str(context.initiator_name).rstrip("\0") if done else None,
    }


def wrap_iov(context, data):
    message = IOV(IOVBufferType.header, (IOVBufferType.data, False, data), (IOVBufferType.padding, True), std_layout=False)
    gssapi.raw.wrap_iov(context, message, True)
    padding = message[2].value or b""
    return {"signature": message[0].value.hex(), "sealed": (message[1].value + padding).hex()}


def unwrap_iov(context, request):
    header, data = bytes.fromhex(request["signature"]), bytes.fromhex(request["sealed"])
    message = IOV((IOVBufferType.header, False, header), (IOVBufferType.data, False, data), std_layout=False)
    gssapi.raw.unwrap_iov(context, message)
    return {"data": message[1].value.hex()}


def answer(context, request):
    op = request["op"]
    if op == "initiate":
        return initiate(request), {}
    if op == "accept":
        return accept(request), {}
    if op == "step":
        return context, step(context, request)
    if op == "unwrap_iov":
        return context, unwrap_iov(context, request)
    data = bytes.fromhex(request["data"])
    if op == "wrap":
        return context, {"data": context.wrap(data, True).message.hex()}
    if op == "wrap_iov":
        return context, wrap_iov(context, data)
    return context, {"data": context.unwrap(data).message.hex()}


def main():
    context = None
    for line in sys.stdin:
        try:
            context, result = answer(context, json.loads(line))
        except gssapi.exceptions.GSSError as error:
            token = getattr(error, "token", None)
            result = {"error": str(error).replace("\0", ""), "token": token.hex() if token else None}
        print(json.dumps(result), flush=True)


main()
