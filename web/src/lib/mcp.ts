export const MCP_URL = "http://127.0.0.1:8766/mcp";

/** The command that an agent's program starts by itself. */
export function stdioConfig(budget: number): string {
  const args = ["run", "--directory", "PATH_TO_ARBITRAGEVAULT", "arbitragevault", "mcp"];
  return asServer({ command: "uv", args: [...args, ...budgetArgs(budget)] });
}

/** The address of a server that the user starts. */
export function httpConfig(): string {
  return asServer({ url: MCP_URL });
}

/** The command that starts the server that `httpConfig` points at. */
export function httpCommand(budget: number): string {
  return ["uv run arbitragevault mcp --http", ...budgetArgs(budget)].join(" ");
}

/** Without a budget the server is read-only. */
function budgetArgs(budget: number): string[] {
  return budget > 0 ? ["--budget", String(budget)] : [];
}

function asServer(server: object): string {
  return JSON.stringify({ mcpServers: { arbitragevault: server } }, null, 2);
}
