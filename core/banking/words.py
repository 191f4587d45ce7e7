"""What the bank's texts say, taken apart: words, and words in a row, of all the entries that are looked at, at once."""

from core.debts.kinds import COMPACT_REFERENCE


def compact(expression: str) -> str:
    """What is written in `expression`, without separators and in capitals. Of a debt's reference there is an index."""
    return COMPACT_REFERENCE.format(expression)


# Words, and up to three in a row as one: banks break and space what people write. Separators at the ends are no part of
# it; those within may be. A year alone is no reference, and neither is anything without a digit.
_TOKENS = """
CREATE TEMP TABLE {{made}} ON COMMIT DROP AS
WITH word AS (
  SELECT r.id, w.word, w.n FROM {{source}} r,
    LATERAL regexp_split_to_table(concat_ws(' ', r.text, r.end_to_end_id, r.creditor_reference), '\\s+')
      WITH ORDINALITY AS w (word, n)
  WHERE w.n <= 200
), gram AS (
  SELECT id, word AS w1, lead(word, 1) OVER p AS w2, lead(word, 2) OVER p AS w3 FROM word
  WINDOW p AS (PARTITION BY id ORDER BY n)
), said AS (
  SELECT id, btrim(t.said, '.,;:()[]{{{{}}}}<>#*/\\-_"''+?') AS said FROM gram,
    LATERAL (VALUES (w1), (w1 || w2), (w1 || ' ' || w2), (w1 || w2 || w3), (w1 || ' ' || w2 || ' ' || w3)) AS t (said)
  UNION SELECT id, piece FROM gram, LATERAL regexp_split_to_table(w1, '[^[:alnum:]]+') AS piece
  UNION SELECT id, btrim(piece, '.-_') FROM gram, LATERAL regexp_split_to_table(w1, '[^[:alnum:]._-]+') AS piece
)
SELECT s.id, s.said, v.compact FROM said s, LATERAL (VALUES ({compact})) AS v (compact)
WHERE length(s.said) BETWEEN 4 AND 80 AND v.compact ~ '[0-9]' AND v.compact !~ '^(19|20)[0-9]{{{{2}}}}$'
"""
TOKENS = _TOKENS.format(compact=compact("s.said"))
"""Makes the temporary table `made` of the entries in `source` (`id`, `text`, `end_to_end_id`, `creditor_reference`):
`id`, what is `said`, and that `compact`."""
