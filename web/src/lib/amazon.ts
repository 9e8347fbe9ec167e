const IMAGE_HOST = "https://m.media-amazon.com/images/I/";

/** The address of a product image at Amazon's image host, scaled to fit a square of `size` pixels. */
export function imageUrl(image: string | null, size: number): string | null {
  if (!image) return null;
  const name = image.split("/").at(-1) ?? "";
  const match = /^([\w+%-]+)(?:\.[\w,]+_)?\.(jpe?g|png|gif|webp)$/i.exec(name);
  return match ? `${IMAGE_HOST}${match[1]}._SL${size}_.${match[2]}` : null;
}
