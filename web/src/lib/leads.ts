import type { LeadInput } from "@/api/types";

const HEADER = /^(identifier|asin|isbn(-?1[03])?|ean|upc|gtin|barcode|code|link|url)s?$/i;
const CURRENCY = /[$€£¥₹]|\b(USD|EUR|GBP|CAD|MXN|JPY|INR)\b/gi;
const AMOUNT = /^\d+([.,]\d+)?$/;
/** A line that starts with a code in one piece: what follows is something else. */
const WHOLE_CODE = /^(\d{9}[\dX]|\d{12,14}|B0[A-Z0-9]{8})\s/i;
/** Digits in groups, as ISBNs and EANs are printed: 8 to 14 of them, the last one perhaps an X. */
const GROUPED_CODE = /^(?:\d[\s-]?){7,13}[\dXx]$/;

/**
 * Leads pasted as text: one per line, an identifier or Amazon link, then optionally the cost and the
 * quantity, parted by tab, comma, semicolon or spaces. A line that is only a header is left out; what
 * cannot be read is kept as it stands, so that the server names what is wrong with it.
 */
export function parseLeads(text: string): LeadInput[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "" && !HEADER.test(cellsOf(line)[0] ?? ""))
    .map((line) => leadOf(cellsOf(line)));
}

function leadOf([identifier = "", cost, quantity]: string[]): LeadInput {
  const lead: LeadInput = { identifier };
  if (cost) lead.cost = normalizeAmount(cost);
  if (quantity && /^\d+$/.test(quantity)) lead.quantity = Number(quantity);
  return lead;
}

function cellsOf(line: string): string[] {
  const separator = ["\t", ";", ","].find((character) => line.includes(character));
  if (separator) return line.split(separator).map((cell) => cell.trim());
  return cellsOfSpaced(line);
}

/** Spaces part a line too, but printed codes have spaces inside: "978 0 593 65503 0 12.50". */
function cellsOfSpaced(line: string): string[] {
  if (WHOLE_CODE.test(line)) return line.split(/\s+/);
  if (GROUPED_CODE.test(line)) return [line];
  const tokens = line.split(/\s+/);
  const last = tokens.at(-1) ?? "";
  const head = tokens.slice(0, -1).join(" ");
  if (GROUPED_CODE.test(head) && isAmount(last)) return [head, last];
  return tokens;
}

function isAmount(text: string): boolean {
  return AMOUNT.test(text.replace(CURRENCY, "").trim());
}

/** An amount without its currency sign and with a decimal point; other text as it stands. */
export function normalizeAmount(text: string): string {
  const bare = text.replace(CURRENCY, "").trim();
  if (/^\d{1,3}(,\d{3})+(\.\d+)?$/.test(bare)) return bare.replace(/,/g, "");
  return AMOUNT.test(bare) ? bare.replace(",", ".") : text;
}
