-- result.contradicted_by_history: results that are held because the person's earlier ones say another unit
-- grain: result_number
SELECT result_number
FROM result.unit_slip
WHERE is_held
