/** Shows that long work goes on: a spinner on a terminal, one line every 20 seconds elsewhere. */

const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const SPINNER_MS = 120;
const LINE_MS = 20_000;

/** Where progress is written: `process.stderr`, or anything like it. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** The progress of one piece of work. */
export interface Progress {
  /** Names what is being done from now on, for example `downloading`. */
  phase(name: string): void;
  /** Replaces the detail after the phase, for example `412 of 1250 packages`. */
  detail(text: string): void;
  /** Ends the display and clears the spinner's line. */
  stop(): void;
}

/** Starts the display; `stop()` must be called in the end. */
export function startProgress(stream: ProgressStream = process.stderr): Progress {
  const startedAt = Date.now();
  let phase = "starting";
  let detail = "";
  let frame = 0;
  const text = (): string => `${phase}${detail && `, ${detail}`} (${elapsed(Date.now() - startedAt)})`;
  const draw = (): void => {
    if (stream.isTTY) stream.write(`\r\u001b[K${FRAMES[frame++ % FRAMES.length] ?? ""} ${text()}`);
    else stream.write(`  ${text()}\n`);
  };
  const timer = setInterval(draw, stream.isTTY ? SPINNER_MS : LINE_MS);
  timer.unref();
  return {
    phase(name) {
      phase = name;
      detail = "";
      draw();
    },
    detail(next) {
      detail = next;
    },
    stop() {
      clearInterval(timer);
      if (stream.isTTY) stream.write("\r\u001b[K");
    },
  };
}

/** A duration in minutes and seconds: `4 min 07 s`, or `12 s` below a minute. */
export function elapsed(durationMs: number): string {
  const seconds = Math.floor(durationMs / 1000);
  const rest = String(seconds % 60).padStart(2, "0");
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${rest} s`;
}
