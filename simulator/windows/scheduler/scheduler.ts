/**
 * Task Scheduler of one host: registered tasks, and what starts them. When a task starts, as whom, and what a restart does,
 * is assumed (task-first-run, task-account, task-triggers, task-repetition, task-restart, task-info).
 */

import type { HostClock } from "../../clock";
import { readTask, type TaskDefinition, type Trigger, WrongTask } from "./task-xml";

/** HRESULTs of the service. */
export const TASK_ERRORS = {
  fileNotFound: 0x80070002,
  accessDenied: 0x80070005,
  alreadyExists: 0x800700b7,
} as const;
/** The task has not run yet. */
const NEVER_RAN = 0x41303;

/** How the scheduler behaves where Windows' behaviour is only assumed. */
export interface SchedulerOptions {
  /** Milliseconds between a trigger and the start of the program; `never`: nothing ever starts. Default 0. */
  readonly startDelayMs?: number | "never";
  /** The WMI classes are not there, their namespace lets nobody in, or the service is stopped. Default `available`. */
  readonly classes?: "available" | "missing" | "denied" | "stopped";
  /** How a method reports an HRESULT. Default `fault`. */
  readonly reports?: "fault" | "return-value";
  /** Parts of a definition that have no effect. Default none. */
  readonly ignores?: readonly ("second-trigger-of-a-kind" | "repetition" | "boot-trigger")[];
}

/** One start of a task's program. */
export interface TaskRun {
  readonly at: Date;
  readonly name: string;
  readonly programs: readonly (readonly string[])[];
  readonly exitCode: number | undefined;
}

/** What a program leaves behind. */
export type Ran = Pick<TaskRun, "programs" | "exitCode">;

/** A registered task. */
export interface ScheduledTask extends TaskDefinition {
  readonly path: string;
  readonly name: string;
  lastRun: number | undefined;
  lastResult: number;
}

interface Registered extends ScheduledTask {
  readonly pending: Set<() => void>;
}

/** The tasks of one host. Names are compared without regard to case. */
export class TaskScheduler {
  readonly #tasks = new Map<string, Registered>();
  readonly #runs: TaskRun[] = [];

  /** @param execute runs a command line as SYSTEM. */
  constructor(
    private readonly clock: HostClock,
    private readonly execute: (line: string) => Ran,
    readonly options: SchedulerOptions = {},
  ) {}

  /** Every start so far. */
  get runs(): readonly TaskRun[] {
    return this.#runs;
  }

  /** All tasks. */
  get tasks(): readonly ScheduledTask[] {
    return [...this.#tasks.values()];
  }

  /** The task; absent if there is none. */
  task(path: string, name: string): ScheduledTask | undefined {
    return this.#tasks.get(key(path, name));
  }

  /**
   * Registers a task. @param how `force` takes the place of one with that name.
   * @returns an HRESULT; 0 for success.
   */
  register(xml: string, how: { readonly path: string; readonly name: string; readonly force: boolean }): number {
    let definition: TaskDefinition;
    try {
      definition = readTask(xml);
    } catch (error) {
      if (error instanceof WrongTask) return error.code;
      throw error;
    }
    if (this.task(how.path, how.name) !== undefined && !how.force) return TASK_ERRORS.alreadyExists;
    this.delete(how.path, how.name);
    const { path, name } = how;
    const task: Registered = {
      ...definition,
      path,
      name,
      lastRun: undefined,
      lastResult: NEVER_RAN,
      pending: new Set(),
    };
    this.#tasks.set(key(path, name), task);
    this.#fire(task, "registration");
    return 0;
  }

  /** Starts a task on demand. @returns an HRESULT. */
  start(path: string, name: string): number {
    const task = this.#tasks.get(key(path, name));
    if (task === undefined) return TASK_ERRORS.fileNotFound;
    if (!task.onDemand) return TASK_ERRORS.accessDenied;
    this.#plan(task, 0, () => {
      this.#run(task);
    });
    return 0;
  }

  /** Deletes a task; what runs goes on. @returns an HRESULT. */
  delete(path: string, name: string): number {
    const task = this.#tasks.get(key(path, name));
    if (task === undefined) return TASK_ERRORS.fileNotFound;
    for (const cancel of task.pending) cancel();
    this.#tasks.delete(key(path, name));
    return 0;
  }

  /** The host shuts down: delays that have begun are lost. */
  shutdown(): void {
    for (const task of this.#tasks.values()) {
      for (const cancel of task.pending) cancel();
      task.pending.clear();
    }
  }

  /** The host has started. */
  boot(): void {
    for (const task of [...this.#tasks.values()]) this.#fire(task, "boot");
  }

  #fire(task: Registered, kind: Trigger["kind"]): void {
    const { ignores = [] } = this.options;
    if (kind === "boot" && ignores.includes("boot-trigger")) return;
    const triggers = task.triggers.filter((trigger) => trigger.kind === kind);
    for (const trigger of ignores.includes("second-trigger-of-a-kind") ? triggers.slice(0, 1) : triggers) {
      const { delayMs } = trigger;
      const repetition = ignores.includes("repetition") ? undefined : trigger.repetition;
      this.#repeat(
        task,
        delayMs,
        repetition === undefined ? undefined : { ...repetition, until: delayMs + repetition.durationMs },
      );
    }
  }

  #repeat(
    task: Registered,
    atMs: number,
    repetition: { readonly intervalMs: number; readonly until: number } | undefined,
    waitMs = atMs,
  ): void {
    this.#plan(task, waitMs, () => {
      if (repetition !== undefined && atMs + repetition.intervalMs <= repetition.until) {
        this.#repeat(task, atMs + repetition.intervalMs, repetition, repetition.intervalMs);
      }
      this.#run(task);
    });
  }

  #plan(task: Registered, ms: number, run: () => void): void {
    const delay = this.options.startDelayMs ?? 0;
    if (delay === "never") return;
    if (ms + delay === 0) {
      run();
      return;
    }
    const cancel = this.clock.after(ms + delay, () => {
      task.pending.delete(cancel);
      run();
    });
    task.pending.add(cancel);
  }

  #run(task: Registered): void {
    if (!task.enabled || this.#tasks.get(key(task.path, task.name)) !== task) return;
    task.lastRun = this.clock.now();
    // What has begun goes on, also if an action deletes its own task.
    const ran = task.actions.map((line) => this.execute(line));
    task.lastResult = ran.at(-1)?.exitCode ?? 0;
    const programs = ran.flatMap((action) => action.programs);
    this.#runs.push({ at: new Date(task.lastRun), name: task.name, programs, exitCode: task.lastResult });
  }
}

function key(path: string, name: string): string {
  return `${path.replace(/\\*$/, "\\")}${name}`.toLowerCase();
}
