/** The two programs that the bench compares. */

/** The file in the project's folder where the program leaves the milliseconds of user CPU time that it took. */
export const CPU_FILE = "cpu.txt";

const cpuTime = `process.on("exit", () => {
  require("fs").writeFileSync("${CPU_FILE}", String(process.cpuUsage().user / 1000));
});
`;

/** Two resources of this package for each simulated host. */
export const ourProgram = `${cpuTime}const { AuthConfig, TrustedHosts } = require("pulumi-winrm");
for (const [index, port] of JSON.parse(process.env.BENCH_PORTS).entries()) {
  const connection = { host: "127.0.0.1", port, transport: "http", auth: { username: "ops", password: { env: "OPS_PASSWORD" } } };
  new AuthConfig("h" + index, { connection, service: { basic: false, cbtHardeningLevel: "Strict" }, client: { digest: false } });
  new TrustedHosts("h" + index, { connection, entries: ["jump-01"] });
}
`;

/** As many resources that do nothing, written the ordinary way: an object with six methods that Pulumi serialises. */
export const ordinaryProgram = `${cpuTime}const pulumi = require("@pulumi/pulumi");
const provider = {
  async check(olds, news) { return { inputs: news }; },
  async diff(id, olds, news) { return { changes: JSON.stringify(olds.value) !== JSON.stringify(news.value) }; },
  async create(inputs) { return { id: "no-op", outs: inputs }; },
  async read(id, props) { return { id, props }; },
  async update(id, olds, news) { return { outs: news }; },
  async delete() {},
};
class NoOp extends pulumi.dynamic.Resource {
  constructor(name, args) { super(provider, name, args); }
}
for (let index = 0; index < Number(process.env.BENCH_COUNT); index++) new NoOp("r" + index, { value: index });
`;
