#!/usr/bin/env node
// third-party.mjs notices|sbom: what of others is in Lodger, from the lock files and from what the packages say of themselves, on standard output.
//   notices  THIRD-PARTY-NOTICES.txt: name, version, licence, copyright, and the licence's text where the package has it
//   sbom     the same as CycloneDX 1.6 (JSON), with hashes
// The packages must have been restored, and those of the dashboard installed (scripts/build-dashboard).
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const restored = process.env.NUGET_PACKAGES || path.join(homedir(), ".nuget", "packages");
const dashboard = path.join(root, "src/Lodger.Dashboard");
const read = (file) => readFileSync(file, "utf8").replace(/^\uFEFF/, "").replaceAll("\r\n", "\n");
const json = (file) => JSON.parse(read(file));
const licenceText = (directory) => {
  const name = readdirSync(directory).sort().find((f) => /^licen[cs]e(\.(txt|md))?$/i.test(f));
  return name ? read(path.join(directory, name)).trim() : "";
};
const unescape = (text) => text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"').replaceAll("&#169;", "\u00a9").replaceAll("&amp;", "&").trim();

function nuget() {
  const found = new Map();
  for (const room of ["Cli", "Marketplace"]) {
    for (const [name, entry] of Object.entries(json(path.join(root, `src/Lodger.${room}/packages.lock.json`)).dependencies["net10.0"])) {
      if (entry.type === "Project") continue;
      const directory = path.join(restored, name.toLowerCase(), entry.resolved.toLowerCase());
      const spec = read(path.join(directory, `${name.toLowerCase()}.nuspec`));
      const value = (tag) => unescape(new RegExp(`<${tag}(?:\\s[^>]*)?>([^<]*)</${tag}>`).exec(spec)?.[1] ?? "");
      if (value("developmentDependency") === "true") continue; // Helps to build, is not in what is built.
      const expression = /<license type="expression">([^<]+)</.exec(spec)?.[1];
      found.set(name, {
        name, version: entry.resolved, purl: `pkg:nuget/${name}@${entry.resolved}`, sha512: read(path.join(directory, `${name.toLowerCase()}.${entry.resolved.toLowerCase()}.nupkg.sha512`)),
        licence: expression ?? "", by: value("copyright") || `by ${value("authors")}`, text: licenceText(directory),
      });
    }
  }
  return [...found.values()];
}

// Everything that is not for building alone ends up in the dashboard's bundle.
function npm() {
  return Object.entries(json(path.join(dashboard, "package-lock.json")).packages).filter(([at, entry]) => at !== "" && !entry.dev).map(([at, entry]) => {
    const name = at.replace(/^.*node_modules\//, "");
    return {
      name, version: entry.version, purl: `pkg:npm/${name.replace("@", "%40")}@${entry.version}`, sha512: entry.integrity.replace("sha512-", ""),
      licence: entry.license ?? "", by: "in the dashboard", text: licenceText(path.join(dashboard, at)),
    };
  });
}

if (!existsSync(path.join(dashboard, "node_modules"))) throw new Error("the dashboard's packages are not installed: run scripts/build-dashboard first");
const all = [...nuget(), ...npm()].sort((a, b) => (a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1));
const version = /<Version>([^<]+)</.exec(read(path.join(root, "Directory.Build.props")))[1];
const unlicensed = all.filter((p) => !p.licence && !p.text);
if (unlicensed.length > 0) throw new Error(`no licence is stated by ${unlicensed.map((p) => p.name).join(", ")}`);

switch (process.argv[2]) {
  case "notices":
    console.log("Lodger's packages hold software of others, under the licences named here. Made by scripts/third-party.mjs from the lock files.");
    for (const p of all) {
      console.log(`\n${"=".repeat(80)}\n${p.name} ${p.version}: ${p.licence || "licence below"}\n${p.by}`);
      if (p.text) console.log(`\n${p.text}`);
    }
    break;
  case "sbom":
    console.log(JSON.stringify({
      bomFormat: "CycloneDX", specVersion: "1.6", version: 1,
      metadata: { component: { type: "application", name: "Lodger", version, licenses: [{ license: { id: "MIT" } }] } },
      components: all.map((p) => ({
        type: "library", "bom-ref": p.purl, name: p.name, version: p.version, purl: p.purl, hashes: [{ alg: "SHA-512", content: Buffer.from(p.sha512, "base64").toString("hex") }],
        licenses: [p.licence ? { expression: p.licence } : { license: { name: `${p.name} licence`, text: { content: p.text } } }],
      })),
    }, null, 2));
    break;
  default:
    console.error("usage: third-party.mjs notices|sbom");
    process.exit(2);
}
