import type * as pulumi from "@pulumi/pulumi";

/** A plain type whose every part may be an input: a value, a promise or another resource's output. */
export type Inputs<T> = {
  [K in keyof T]: InputOf<T[K]>;
};

/** One value as an input. */
export type InputOf<T> = pulumi.Input<T extends readonly (infer E)[] ? InputOf<E>[] : T extends object ? Inputs<T> : T>;
