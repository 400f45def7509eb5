/** Where the fields of GSSAPI's structures are, on 64-bit machines. */

/** Offsets of the fields after the first, and sizes, of the structures whose packing differs between systems. */
export interface GssLayout {
  /** `gss_OID_desc { OM_uint32 length; void *elements; }` */
  readonly oid: { readonly elements: number; readonly size: number };
  /**
   * `gss_channel_bindings_struct { OM_uint32; gss_buffer_desc initiator_address; OM_uint32; gss_buffer_desc acceptor_address;
   * gss_buffer_desc application_data; }`
   */
  readonly bindings: { readonly data: number; readonly size: number };
}

const NATURAL: GssLayout = { oid: { elements: 8, size: 16 }, bindings: { data: 48, size: 64 } };
const PACKED: GssLayout = { oid: { elements: 4, size: 12 }, bindings: { data: 40, size: 56 } };

/**
 * Apple packs them to 2 bytes on x86_64 ("Compatiblity with MIT Kerberos on the Mac": `#pragma pack(push,2)` in
 * GSS.framework's `gssapi.h`, for `__x86_64__` and older processors, not for `__arm64__`); no other system does. The structures
 * of two fields of 8 bytes are the same either way.
 */
export function gssLayout(platform: NodeJS.Platform, arch: string): GssLayout {
  return platform === "darwin" && arch === "x64" ? PACKED : NATURAL;
}
