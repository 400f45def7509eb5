/**
 * Messages as MIT Kerberos 1.20 sealed them, all of the text `<s:Envelope/>`: the stream token of gss_wrap, and what
 * gss_wrap_iov cuts as SSPI does. The keys are gone; only the forms count.
 */
export const PLAIN_LENGTH = "<s:Envelope/>".length;

/** By encryption type, in hex. */
export const RECORDED = {
  "aes256-sha1": {
    stream:
      "050407ff000000000000000015e626d51d4257e208c0579942e8d7e671f0b6a341962fe2231e82742234c3b25e76ddf89b6a12aaba8b62416c85d71308ea4a57f3b7d4ad968bd2b100",
    signature:
      "050407ff0000001c0000000015e626d6c2cafad8a9a1aee046ca477f5407ebb5c4677bf879825aaf9aba332c35f620ec501fdf3fd3d519c591f172cd",
    sealed: "fb2dd32f851e390515bd054a5a",
  },
  "aes128-sha1": {
    stream:
      "050407ff000000000000000017f637a0ed3fc7d697920ae861744e5e5e0dfc0a1979563a5b14d164af42595b37b2bdaecc152ef6786f35b1e1771bbe88610eb989a3d8952387b114e2",
    signature:
      "050407ff0000001c0000000017f637a1d70475bbf99f7d5e7dd3df9e871947d8908f1ab51eee42b5b63434dfe84e10c8f239a84378ae0d15c302245b",
    sealed: "aff0862980b30f958da05ef345",
  },
  "aes128-sha2": {
    stream:
      "050407ff00000000000000003171df3cdf028f3ef4a157ecd33f197fd9a191f2ab0d8af85f8e8db40dff99ee4b7a5a455d220d9787f12aa9d970f76ed4535a34e42252f61608db898340c3196b",
    signature:
      "050407ff00000020000000003171df3d405c42efde96e78b61aeb457672baf032550afc0d879a8f1fd74b34250ad02a82bc49775f84dd2ac88eed527043faf45",
    sealed: "c11c3e0c2ba93b543423317def",
  },
  "aes256-sha2": {
    stream:
      "050407ff0000000000000000335ce8a6b63a755282e4c39bfab0faf9e67815b2b88f519a1f58063a6f20ce1ad6874ff17b5d3612eba18ae37c1f334e1df47b743bc885d0daf5f7261518eef2dca30df160e828149f",
    signature:
      "050407ff0000002800000000335ce8a79bd787f3c89e510111dd54802eb8acff5ab22909c5c508b6cfd371e8f8df76d445281294f42d19d4df4c03925945ff6996eb6fd256590fee",
    sealed: "9d857e471a33a9cf31ec39a5cc",
  },
  "rc4-hmac": {
    stream:
      "603906092a864886f712010202020111001000ffffa969cac35268ac843095a88ffa3b15cb3626479ed1af17ed497ca8f0252760757592f56415ff",
    signature: "603906092a864886f712010202020111001000ffffcffe3d190af2328d50ebc73c3a634862afbe0aedd93d3cfc",
    sealed: "88f1ebbd99956f788f7de7bf3dbe",
  },
} as const satisfies Readonly<Record<string, { stream: string; signature: string; sealed: string }>>;
