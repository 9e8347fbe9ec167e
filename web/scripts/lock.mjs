// Writes package-lock.json for what package.json asks for. Run by `npm run lock`.
//
// It works in an empty folder: beside an installed node_modules, npm forgets the packages of other
// platforms. And it keeps addresses out: the registry's are left out by .npmrc, the sponsor pages that
// npm records with each package are dropped here.
import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const web = new URL("..", import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), "lock-"));
try {
  for (const name of ["package.json", "package-lock.json", ".npmrc"]) {
    if (existsSync(join(web, name))) copyFileSync(join(web, name), join(folder, name));
  }
  const npm = spawnSync("npm", ["install", "--package-lock-only"], {
    cwd: folder,
    stdio: "inherit",
    shell: process.platform === "win32",
  });
  if (npm.status !== 0) process.exit(npm.status ?? 1);
  const lock = JSON.parse(readFileSync(join(folder, "package-lock.json"), "utf8"));
  for (const [name, entry] of Object.entries(lock.packages)) {
    delete entry.funding;
    delete entry.resolved;
    const isPinned = entry.version && (entry.integrity || entry.inBundle);
    if (name && !isPinned) throw new Error(`${name} is not pinned.`);
    for (const other of Object.keys(entry.optionalDependencies ?? {})) {
      // A registry that lags behind lacks some platforms, and then `npm ci` fails on all of them.
      if (!lock.packages[`node_modules/${other}`]) throw new Error(`${name} misses ${other}.`);
    }
  }
  writeFileSync(join(web, "package-lock.json"), `${JSON.stringify(lock, null, 2)}\n`);
} finally {
  rmSync(folder, { recursive: true });
}
