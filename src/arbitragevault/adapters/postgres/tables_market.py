"""Market data: what Keepa said of each product. It belongs to nobody and is shared by all.

Data of the sandbox and of Keepa lie side by side and never mix: ``is_sandbox`` is part of every
key.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR

from arbitragevault.adapters.postgres.tables_base import TIME, metadata, one_of

DEPTHS: Final = ("history", "offers")

products = Table(
    "products",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("is_sandbox", Boolean, nullable=False),
    Column("marketplace", Text, nullable=False),
    Column("asin", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("title", Text),
    Column("brand", Text),
    Column("root_category_id", BigInteger),
    Column("facts", LargeBinary, nullable=False),  # what the columns and series do not hold
    Column("observed_at", TIME, nullable=False),  # the instant that Keepa describes
    Column("retrieved_at", TIME),  # when Keepa gave the answer
    Column("fetched_at", TIME, nullable=False),  # when we asked, by our clock
    Column("depth", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),  # of facts and segments
    UniqueConstraint("is_sandbox", "marketplace", "asin"),
    one_of("depth", DEPTHS),
)

product_codes = Table(
    "product_codes",
    metadata,
    Column("is_sandbox", Boolean, nullable=False),
    Column("marketplace", Text, nullable=False),
    Column("code", Text, nullable=False),  # ISBN-13, EAN or UPC
    Column("asins", ARRAY(Text), nullable=False),  # empty: Keepa knows no product with this code
    Column("checked_at", TIME, nullable=False),
    PrimaryKeyConstraint("is_sandbox", "marketplace", "code"),
)

history_segments = Table(
    "history_segments",
    metadata,
    Column("product_id", ForeignKey("products.id", ondelete="CASCADE"), nullable=False),
    Column("year", SmallInteger, nullable=False),
    Column("first_minute", Integer, nullable=False),
    Column("last_minute", Integer, nullable=False),
    Column("points", Integer, nullable=False),
    Column("codec", SmallInteger, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("data", LargeBinary, nullable=False),
    PrimaryKeyConstraint("product_id", "year"),
)

offers_snapshots = Table(
    "offers_snapshots",
    metadata,
    Column("product_id", ForeignKey("products.id", ondelete="CASCADE"), primary_key=True),
    Column("observed_at", TIME, nullable=False),
    Column("data", LargeBinary, nullable=False),
)

product_features = Table(
    "product_features",
    metadata,
    Column(
        "product_id",
        BigInteger,
        ForeignKey("products.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("is_sandbox", Boolean, nullable=False),
    Column("root_category_id", BigInteger),
    Column("title_key", Text(collation="C")),  # case folded: titles sort alike on every server
    Column("sales_rank", BigInteger),
    Column("sales_rank_90", BigInteger),  # time-weighted mean of the last 90 days
    Column("rank_drops_30", Integer),
    Column("sales_per_month", Double),
    Column("price_new", BigInteger),
    Column("price_new_90", BigInteger),
    Column("price_used", BigInteger),
    Column("price_used_90", BigInteger),
    Column("offers_new", Integer),
    Column("offers_used", Integer),
    Column("amazon_in_stock", Boolean),
    Column("amazon_share_90", Double),
    Column("observed_at", TIME, nullable=False),
    Column("version", SmallInteger, nullable=False),  # of the functions that made the row
    # Words of title, brand and author, and the product's codes.
    Column("search", TSVECTOR, nullable=False),
    Index("ix_product_features_search", "search", postgresql_using="gin"),
    Index("ix_product_features_category", "is_sandbox", "root_category_id"),
    Index("ix_product_features_version", "version", "product_id"),
)

FEATURE_SORTS: Final = {
    "sales_rank": product_features.c.sales_rank,
    "sales_per_month": product_features.c.sales_per_month,
    "price_new": product_features.c.price_new,
    "price_used": product_features.c.price_used,
    "amazon_share_90": product_features.c.amazon_share_90,
    "title": product_features.c.title_key,
    "observed_at": product_features.c.observed_at,
}
"""By what stored products can be listed; each has an index that a page is read from in both
directions."""

for _column in FEATURE_SORTS.values():
    Index(
        f"ix_product_features_by_{_column.name}",
        product_features.c.is_sandbox,
        _column,
        product_features.c.product_id,
    )

payloads = Table(
    "payloads",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("is_sandbox", Boolean, nullable=False),
    Column("marketplace", Text, nullable=False),
    Column("request", JSONB, nullable=False),  # what was asked for; without the key
    Column("fetched_at", TIME, nullable=False),
    Column("depth", Text, nullable=False),
    Column("tokens", Integer, nullable=False),
    Column("size_bytes", Integer, nullable=False),  # of the answer, unpacked
    Column("data", LargeBinary, nullable=False),  # the answer as it came, packed
    Index(None, "fetched_at"),
    one_of("depth", DEPTHS),
)
