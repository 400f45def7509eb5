/** Running queries over the instances of a host. */

import {
  associationClasses,
  type ClassName,
  classNamed,
  instancesOf,
  isOfClass,
  referenceTo,
  sameReference,
  type WmiInstance,
  type WmiReference,
  type WmiValue,
  type WmiView,
} from "./instances";
import { type Condition, parsePath, type Query, WqlError } from "./wql";

/** What narrows the walk along associations; names in any case. */
export interface AssociationLimits {
  readonly associationClass?: string | undefined;
  readonly resultClass?: string | undefined;
  /** The property of the association that holds the object that is asked for. */
  readonly role?: string | undefined;
  /** The property that holds the result. */
  readonly resultRole?: string | undefined;
}

/** The result of a query, and the properties that it wants; all of them if absent. */
export interface QueryResult {
  readonly instances: readonly WmiInstance[];
  readonly properties?: readonly string[];
}

/** @throws WqlError for a class or a property that is not there. */
export function runQuery(query: Query, view: WmiView): QueryResult {
  if (query.kind === "select") {
    const { properties, where } = query;
    const all = instancesOf(known(query.className), view);
    for (const property of properties ?? []) if (all[0] !== undefined) valueOf(all[0], property);
    const instances = where === undefined ? all : all.filter((instance) => holds(where, instance));
    return { instances, ...(properties === undefined ? {} : { properties }) };
  }
  const limits = {
    associationClass: query.where["assocclass"],
    resultClass: query.where["resultclass"],
    role: query.where["role"],
    resultRole: query.where["resultrole"],
  };
  if (query.kind === "associators") return { instances: associated(query.of, limits, view) };
  const { resultClass: associationClass, role } = limits;
  return { instances: associations(query.of, { associationClass, role }, view) };
}

/** The instances at the other ends of the object's associations. @throws WqlError for a class that is not there. */
export function associated(of: WmiReference, limits: AssociationLimits, view: WmiView): WmiInstance[] {
  const wanted = limits.resultClass === undefined ? undefined : known(limits.resultClass);
  return associations(of, limits, view).flatMap((association) =>
    Object.entries(association.properties).flatMap(([role, value]) => {
      const other = isReference(value) && !sameReference(value, of) && matches(limits.resultRole, role);
      const found = other ? instanceAt(value, view) : undefined;
      if (found === undefined) return [];
      return wanted === undefined || isOfClass(found.className, wanted) ? [found] : [];
    }),
  );
}

/** The associations that the object is part of. @throws WqlError for a class that is not there. */
export function associations(of: WmiReference, limits: AssociationLimits, view: WmiView): WmiInstance[] {
  known(of.className);
  const classes = limits.associationClass === undefined ? associationClasses() : [known(limits.associationClass)];
  return classes
    .flatMap((name) => instancesOf(name, view))
    .filter(({ properties }) =>
      Object.entries(properties).some(
        ([role, value]) => matches(limits.role, role) && isReference(value) && sameReference(value, of),
      ),
    );
}

/** The instance that a reference finds. */
export function instanceAt(reference: WmiReference, view: WmiView): WmiInstance | undefined {
  const name = classNamed(reference.className);
  if (name === undefined) return undefined;
  return instancesOf(name, view).find((instance) => sameReference(referenceTo(instance), reference));
}

/** True for a value that points at an instance. */
export function isReference(value: WmiValue): value is WmiReference {
  return typeof value === "object";
}

/** The value of a property by name in any case. @throws WqlError if the class has no such property. */
export function valueOf({ properties }: WmiInstance, name: string): { name: string; value: WmiValue } {
  const found = Object.entries(properties).find(([key]) => key.toLowerCase() === name.toLowerCase());
  if (found === undefined) throw new WqlError(`no property ${name}`);
  return { name: found[0], value: found[1] };
}

function matches(wanted: string | undefined, role: string): boolean {
  return wanted === undefined || wanted.toLowerCase() === role.toLowerCase();
}

function known(name: string): ClassName {
  const found = classNamed(name);
  if (found === undefined) throw new WqlError(`no class ${name}`);
  return found;
}

function holds(condition: Condition, instance: WmiInstance): boolean {
  switch (condition.kind) {
    case "and":
      return holds(condition.left, instance) && holds(condition.right, instance);
    case "or":
      return holds(condition.left, instance) || holds(condition.right, instance);
    case "not":
      return !holds(condition.inner, instance);
    case "compare":
      return compares(condition, valueOf(instance, condition.property).value);
  }
}

function compares({ operator, value }: Extract<Condition, { kind: "compare" }>, actual: WmiValue): boolean {
  if (operator === "is") return actual === undefined;
  if (operator === "is-not") return actual !== undefined;
  if (isReference(actual)) {
    const same = typeof value === "string" && sameReference(parsePath(value), actual);
    return operator === "=" ? same : operator === "<>" && !same;
  }
  if (value === undefined) return operator === "=" ? actual === undefined : operator === "<>" && actual !== undefined;
  if (actual === undefined) return false;
  if (operator === "like") return likePattern(String(value)).test(String(actual));
  const order = orderOf(actual, value);
  switch (operator) {
    case "=":
      return order === 0;
    case "<>":
      return order !== 0;
    case "<":
      return order < 0;
    case ">":
      return order > 0;
    case "<=":
      return order <= 0;
    case ">=":
      return order >= 0;
  }
}

/** Texts are compared without regard to case. */
function orderOf(actual: string | number | boolean, value: string | number | boolean): number {
  if (typeof actual === "number") return actual - Number(value);
  const [one, other] = [String(actual).toLowerCase(), String(value).toLowerCase()];
  return one === other ? 0 : one < other ? -1 : 1;
}

function likePattern(pattern: string): RegExp {
  const parts = pattern
    .replace(/[.+^${}()|\\*?]/gu, "\\$&")
    .replaceAll("%", ".*")
    .replaceAll("_", ".");
  return new RegExp(`^${parts}$`, "isu");
}
