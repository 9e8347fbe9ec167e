"""A database's schema as text, from its catalogue, so that two can be compared line by line."""

from __future__ import annotations

from difflib import unified_diff
from typing import Final

from arbitragevault.adapters.postgres.driver import connected

_LINES: Final = """
SELECT format('table %s', c.relname)
       || CASE WHEN c.relrowsecurity THEN ' row security' ELSE '' END
       || CASE WHEN c.relforcerowsecurity THEN ' forced' ELSE '' END AS line
  FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
UNION ALL
SELECT format('table %s column %s %s', c.relname, a.attname,
              format_type(a.atttypid, a.atttypmod))
       || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
       || CASE a.attidentity WHEN '' THEN '' ELSE ' identity' END
       || CASE WHEN d.adbin IS NULL THEN ''
               WHEN a.attgenerated <> '' THEN ' generated ' || pg_get_expr(d.adbin, d.adrelid)
               ELSE ' default ' || pg_get_expr(d.adbin, d.adrelid) END
       || CASE WHEN a.attcollation <> t.typcollation
               THEN (SELECT ' collate ' || collname FROM pg_collation WHERE oid = a.attcollation)
               ELSE '' END
  FROM pg_attribute a
  JOIN pg_class c ON c.oid = a.attrelid
  JOIN pg_type t ON t.oid = a.atttypid
  LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
   AND a.attnum > 0 AND NOT a.attisdropped
UNION ALL
SELECT format('table %s constraint %s %s', c.relname, o.conname, pg_get_constraintdef(o.oid))
  FROM pg_constraint o JOIN pg_class c ON c.oid = o.conrelid
 WHERE c.relnamespace = 'public'::regnamespace AND o.contype <> 'n'
UNION ALL
SELECT format('table %s index %s', i.tablename, i.indexdef)
  FROM pg_indexes i WHERE i.schemaname = 'public'
UNION ALL
SELECT format('table %s policy %s %s using (%s) check (%s)', p.tablename, p.policyname, p.cmd,
              p.qual, p.with_check)
  FROM pg_policies p WHERE p.schemaname = 'public'
"""


async def schema_lines(url: str) -> list[str]:
    """Every table, column, constraint, index and row policy of a database, a line each, sorted.

    Args:
        url: The direct address of the database.

    Raises:
        DatabaseError: If it cannot be reached.
    """
    async with connected(url, "schema") as connection:
        return sorted(str(line) for (line,) in await connection.fetch(_LINES))


def schema_diff(before: list[str], after: list[str], *, names: tuple[str, str]) -> str:
    """How one schema differs from another one, as a unified diff; empty if it does not.

    Args:
        before: What ``schema_lines`` said of the one.
        after: What it said of the other.
        names: What to call them.
    """
    return "\n".join(unified_diff(before, after, *names, n=0, lineterm=""))
