import { expect, test } from "vitest";
import { httpCommand, httpConfig, MCP_URL, stdioConfig } from "./mcp";

test("a budget is part of what is started", () => {
  const { command, args } = JSON.parse(stdioConfig(200)).mcpServers.arbitragevault;
  expect(command).toBe("uv");
  expect(args.slice(-3)).toEqual(["mcp", "--budget", "200"]);
  expect(httpCommand(200)).toBe("uv run arbitragevault mcp --http --budget 200");
});

test("without a budget nothing is said of one: the server is read-only", () => {
  expect(stdioConfig(0)).not.toContain("budget");
  expect(httpCommand(0)).toBe("uv run arbitragevault mcp --http");
});

test("over HTTP the client needs only the address", () => {
  expect(JSON.parse(httpConfig()).mcpServers.arbitragevault).toEqual({ url: MCP_URL });
});
