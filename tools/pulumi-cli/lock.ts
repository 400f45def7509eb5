/** One process at a time: a folder is the lock, because creating one is atomic everywhere. */
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

/** A lock folder without a pid file that is older than this was left by a process that died at once. */
const NAMELESS_LOCK_MS = 10_000;
const POLL_MS = 250;

/** How to wait for a lock. */
export interface LockOptions {
  /** Told once, with the holder's process id, when the lock is taken by somebody else. */
  readonly onWait?: (pid: number | undefined) => void;
}

/** Runs an action while holding the lock `path`; waits for another holder, and takes over from a dead one. */
export async function withLock<T>(path: string, action: () => Promise<T>, options: LockOptions = {}): Promise<T> {
  await acquire(path, options);
  const release = (): void => {
    rmSync(path, { recursive: true, force: true });
  };
  process.once("exit", release);
  try {
    return await action();
  } finally {
    process.removeListener("exit", release);
    release();
  }
}

async function acquire(path: string, options: LockOptions): Promise<void> {
  mkdirSync(dirname(path), { recursive: true });
  let told = false;
  while (!tryAcquire(path)) {
    if (isStale(path)) {
      dropStale(path);
      continue;
    }
    if (!told) options.onWait?.(holderOf(path));
    told = true;
    await delay(POLL_MS);
  }
}

function tryAcquire(path: string): boolean {
  try {
    mkdirSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
  writeFileSync(join(path, "pid"), String(process.pid));
  return true;
}

function holderOf(path: string): number | undefined {
  try {
    const pid = Number(readFileSync(join(path, "pid"), "utf8"));
    return Number.isInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}

function isStale(path: string): boolean {
  const pid = holderOf(path);
  if (pid !== undefined) return !isAlive(pid);
  try {
    return Date.now() - statSync(path).mtimeMs > NAMELESS_LOCK_MS;
  } catch {
    return false;
  }
}

/** Moves the folder away first, so that of two processes that see the same dead holder only one removes it. */
function dropStale(path: string): void {
  const aside = `${path}.stale-${process.pid}`;
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  rmSync(aside, { recursive: true, force: true });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
