-- What the triggers counted while the rows came in goes into the totals, as the worker's fold does it.
DO $$
DECLARE folded integer := 1;
BEGIN
  WHILE folded > 0 LOOP
    SELECT f.folded INTO folded FROM recovery_fold(now(), 1000000, true) AS f;
  END LOOP;
END $$;
