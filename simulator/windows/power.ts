/** Restarting Windows: what is lost, and what starts again. */

import type { HostClock } from "../clock";
import type { TaskScheduler } from "./scheduler/scheduler";
import type { WinrmService } from "./winrm-service";

/** The power of one host. A restart takes no time. */
export class Power {
  readonly #listeners: (() => void)[] = [];

  constructor(
    private readonly clock: HostClock,
    private readonly scheduler: TaskScheduler,
    private readonly service: WinrmService,
  ) {}

  /** @param listener is called when the host goes down. */
  onRestart(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** Delays of tasks that have begun are lost, every connection breaks, and the service reads its store. */
  restart(): void {
    this.scheduler.shutdown();
    for (const listener of this.#listeners) listener();
    this.service.hang(0);
    this.service.stop();
    this.service.start();
    this.scheduler.boot();
  }

  /** The same, once so many milliseconds have passed. */
  restartAfter(ms: number): void {
    this.clock.after(ms, () => {
      this.restart();
    });
  }
}
