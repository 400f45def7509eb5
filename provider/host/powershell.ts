/**
 * A command line that runs a statement in Windows PowerShell, and ends with 0 or with the HRESULT of what went wrong. Hosts
 * log it: it holds no secret. The statement's texts are quoted by the caller.
 */
export function powershellCommand(statement: string): string {
  const script =
    "$ProgressPreference='SilentlyContinue';$ErrorActionPreference='Stop';" +
    `try{${statement};exit 0}` +
    "catch{$e=$_.Exception;while($e.InnerException){$e=$e.InnerException};$h=$e.HResult;if(!$h){$h=1};exit $h}";
  return `powershell -NoProfile -NonInteractive -EncodedCommand ${Buffer.from(script, "utf16le").toString("base64")}`;
}
