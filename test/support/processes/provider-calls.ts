/** A resource's provider as the engine and the SDK's server use it, with the state that the engine would keep. */
import { createRequire } from "node:module";
import type * as dynamic from "@pulumi/pulumi/dynamic";
import type { CheckRequest } from "@pulumi/pulumi/proto/provider_pb";
import { isDeepStrictEqual } from "node:util";

export type Wire = Record<string, unknown>;
export type Provider = Required<dynamic.ResourceProvider<Wire, Wire>>;

type StructMessage = NonNullable<Parameters<CheckRequest["setNews"]>[0]>;
interface StructClass {
  fromJavaScript(value: object): StructMessage;
}

const sdkRequire = createRequire(require.resolve("@pulumi/pulumi/package.json"));
export const { Struct } = sdkRequire("google-protobuf/google/protobuf/struct_pb.js") as { Struct: StructClass };

/** What is left of a value after the trip through google.protobuf.Struct; throws where the SDK's server would. */
export function overTheWire(value: object): Wire {
  return Struct.fromJavaScript(value).toJavaScript();
}

/** An error that keeps the resource, as create and update throw it. */
export interface InitFailure extends Error {
  readonly id: string;
  readonly properties: Wire;
  readonly reasons: string[];
}

export function isInitFailure(thrown: unknown): thrown is InitFailure {
  return thrown instanceof Error && "id" in thrown && "reasons" in thrown;
}

/** What `up` did. */
export type Step = "created" | "updated" | "unchanged" | "replaced";

/** One resource in one stack. Every operation may run in another provider process. */
export class DeployedResource {
  id: string | undefined;
  inputs: Wire = {};
  outputs: Wire = {};
  initErrors: string[] = [];

  constructor(
    readonly name: string,
    readonly text = `exports.handler=()=>require("pulumi-winrm/runtime").AuthConfig;`,
  ) {}

  get urn(): string {
    return `urn:pulumi:dev::proj::pulumi-nodejs:dynamic/winrm:AuthConfig::${this.name}`;
  }

  /** `check` as registration calls it. */
  async check(provider: Provider, args: object): Promise<{ inputs: Wire; failures: dynamic.CheckFailure[] }> {
    const news = overTheWire({ ...args, __provider: this.text, __urn: this.urn });
    const result = await provider.check({ ...this.inputs }, news);
    const inputs = overTheWire({ ...(result.inputs as Wire), __provider: this.text });
    return { inputs, failures: result.failures ?? [] };
  }

  /** `check`, `diff`, and what follows from them. Throws what the operation throws, after noting what the engine notes. */
  async up(provider: Provider, args: object): Promise<Step> {
    const { inputs: news, failures } = await this.check(provider, args);
    if (failures.length > 0) throw new Error(JSON.stringify(failures));
    if (this.id === undefined) {
      await this.#create(provider, news);
      return "created";
    }
    const verdict = await this.diff(provider, news);
    if (verdict === "replaced") {
      await this.destroy(provider);
      await this.#create(provider, news);
      return "replaced";
    }
    if (verdict === "unchanged" && this.initErrors.length === 0) {
      this.inputs = news;
      return "unchanged";
    }
    await this.#update(provider, news);
    return "updated";
  }

  /** The engine's verdict on checked inputs. */
  async diff(provider: Provider, news: Wire): Promise<Step> {
    const result = await provider.diff(this.id ?? "", overTheWire(this.outputs), overTheWire(news));
    if (result.replaces !== undefined && result.replaces.length > 0) return "replaced";
    const changes = result.changes ?? !isDeepStrictEqual(this.inputs, news);
    return changes ? "updated" : "unchanged";
  }

  async refresh(provider: Provider): Promise<void> {
    const result = await provider.read(this.id ?? "", overTheWire(this.outputs));
    if (result.id === undefined || result.id === "") throw new Error("the engine takes the resource for deleted");
    this.outputs = overTheWire({ ...result.props, __provider: this.text });
    if (result.inputs !== undefined) this.inputs = overTheWire({ ...result.inputs, __provider: this.text });
    this.initErrors = [];
  }

  async destroy(provider: Provider): Promise<void> {
    await provider.delete(this.id ?? "", overTheWire(this.outputs));
    this.id = undefined;
    this.inputs = {};
    this.outputs = {};
    this.initErrors = [];
  }

  async #create(provider: Provider, news: Wire): Promise<void> {
    try {
      const { id, outs } = await provider.create(overTheWire(news));
      this.id = id;
      this.outputs = overTheWire({ ...outs, __provider: this.text });
      this.inputs = news;
    } catch (error) {
      if (isInitFailure(error)) {
        this.inputs = news;
        this.#keep(error);
      }
      throw error;
    }
  }

  async #update(provider: Provider, news: Wire): Promise<void> {
    try {
      const { outs } = await provider.update(this.id ?? "", overTheWire(this.outputs), overTheWire(news));
      this.outputs = overTheWire({ ...outs, __provider: this.text });
      this.inputs = news;
      this.initErrors = [];
    } catch (error) {
      // A failed update keeps the old inputs.
      if (isInitFailure(error)) this.#keep(error);
      throw error;
    }
  }

  #keep(failure: InitFailure): void {
    this.id = failure.id;
    this.outputs = overTheWire(failure.properties);
    this.initErrors = failure.reasons;
  }
}
