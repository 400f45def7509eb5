"""Makes an Active Directory domain of Samba in a folder. stdin, one JSON object:

  {"folder", "realm", "domain", "port", "service": SPN, "user", "upn", "password"}

There are accounts in trouble too, with the same password: disabled, locked, expired, and stale, whose password must be
changed; and one for wrong passwords, "counted".

Afterwards the folder has etc/smb.conf (a KDC on 127.0.0.1:port and nothing else) and service.keytab, with AES keys.
"""

import json
import logging
import os
import secrets
import sys
import time

import ldb
import samba.dckeytab  # noqa: F401  gives Net its export_keytab
from samba.auth import system_session
from samba.credentials import Credentials
from samba.net import Net
from samba.param import LoadParm
from samba.provision import provision
from samba.samdb import SamDB
from samba.dsdb import DS_DOMAIN_FUNCTION_2008_R2

AES_ONLY = "24"
# userAccountControl: NORMAL_ACCOUNT with ACCOUNTDISABLE; the times are FILETIME.
TROUBLES = {
    "disabled": {"userAccountControl": "514"},
    "locked": {"lockoutTime": str((int(time.time()) + 11644473600) * 10**7)},
    "expired": {"accountExpires": "126227808000000000"},
    "stale": {"pwdLastSet": "0"},
}


def made_up():
    return "Aa1!" + secrets.token_urlsafe(24)


def modify(samdb, account, **attributes):
    (found,) = samdb.search(expression="(sAMAccountName=%s)" % account, attrs=["dn"])
    message = ldb.Message()
    message.dn = found.dn
    for name, value in attributes.items():
        name = name.replace("_", "-")
        message[name] = ldb.MessageElement(value, ldb.FLAG_MOD_REPLACE, name)
    samdb.modify(message)


def main():
    wanted = json.load(sys.stdin)
    folder = wanted["folder"]
    provision(
        logging.getLogger("provision"),
        system_session(),
        targetdir=folder,
        realm=wanted["realm"],
        domain=wanted["domain"],
        hostname="dc1",
        hostip="127.0.0.1",
        adminpass=made_up(),
        serverrole="active directory domain controller",
        dns_backend="NONE",
        dom_for_fun_level=DS_DOMAIN_FUNCTION_2008_R2,
        skip_sysvolacl=True,
    )
    smbconf = os.path.join(folder, "etc", "smb.conf")
    with open(smbconf, encoding="utf-8") as file:
        lines = file.read()
    places = {name: os.path.join(folder, "run") for name in ("pid directory", "ncalrpc dir", "winbindd socket directory")}
    settings = {
        **places,
        "server services": "kdc",
        "krb5 port": wanted["port"],
        "kpasswd port": 0,
        "interfaces": "127.0.0.1",
        "bind interfaces only": "yes",
        "log file": os.path.join(folder, "log"),
    }
    with open(smbconf, "w", encoding="utf-8") as file:
        file.write(lines.replace("[global]", "[global]\n" + "".join("\t%s = %s\n" % pair for pair in settings.items()), 1))
    os.makedirs(os.path.join(folder, "run"), exist_ok=True)

    parameters = LoadParm()
    parameters.load(smbconf)
    samdb = SamDB(url=os.path.join(folder, "private", "sam.ldb"), session_info=system_session(), lp=parameters)
    samdb.newuser("websvc", made_up())
    # Without AES named, and a password set afterwards, the account has RC4 keys only.
    modify(samdb, "websvc", servicePrincipalName=wanted["service"], msDS_SupportedEncryptionTypes=AES_ONLY)
    samdb.setpassword("(sAMAccountName=websvc)", made_up())
    samdb.newuser(wanted["user"], wanted["password"])
    modify(samdb, wanted["user"], userPrincipalName=wanted["upn"])
    # Wrong passwords are counted only in a domain that locks accounts.
    message = ldb.Message(ldb.Dn(samdb, samdb.domain_dn()))
    message["lockoutThreshold"] = ldb.MessageElement("20", ldb.FLAG_MOD_REPLACE, "lockoutThreshold")
    samdb.modify(message)
    samdb.newuser("counted", wanted["password"])
    for account, trouble in TROUBLES.items():
        samdb.newuser(account, wanted["password"])
        modify(samdb, account, **trouble)
    credentials = Credentials()
    credentials.guess(parameters)
    keytab = os.path.join(folder, "service.keytab")
    Net(credentials, parameters).export_keytab(keytab=keytab, principal=wanted["service"])


main()
