import type { ReactNode } from "react";
import type { ProductView } from "@/api/types";
import { Age } from "@/components/Age";
import { Missing } from "@/components/Missing";
import { Section } from "@/components/Section";
import { formatInteger } from "@/lib/format";

/** Codes, category, package and the age of the data. */
export function Facts({ view: { product, market } }: { view: ProductView }) {
  const { sides_mm: sides, weight_grams: weight } = product.package;
  const codes = [...product.eans, ...product.upcs];
  const category = product.category_path.length
    ? product.category_path.map((node) => node.name).join(" › ")
    : product.root_category?.name;
  return (
    <Section title="Product">
      <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1 [&_dd]:text-right [&_dt]:text-muted">
        <Fact name="ASIN">
          <span className="font-mono text-sm select-all">{product.asin}</span>
        </Fact>
        {codes.slice(0, 3).map((code) => (
          <Fact key={code} name={code.length === 12 ? "UPC" : "EAN"}>
            <span className="font-mono text-sm select-all">{code}</span>
          </Fact>
        ))}
        <Fact name="Category">
          {category ? (
            <span title={category}>{product.root_category?.name ?? category}</span>
          ) : (
            <Missing why="Keepa gives no category for this product." />
          )}
        </Fact>
        {product.binding && <Fact name="Binding">{product.binding}</Fact>}
        {product.publication_date && (
          <Fact name="Published">
            <span className="prose-figures">{product.publication_date}</span>
          </Fact>
        )}
        <Fact name="Package">
          {sides ? (
            `${sides.join(" × ")} mm`
          ) : (
            <Missing why="Keepa does not give all three sides of the package." />
          )}
        </Fact>
        <Fact name="Weight">
          {weight === null ? (
            <Missing why="Keepa does not give the weight of the package." />
          ) : (
            `${formatInteger(weight)} g`
          )}
        </Fact>
        {product.variations > 0 && (
          <Fact name="Variations">{formatInteger(product.variations)}</Fact>
        )}
        <Fact name="Observed">
          <Age at={market.observed_at} isLong />
        </Fact>
        <Fact name="Fetched">
          <Age at={market.fetched_at} isLong />
        </Fact>
      </dl>
    </Section>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="col-span-2 grid grid-cols-subgrid">
      <dt>{name}</dt>
      <dd className="min-w-0 truncate">{children}</dd>
    </div>
  );
}
