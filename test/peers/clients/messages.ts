/** Messages for peers that only carry them. */

const CFG = "http://schemas.microsoft.com/wbem/wsman/1/config";
const TRANSFER = "http://schemas.xmlsoap.org/ws/2004/09/transfer";

function message(verb: string, resource: string, body: string): string {
  return (
    '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:w="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd">' +
    `<s:Header><a:Action s:mustUnderstand="true">${TRANSFER}/${verb}</a:Action><a:To>http://windows-host:5985/wsman</a:To>` +
    `<w:ResourceURI s:mustUnderstand="true">${CFG}${resource}</w:ResourceURI><a:MessageID>uuid:11111111-1111-1111-1111-111111111111</a:MessageID>` +
    '<a:ReplyTo><a:Address s:mustUnderstand="true">http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</a:Address></a:ReplyTo>' +
    `<w:OperationTimeout>PT20S</w:OperationTimeout></s:Header><s:Body>${body}</s:Body></s:Envelope>`
  );
}

/** Get of `winrm/config` or a part of it. */
export function getMessage(resource = ""): string {
  return message("Get", resource, "");
}

/** Put of one leaf of `winrm/config/service/auth`. */
export function putServiceAuth(leaf: string, value: string): string {
  const ns = `${CFG}/service/auth`;
  return message("Put", "/service/auth", `<cfg:Auth xmlns:cfg="${ns}"><cfg:${leaf}>${value}</cfg:${leaf}></cfg:Auth>`);
}
