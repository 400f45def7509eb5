/** What many hosts have in common, for people: once, with the hosts it holds for. */

const BY_NUMBER = new Intl.Collator("en", { numeric: true });

/** Items of equal key as one group; those of more hosts first, then by key. The empty name is no host. */
export function grouped<Item extends { readonly host: string }>(items: readonly Item[], keyOf: (item: Item) => string) {
  return [...byKey(items, keyOf)]
    .map(([key, all]) => {
      const hosts = sortedHosts(all.map(({ host }) => host).filter((host) => host !== ""));
      return { key, first: all[0], items: all, hosts };
    })
    .sort((a, b) => b.hosts.length - a.hosts.length || order(a.key, b.key));
}

/** Items of equal key together, in the order in which they came. */
export function byKey<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, [Item, ...Item[]]> {
  const groups = new Map<string, [Item, ...Item[]]>();
  for (const item of items) {
    const key = keyOf(item);
    const known = groups.get(key);
    if (known === undefined) groups.set(key, [item]);
    else known.push(item);
  }
  return groups;
}

/** Host names, each once, web2 before web10. */
export function sortedHosts(hosts: Iterable<string>): string[] {
  return [...new Set(hosts)].sort((a, b) => BY_NUMBER.compare(a, b) || order(a, b));
}

/** How many names a list of at most so many leaves out: ` and 3 more`, or nothing. */
export function more(all: number, most: number): string {
  return all > most ? ` and ${all - most} more` : "";
}

/** A count with its noun: `1 host`, `3 hosts read`. */
export function plural(n: number, noun: string, rest = ""): string {
  return `${n} ${noun}${n === 1 ? "" : "s"}${rest === "" ? "" : ` ${rest}`}`;
}

/** Code-point order, the same on every machine. */
export function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * A sentence about one host as it would be about any: the host's name, with or without its port, is `the host`, and its
 * local account `WEB01\ops` is `.\ops`. Names inside of longer ones stay.
 */
export function withoutHost(text: string, host: string): string {
  const name = host.startsWith("[") || host.split(":").length === 2 ? host.replace(/:\d+$/, "") : host;
  if (name === "") return text;
  const [computer = ""] = name.split(".");
  return text
    .replace(new RegExp(`(?<![\\w.-])${literally(computer)}\\\\(?=\\S)`, "gi"), ".\\")
    .replace(new RegExp(`(?<![\\w.-])${literally(name)}(?::\\d+)?(?![\\w-]|\\.\\w)`, "gi"), "the host");
}

function literally(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}
