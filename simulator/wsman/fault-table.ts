/**
 * The faults that the simulated host knows: codes as in Windows' `wsmerror.h`, texts written for this model. Assumed
 * (fault-texts).
 */

import { FAULT_DETAIL } from "./namespaces";

/** The language of the host's fault texts. Clients must match on codes: both give the same ones. */
export type Language = "en-US" | "de-DE";

/** How one kind of fault looks on the wire. */
export interface FaultKind {
  /** Unsigned WSMan or Win32 code, written in decimal in `f:WSManFault/@Code`. */
  readonly code: number;
  readonly soapCode: "s:Sender" | "s:Receiver" | "s:MustUnderstand";
  /** Qualified with prefix w, a, x or n; the prefix also decides the action of the answer. */
  readonly subcode?: string;
  /** The whole `w:FaultDetail` URI. */
  readonly detail?: string;
  /** `{0}` stands for the parameter: a leaf, a header, a value. */
  readonly text: Readonly<Record<Language, string>>;
}

function sender(code: number, subcode: string, detail: string, text: FaultKind["text"]): FaultKind {
  const base = { code, soapCode: "s:Sender", subcode, text } as const;
  return detail === "" ? base : { ...base, detail: `${FAULT_DETAIL}/${detail}` };
}

/** A text in both languages. */
export function texts(english: string, german: string): FaultKind["text"] {
  return { "en-US": english, "de-DE": german };
}

/** A fault of the component behind a resource. */
export function provider(code: number, text: FaultKind["text"]): FaultKind {
  return { code, soapCode: "s:Receiver", subcode: "w:InternalError", text };
}

/** Every fault that this model can raise, by a readable name. */
export const FAULTS = {
  accessDenied: sender(5, "w:AccessDenied", "", texts("Access is denied.", "Zugriff verweigert.")),
  actionNotSupported: sender(
    2150858771,
    "a:ActionNotSupported",
    "",
    texts("The resource does not support the action {0}.", "Die Ressource unterstützt die Aktion {0} nicht."),
  ),
  invalidResourceUri: sender(
    2150858811,
    "a:DestinationUnreachable",
    "InvalidResourceURI",
    texts("The resource URI {0} is not known here.", "Der Ressourcen-URI {0} ist hier nicht bekannt."),
  ),
  missingResourceUri: sender(
    2150858754,
    "a:DestinationUnreachable",
    "InvalidResourceURI",
    texts("The resource URI is missing.", "Der Ressourcen-URI fehlt."),
  ),
  headerRequired: sender(
    2150858769,
    "a:MessageInformationHeaderRequired",
    "",
    texts("The header {0} is required.", "Die Kopfzeile {0} ist erforderlich."),
  ),
  invalidHeader: sender(
    2150858767,
    "a:InvalidMessageInformationHeader",
    "",
    texts("The header {0} is not valid.", "Die Kopfzeile {0} ist ungültig."),
  ),
  mustUnderstand: {
    code: 2150858768,
    soapCode: "s:MustUnderstand",
    text: texts("The header {0} is not understood.", "Die Kopfzeile {0} wird nicht verstanden."),
  },
  addressingMode: sender(
    2150858818,
    "w:UnsupportedFeature",
    "AddressingMode",
    texts("Only the anonymous address is supported in {0}.", "In {0} wird nur die anonyme Adresse unterstützt."),
  ),
  locale: sender(
    2150858887,
    "w:UnsupportedFeature",
    "Locale",
    texts("The locale must not be mandatory.", "Das Gebietsschema darf nicht zwingend sein."),
  ),
  fragment: sender(
    2150858818,
    "w:UnsupportedFeature",
    "FragmentLevelAccess",
    texts("The resource has no fragment access.", "Die Ressource bietet keinen Fragmentzugriff."),
  ),
  minEnvelope: sender(
    2150858878,
    "w:EncodingLimit",
    "MinimumEnvelopeLimit",
    texts("MaxEnvelopeSize must be at least 8192.", "MaxEnvelopeSize muss mindestens 8192 sein."),
  ),
  envelopeTooLarge: sender(
    2150858790,
    "w:EncodingLimit",
    "MaxEnvelopeSizeExceeded",
    texts("The answer is larger than allowed.", "Die Antwort ist größer als erlaubt."),
  ),
  invalidOptions: sender(
    2150858809,
    "w:InvalidOptions",
    "",
    texts("The option {0} is not known.", "Die Option {0} ist nicht bekannt."),
  ),
  unexpectedSelectors: sender(
    2150858843,
    "w:InvalidSelectors",
    "UnexpectedSelectors",
    texts("The resource takes no selector {0}.", "Die Ressource hat keinen Selektor {0}."),
  ),
  insufficientSelectors: sender(
    2150858842,
    "w:InvalidSelectors",
    "InsufficientSelectors",
    texts("The selector {0} is missing.", "Der Selektor {0} fehlt."),
  ),
  duplicateSelectors: sender(
    2150858847,
    "w:InvalidSelectors",
    "DuplicateSelectors",
    texts("The selector {0} is there twice.", "Der Selektor {0} ist doppelt."),
  ),
  invalidBody: sender(
    2150858791,
    "w:SchemaValidationError",
    "",
    texts("The SOAP body is missing or not valid.", "Der SOAP-Textkörper fehlt oder ist ungültig."),
  ),
  schemaValidation: sender(
    2150858817,
    "w:SchemaValidationError",
    "",
    texts("{0} is not part of the schema.", "{0} ist nicht Teil des Schemas."),
  ),
  invalidNamespace: sender(
    2150858840,
    "x:InvalidRepresentation",
    "InvalidNamespace",
    texts("The namespace of {0} is wrong.", "Der Namespace von {0} ist falsch."),
  ),
  invalidValues: sender(
    2150858838,
    "x:InvalidRepresentation",
    "InvalidValues",
    texts("The value of {0} is not valid.", "Der Wert von {0} ist ungültig."),
  ),
  invalidParameterName: sender(
    2150858837,
    "w:InvalidParameter",
    "InvalidName",
    texts("The method has no parameter {0}.", "Die Methode hat keinen Parameter {0}."),
  ),
  wmiInvalidParameter: provider(
    2150859038,
    texts("The parameter {0} is missing or not valid.", "Der Parameter {0} fehlt oder ist ungültig."),
  ),
  notFound: sender(
    2150858752,
    "a:DestinationUnreachable",
    "ResourceNotFound",
    texts("There is no such resource here.", "Diese Ressource gibt es hier nicht."),
  ),
  alreadyExists: sender(
    2150858803,
    "w:AlreadyExists",
    "",
    texts("The resource exists already.", "Die Ressource ist schon vorhanden."),
  ),
  enumerationMode: sender(
    2150858818,
    "w:UnsupportedFeature",
    "EnumerationMode",
    texts("The enumeration mode is not supported.", "Der Aufzählungsmodus wird nicht unterstützt."),
  ),
  enumerationContext: sender(
    2150858779,
    "n:InvalidEnumerationContext",
    "",
    texts("The enumeration context is not valid.", "Der Aufzählungskontext ist ungültig."),
  ),
  filteringUnsupported: sender(
    2150858776,
    "n:FilteringNotSupported",
    "",
    texts("The resource takes no filter.", "Die Ressource unterstützt keine Filter."),
  ),
  cannotProcessFilter: sender(
    2150858778,
    "n:CannotProcessFilter",
    "",
    texts("The query cannot be processed: {0}.", "Die Abfrage kann nicht verarbeitet werden: {0}."),
  ),
  wmiQueryUri: sender(
    2150859003,
    "a:DestinationUnreachable",
    "InvalidResourceURI",
    texts("A query needs the class * in the resource URI.", "Eine Abfrage braucht die Klasse * im Ressourcen-URI."),
  ),
  wmiSelectors: sender(
    2150859016,
    "w:InvalidSelectors",
    "UnexpectedSelectors",
    texts("Enumerate takes no selector {0}.", "Enumerate hat keinen Selektor {0}."),
  ),
  filterDialect: sender(
    2150858777,
    "n:FilterDialectRequestedUnavailable",
    "",
    texts("The filter dialect {0} is not supported.", "Der Filterdialekt {0} wird nicht unterstützt."),
  ),
  pullParameters: sender(
    2150859181,
    "w:InvalidParameter",
    "",
    texts("The parameters of Pull differ from those of Enumerate.", "Pull hat andere Parameter als Enumerate."),
  ),
  operationsQuota: sender(
    2150859174,
    "w:QuotaLimit",
    "",
    texts("The user has too many operations open.", "Der Benutzer hat zu viele offene Vorgänge."),
  ),
  policyControlled: provider(
    2150858890,
    texts(
      'The setting {0} is controlled by policies. The policy must be "Not Configured" to change it.',
      "Die Einstellung {0} wird durch Richtlinien gesteuert und kann hier nicht geändert werden.",
    ),
  ),
  readOnly: provider(2150859071, texts("{0} can only be read.", "{0} ist schreibgeschützt.")),
  deprecated: provider(2150859182, texts("{0} is no longer in use.", "{0} wird nicht mehr verwendet.")),
  trustedHosts: provider(2150858911, texts("A host name pattern is invalid.", "Ein Hostnamenmuster ist ungültig.")),
  ipFilter: provider(2150858988, texts("The IP filter {0} is invalid.", "Der IP-Filter {0} ist ungültig.")),
  port: provider(2150858972, texts("The port must be 1 to 65535.", "Der Port muss 1 bis 65535 sein.")),
  cbtHardening: provider(2150859192, texts("The CBT hardening level is invalid.", "Die CBT-Schutzstufe ist ungültig.")),
  invalidParameter: sender(87, "w:InvalidParameter", "InvalidValue", texts("{0} is not valid.", "{0} ist ungültig.")),
  shellQuota: sender(
    2150859173,
    "w:QuotaLimit",
    "",
    texts("The user has too many shells open.", "Der Benutzer hat zu viele Shells geöffnet."),
  ),
  shellUsers: sender(
    2150859179,
    "w:QuotaLimit",
    "",
    texts("Too many users have shells open.", "Zu viele Benutzer haben Shells geöffnet."),
  ),
  shellsDisabled: sender(
    2150859180,
    "w:AccessDenied",
    "",
    texts("Remote shells are not allowed on this host.", "Remoteshells sind auf diesem Host nicht zulässig."),
  ),
  codePage: sender(
    2150859072,
    "w:InvalidOptions",
    "",
    texts("The code page {0} is not supported.", "Die Codepage {0} wird nicht unterstützt."),
  ),
  timedOut: {
    code: 2150858793,
    soapCode: "s:Receiver",
    subcode: "w:TimedOut",
    text: texts("The operation did not end in time.", "Der Vorgang wurde nicht rechtzeitig beendet."),
  },
  publicNetwork: provider(
    2150859113,
    texts(
      "The WinRM firewall exception does not work: a network connection of this machine is Public.",
      "Die WinRM-Firewallausnahme ist nicht wirksam: Eine Netzwerkverbindung dieses Computers ist öffentlich.",
    ),
  ),
  differentNamespaces: {
    code: 2150859067,
    soapCode: "s:Sender",
    subcode: "w:InternalError",
    text: texts(
      "The selector __cimnamespace names another namespace than the resource URI.",
      "Der Selektor __cimnamespace nennt einen anderen Namespace als der Ressourcen-URI.",
    ),
  },
  notSupported: provider(50, texts("The request is not supported.", "Die Anforderung wird nicht unterstützt.")),
  securityDescriptor: provider(
    2150859100,
    texts("The security descriptor is invalid.", "Die Sicherheitsbeschreibung ist ungültig."),
  ),
  certMappingLimit: provider(
    2150859091,
    texts("There are too many certificate mappings.", "Es gibt zu viele Zertifikatzuordnungen."),
  ),
  certMappingCredentials: provider(
    2150859092,
    texts(
      "The user name or the password of the certificate mapping is wrong.",
      "Benutzername oder Kennwort der Zertifikatzuordnung ist falsch.",
    ),
  ),
  certMappingUri: provider(
    2150859104,
    texts("The URI of the certificate mapping is invalid.", "Der URI der Zertifikatzuordnung ist ungültig."),
  ),
  certMappingSubject: provider(
    2150859105,
    texts("The subject of the certificate mapping is invalid.", "Der Antragsteller der Zuordnung ist ungültig."),
  ),
  certMappingIssuer: provider(
    2150859106,
    texts(
      "The issuer of the certificate mapping is not in the root or CA store, or cannot sign certificates.",
      "Der Aussteller der Zuordnung fehlt im Zertifikatspeicher oder darf nicht signieren.",
    ),
  ),
  certMappingPasswordLength: provider(
    2150859114,
    texts("The password of the certificate mapping is too long.", "Das Kennwort der Zuordnung ist zu lang."),
  ),
  certMappingPasswordBlank: provider(
    2150859115,
    texts("The password of the certificate mapping is blank.", "Das Kennwort der Zuordnung ist leer."),
  ),
  certMappingTuple: provider(
    2150859116,
    texts("A user name and a password go together.", "Benutzername und Kennwort gehören zusammen."),
  ),
  certMappingKeys: provider(
    2150859122,
    texts("The keys of a certificate mapping cannot change.", "Die Schlüssel einer Zuordnung sind unveränderlich."),
  ),
} as const satisfies Record<string, FaultKind>;

/** The readable name of a fault. */
export type FaultName = keyof typeof FAULTS;
