// Generates src/api/generated from openapi.json. With --check it writes nothing and fails where what is
// there differs from what would be generated.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createClient } from "@hey-api/openapi-ts";

const web = fileURLToPath(new URL("..", import.meta.url));
const target = join(web, "src", "api", "generated");
const isCheck = process.argv.includes("--check");
const output = isCheck ? mkdtempSync(join(tmpdir(), "api-")) : target;

await createClient({
  input: join(web, "openapi.json"),
  output,
  plugins: ["@hey-api/typescript"],
  logs: { level: "silent" },
});

if (isCheck) {
  const contents = (folder) =>
    readdirSync(folder).map((name) => readFileSync(join(folder, name), "utf8"));
  const isSame = contents(output).join() === contents(target).join();
  rmSync(output, { recursive: true });
  if (!isSame) {
    console.error("src/api/generated does not fit openapi.json: run `npm run api`.");
    process.exit(1);
  }
}
