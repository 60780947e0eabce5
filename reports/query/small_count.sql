-- the greatest count that a facility of this generation asks to hide counts below, NULL where none does
-- grain: one row
SELECT max(small_count) AS small_count
FROM mart.facility
