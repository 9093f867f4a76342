#!/usr/bin/env node
// third-party.mjs notices|sbom [RID=VERSION]: what of others is in Lodger, from the lock files and from what the packages say of themselves, on standard output.
//   notices  THIRD-PARTY-NOTICES.txt: name, version, licence, copyright, and the licence's text where the package has it
//   sbom     the same as CycloneDX 1.6 (JSON), with hashes
//   RID=VERSION  with the .NET runtime of that version for that kind of machine (linux-x64=10.0.12), which is in the archives, and with the runtime's own notices
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

// Null: it helps to build, and is not in what is built.
function nugetPackage(name, version) {
  const directory = path.join(restored, name.toLowerCase(), version.toLowerCase());
  const spec = read(path.join(directory, `${name.toLowerCase()}.nuspec`));
  const value = (tag) => unescape(new RegExp(`<${tag}(?:\\s[^>]*)?>([^<]*)</${tag}>`).exec(spec)?.[1] ?? "");
  if (value("developmentDependency") === "true") return null;
  const expression = /<license type="expression">([^<]+)</.exec(spec)?.[1];
  return {
    name, version, directory, purl: `pkg:nuget/${name}@${version}`, sha512: read(path.join(directory, `${name.toLowerCase()}.${version.toLowerCase()}.nupkg.sha512`)),
    licence: expression ?? "", by: value("copyright") || `by ${value("authors")}`, text: licenceText(directory),
  };
}

function nuget() {
  const found = new Map();
  for (const room of ["Cli", "Marketplace"]) {
    for (const [name, entry] of Object.entries(json(path.join(root, `src/Lodger.${room}/packages.lock.json`)).dependencies["net10.0"])) {
      if (entry.type === "Project") continue;
      const part = nugetPackage(name, entry.resolved);
      if (part) found.set(name, part);
    }
  }
  return [...found.values()];
}

function runtime(stated) {
  if (!stated) return [];
  const [rid, version] = stated.split("=");
  return ["NETCore", "AspNetCore"].map((kind) => {
    const part = nugetPackage(`Microsoft.${kind}.App.Runtime.${rid}`, version);
    return { ...part, text: `${part.text}\n\n${read(path.join(part.directory, "THIRD-PARTY-NOTICES.TXT")).trim()}` };
  });
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
const all = [...nuget(), ...npm(), ...runtime(process.argv[3])].sort((a, b) => (a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1));
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
    console.error("usage: third-party.mjs notices|sbom [RID=VERSION]");
    process.exit(2);
}
