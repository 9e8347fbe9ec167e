import type { ClaimEvent, Explanation } from "@/api/types";

export type Fact = Explanation["facts"][number];

export interface Part extends Pick<Explanation["parts"][number], "about" | "asin" | "verdict"> {
  title: string | null;
  claims: Pick<ClaimEvent, "text" | "facts">[];
}

/** The finished parts, or the claims that have come so far. */
export function partsOf(claims: ClaimEvent[], written: Explanation | null): Part[] {
  if (written) return written.parts;
  const abouts = [...new Set(claims.map((claim) => claim.about))];
  return abouts.map((about) => ({
    about,
    title: null,
    asin: null,
    verdict: null,
    claims: claims.filter((claim) => claim.about === about),
  }));
}

/** The facts that a part rests on, in the order in which its claims cite them. */
export function factsOf(part: Part, facts: readonly Fact[]): Fact[] {
  const known = new Map(facts.map((fact) => [fact.id, fact]));
  const cited = new Set(part.claims.flatMap((claim) => claim.facts));
  return [...cited].flatMap((id) => known.get(id) ?? []);
}
