-- clinics that read a report of this generation
-- grain: clinic
SELECT DISTINCT clinic FROM mart.cohort ORDER BY clinic
