-- clinics that read a report of this generation, those without a flag included
-- grain: clinic
SELECT clinic FROM mart.facility
UNION
SELECT clinic FROM mart.cohort
ORDER BY clinic
