import { expect, it } from "vitest";
import { imageUrl } from "./amazon";

it("asks Amazon's image host for a scaled picture", () => {
  expect(imageUrl("51kS6k+vRlL.jpg", 240)).toBe(
    "https://m.media-amazon.com/images/I/51kS6k+vRlL._SL240_.jpg",
  );
  expect(imageUrl("https://m.media-amazon.com/images/I/51k._SL75_.jpg", 240)).toBe(
    "https://m.media-amazon.com/images/I/51k._SL240_.jpg",
  );
});

it("answers null for no picture and for anything that is not one", () => {
  expect(imageUrl(null, 240)).toBeNull();
  expect(imageUrl("javascript:alert(1)", 240)).toBeNull();
});
