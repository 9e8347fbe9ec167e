import { getDecisions, getProduct, getRun, previewScan, startScan } from "@/api/endpoints";
import { Problem } from "@/api/problem";
import { isFinal } from "@/api/runs";
import { parseLeads } from "@/lib/leads";

const POLL_MS = 400;

type Found =
  | { kind: "product"; marketplace: string; asin: string }
  | { kind: "waiting"; runId: string };

/**
 * The product behind what was typed: a stored one at once, any other after a scan of one row. The scan
 * is left to itself where it has to wait for tokens.
 */
export async function findProduct(typed: string, marketplace: string): Promise<Found> {
  const leads = parseLeads(typed).slice(0, 1);
  if (leads.length === 0)
    throw notFound("There is no identifier in the search.", "identifier_missing");
  const source = { kind: "leads", leads } as const;
  const preview = await previewScan(source, { marketplace });
  const row = preview.preview[0];
  if (row?.error) throw notFound(row.error.message, row.error.code);
  if (row?.asin && (await isStored(marketplace, row.asin)))
    return { kind: "product", marketplace, asin: row.asin };
  return scanOne(source, marketplace);
}

async function isStored(marketplace: string, asin: string): Promise<boolean> {
  try {
    await getProduct(marketplace, asin, {});
    return true;
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return false;
    throw error;
  }
}

async function scanOne(
  source: { kind: "leads"; leads: ReturnType<typeof parseLeads> },
  marketplace: string,
): Promise<Found> {
  let run = await startScan(source, { marketplace });
  while (!isFinal(run)) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    run = await getRun(run.id);
    if (run.state === "waiting_tokens") return { kind: "waiting", runId: run.id };
  }
  const decided = (await getDecisions({ run_id: run.id }, { limit: 1 })).items[0];
  if (decided?.error) throw notFound(decided.error.message, decided.error.code);
  if (!decided?.asin) {
    const reason = run.error ?? { code: "product_not_found", message: "No product was found." };
    throw notFound(reason.message, reason.code);
  }
  return { kind: "product", marketplace: decided.marketplace ?? marketplace, asin: decided.asin };
}

function notFound(detail: string, code: string): Problem {
  return new Problem({ code, title: "Not found", detail }, 404);
}
