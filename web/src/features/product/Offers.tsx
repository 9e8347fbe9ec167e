import { useState } from "react";
import type { LiveOffer, ProductView } from "@/api/types";
import { Age } from "@/components/Age";
import { Missing } from "@/components/Missing";
import { Section } from "@/components/Section";
import { cx } from "@/lib/cx";
import { formatInteger, formatMoney, formatSignedMoney, plural } from "@/lib/format";

const FEW = 8;

const CONDITION: Record<string, string> = {
  new: "New",
  used_like_new: "Like new",
  used_very_good: "Very good",
  used_good: "Good",
  used_acceptable: "Acceptable",
};

/** Live offers, cheapest first, each with what a sale at its price would leave. */
export function Offers({ view }: { view: ProductView }) {
  const [isWhole, setIsWhole] = useState(false);
  const { offers, decision } = view;
  if (!offers) {
    return (
      <Section title="Live offers">
        <p className="text-muted">Not fetched. A scan with live offers brings them.</p>
      </Section>
    );
  }
  const shown = isWhole ? offers : offers.slice(0, FEW);
  return (
    <Section title="Live offers" aside={plural(offers.length, "offer")}>
      {offers.length === 0 ? (
        <p className="text-muted">Nobody offers it at the moment.</p>
      ) : (
        <table className="w-full [&_td]:py-0.5 [&_td]:pr-3 [&_td:last-child]:pr-0">
          <thead>
            <tr className="text-left text-xs text-muted [&_th]:pr-3 [&_th]:pb-1 [&_th]:font-medium [&_th:last-child]:pr-0">
              <th scope="col">Condition</th>
              <th scope="col">Seller</th>
              <th scope="col" className="text-right" title="Price with shipping">
                Landed
              </th>
              <th scope="col" className="text-right" title="Your profit from a sale at this price">
                My profit
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map((offer, index) => (
              <OfferRow
                // biome-ignore lint/suspicious/noArrayIndexKey: one seller may have several offers
                key={`${offer.seller}${index}`}
                offer={offer}
                currency={decision.currency}
                hasCost={decision.unit_cost !== null}
              />
            ))}
          </tbody>
        </table>
      )}
      {offers.length > FEW && (
        <button
          type="button"
          className="mt-1 text-accent hover:underline"
          onClick={() => setIsWhole(!isWhole)}
        >
          {isWhole ? "Show fewer" : `Show all ${formatInteger(offers.length)}`}
        </button>
      )}
    </Section>
  );
}

interface OfferRowProps {
  offer: LiveOffer;
  currency: string;
  hasCost: boolean;
}

function OfferRow({ offer, currency, hasCost }: OfferRowProps) {
  const shipping = offer.shipping ? ` + ${formatMoney(offer.shipping, currency)} shipping` : "";
  return (
    <tr className="border-t border-line">
      <td className="whitespace-nowrap">
        {offer.condition ? (CONDITION[offer.condition] ?? offer.condition) : "Other"}
        <span className="ml-1 text-xs text-faint">{offer.channel.toUpperCase()}</span>
      </td>
      <td
        className="max-w-20 truncate"
        title={`${offer.seller}${offer.stock === null ? "" : `, ${offer.stock} in stock`}`}
      >
        {offer.is_amazon ? (
          <b className="font-semibold">Amazon</b>
        ) : (
          <span className="text-muted">…{offer.seller.slice(-5)}</span>
        )}
        <span className="sr-only">
          seen <Age at={offer.last_seen} isLong />
        </span>
      </td>
      <td className="text-right" title={`${formatMoney(offer.price, currency)}${shipping}`}>
        {formatMoney(offer.landed, currency)}
      </td>
      <td
        className={cx(
          "text-right font-medium",
          offer.profit !== null && (offer.profit < 0 ? "text-fail" : "text-pass"),
        )}
      >
        {offer.profit === null ? (
          <Missing
            why={hasCost ? "Price or fees are not known." : "Enter your cost to see the profit."}
          />
        ) : (
          formatSignedMoney(offer.profit, currency)
        )}
      </td>
    </tr>
  );
}
