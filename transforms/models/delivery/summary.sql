-- delivery.summary: what each facility delivered that the generation before did not hold
-- grain: facility
-- One column per thing that a data manager watches; NULL where there is too little to say. Internal.
SELECT
    l.facility,
    l.n_files,
    l.share_unusable,
    l.share_unmapped,
    l.share_without_unit,
    l.share_future,
    l.share_quarantined,
    t.share_late,
    t.share_before_collection,
    t.share_repeated,
    p.share_born_1_january,
    p.share_igm_alone,
    v.share_opposite,
    v.share_disagreement,
    v.low_ratio,
    n.volume_ratio
FROM delivery.loss AS l
LEFT JOIN delivery.timing AS t ON l.facility = t.facility
LEFT JOIN delivery.identity AS p ON l.facility = p.facility
LEFT JOIN delivery.agreement AS v ON l.facility = v.facility
LEFT JOIN delivery.volume AS n ON l.facility = n.facility
