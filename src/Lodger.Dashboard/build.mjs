// node build.mjs OUT: the dashboard as files that a server can hand out for ever, for their names change with what is in them; index.html names them.
import { build } from "esbuild";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";

const here = import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname);
const out = path.resolve(process.argv[2] ?? path.join(here, "obj/site"));
await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
const { metafile } = await build({
  absWorkingDir: here,
  entryPoints: { app: "src/main.tsx" },
  entryNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
  bundle: true,
  format: "esm",
  target: ["es2022"],
  jsx: "automatic",
  jsxImportSource: "preact",
  minify: true,
  legalComments: "none",
  metafile: true,
  outdir: out,
  logLevel: "warning",
});
const named = (ending) => {
  const found = Object.keys(metafile.outputs).filter((f) => f.endsWith(ending)).map((f) => path.basename(f));
  if (found.length !== 1) throw new Error(`expected one *${ending}, made ${found.join(", ")}`);
  return found[0];
};
const page = (await readFile(path.join(here, "src/index.html"), "utf8")).replace("{script}", named(".js")).replace("{style}", named(".css"));
await writeFile(path.join(out, "icon.svg"), await readFile(path.join(here, "src/icon.svg")));
await writeFile(path.join(out, "index.html"), page);
