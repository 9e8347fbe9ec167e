import type { ProductView } from "@/api/types";
import { Section } from "@/components/Section";
import { formatShare } from "@/lib/format";

const AMAZON = "ATVPDKIKX0DER";
const MANY = 6;

/** Who held the Buy Box over the last 90 days. */
export function BuyBoxShare({ view }: { view: ProductView }) {
  const shares = view.buy_box_share;
  if (!shares || shares.length === 0) return null;
  const amazon = new Set(
    view.offers?.filter((offer) => offer.is_amazon).map((offer) => offer.seller) ?? [],
  ).add(AMAZON);
  const name = (seller: string | null) => {
    if (seller === null) return "Nobody";
    return amazon.has(seller) ? "Amazon" : `…${seller.slice(-6)}`;
  };
  return (
    <Section title="Buy Box share" aside="90 days">
      <ul>
        {shares.slice(0, MANY).map((share) => (
          <li
            key={share.seller ?? "nobody"}
            className="grid grid-cols-[5rem_minmax(0,1fr)_3rem] items-center gap-2 py-0.5"
          >
            <span className="truncate text-muted" title={share.seller ?? undefined}>
              {name(share.seller)}
            </span>
            <span className="h-1.5 overflow-hidden rounded-full bg-hover" aria-hidden="true">
              <span
                className="block h-full rounded-full bg-muted"
                style={{ width: `${share.share_90 * 100}%` }}
              />
            </span>
            <span className="text-right">{formatShare(share.share_90)}</span>
          </li>
        ))}
      </ul>
    </Section>
  );
}
