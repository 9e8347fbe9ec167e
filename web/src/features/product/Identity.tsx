import { useState } from "react";
import type { Product } from "@/api/types";
import { Icon } from "@/components/Icon";
import { imageUrl } from "@/lib/amazon";

/** What the product is: picture, title, and the way to Amazon's own page. */
export function Identity({ product }: { product: Product }) {
  return (
    <div className="flex gap-3">
      <ProductImage key={product.asin} image={product.image} />
      <div className="min-w-0">
        <h1
          className="line-clamp-2 text-md md:line-clamp-4 font-semibold"
          title={product.title ?? undefined}
        >
          {product.title ?? product.asin}
        </h1>
        {(product.author ?? product.brand) && (
          <p className="truncate text-muted">{product.author ?? product.brand}</p>
        )}
        <a
          href={product.url}
          target="_blank"
          rel="noreferrer"
          className="mt-0.5 inline-flex items-center gap-1 text-accent hover:underline"
        >
          Amazon <Icon name="external" size={11} />
        </a>
      </div>
    </div>
  );
}

/** The main picture; a plain tile where there is none or it cannot be loaded. */
function ProductImage({ image }: { image: string | null }) {
  const [isBroken, setIsBroken] = useState(false);
  const url = imageUrl(image, 160);
  return (
    <div className="grid h-16 w-14 md:h-24 md:w-20 shrink-0 place-items-center overflow-hidden rounded-md border border-line bg-sunken text-faint">
      {url && !isBroken ? (
        <img
          src={url}
          alt=""
          className="size-full bg-[#ffffff] object-contain"
          onError={() => setIsBroken(true)}
        />
      ) : (
        <Icon name="box" size={24} />
      )}
    </div>
  );
}
