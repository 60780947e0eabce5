-- how many flags of a past night, built again, are not what it published, in any column
-- grain: one row
-- run_id and data_to are added on publishing, so a private build has neither.
WITH then_published AS (
    SELECT COLUMNS(LAMBDA name: name NOT IN ('run_id', 'data_to')) FROM published
),

again AS (FROM past.flag.patient_flag)

SELECT count(*) AS n
FROM (
    (FROM then_published EXCEPT ALL FROM again)
    UNION ALL
    (FROM again EXCEPT ALL FROM then_published)
)
