-- mart.review: the latest verdict of a clinic on a patient and rule, and whether it still holds
-- grain: patient_key, rule_id
-- view: flag.review, which decides it before the flags are published, under the name that is published
SELECT * FROM flag.review
