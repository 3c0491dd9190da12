// Runs compiled cases in OPA's JavaScript SDK and compares the results.
//
//   node run.mjs DIR [FILE]      DIR/FILE (cases.json): [{note, wasm, entrypoint, data, input, want, wantsError, sorted}]
//
// `entrypoint` is a name; without one the first is asked. Prints one JSON object: {passed, skipped: [{note, why}], failed: [{note, want, got}]}.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";

const require = createRequire(import.meta.url);
const { loadPolicy } = require("@open-policy-agent/opa-wasm");
// What the SDK can do for a module that needs a built-in from its host.
const table = new URL("./node_modules/@open-policy-agent/opa-wasm/src/builtins/index.js", import.meta.url);
const offered = new Set(Object.keys(require(fileURLToPath(table))));

// What modules print comes by here; standard output is for the summary.
console.log = console.error;
const [, , dir, file = "cases.json"] = process.argv;
const cases = JSON.parse(readFileSync(join(dir, file), "utf8"));
const summary = { passed: 0, skipped: [], failed: [] };

const buffer = (text) => {
  const bytes = new TextEncoder().encode(text);
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
};

// Rows of a result set have no order; `sorted` says that arrays inside them have none either.
const normal = (rows, sorted) => {
  const value = (v) => (sorted && Array.isArray(v) ? [...v].sort(compareText) : v);
  return rows
    .map((row) => Object.fromEntries(Object.entries(row).map(([k, v]) => [k, value(v)])))
    .sort(compareText);
};
const compareText = (a, b) => {
  const [x, y] = [stable(a), stable(b)];
  return x < y ? -1 : x > y ? 1 : 0;
};
const stable = (v) =>
  v && typeof v === "object" && !Array.isArray(v)
    ? `{${Object.keys(v).sort().map((k) => JSON.stringify(k) + ":" + stable(v[k])).join(",")}}`
    : Array.isArray(v)
      ? `[${v.map(stable).join(",")}]`
      : JSON.stringify(v);

// Names that the module needs; read with a bare instance, since the SDK fails only when a missing one is called.
const needed = async (wasm) => {
  const memory = new WebAssembly.Memory({ initial: 5 });
  const stop = () => {
    throw new Error("called while listing built-ins");
  };
  const env = { memory, opa_abort: stop, opa_println: () => {} };
  for (let n = 0; n <= 4; n++) env[`opa_builtin${n}`] = stop;
  const { instance } = await WebAssembly.instantiate(wasm, { env });
  const start = instance.exports.opa_json_dump(instance.exports.builtins());
  const text = new Uint8Array(memory.buffer, start);
  return Object.keys(JSON.parse(new TextDecoder().decode(text.slice(0, text.indexOf(0)))));
};

for (const c of cases) {
  const wasm = readFileSync(join(dir, c.wasm));
  const missing = (await needed(wasm)).filter((name) => !offered.has(name));
  if (missing.length > 0) {
    summary.skipped.push({ note: c.note, why: `the SDK does not offer ${missing.join(", ")}` });
    continue;
  }
  let got;
  try {
    const policy = await loadPolicy(wasm);
    policy.setData(buffer(c.data ?? "{}"));
    got = policy.evaluate(c.input == null ? undefined : buffer(c.input), c.entrypoint ?? 0);
  } catch (error) {
    got = { error: String(error?.message ?? error) };
  }
  const ok = c.wantsError
    ? !Array.isArray(got) && got.error.includes(c.wantsError)
    : Array.isArray(got) && isDeepStrictEqual(normal(got, c.sorted), normal(c.want, c.sorted));
  if (ok) summary.passed += 1;
  else summary.failed.push({ note: c.note, want: c.wantsError ?? c.want, got });
}
process.stdout.write(JSON.stringify(summary));
