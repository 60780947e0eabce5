-- mart.action: what each state asks of a clinic, and in what order; a state without a row asks nothing
-- grain: rule_id, status
-- urgent stands for any state of a patient with an urgent notice, reviewed for a state that a
-- closing verdict has answered.
SELECT * FROM (
    VALUES
        (
            'hyper_igm', 'urgent', 1,
            'call the treating doctor today: a young child with very low IgG or a strong hyper-IgM pattern'
        ),
        (
            'hyper_igm', 'definite_pattern', 2,
            'see in the immunology clinic soon: CD40L expression, B and T cells, genes of class switching'
        ),
        (
            'hyper_igm', 'repeat_overdue', 3,
            'repeat IgG, IgA and IgM now: the repeat is overdue'
        ),
        (
            'hyper_igm', 'repeat_due', 4,
            'repeat IgG, IgA and IgM'
        ),
        (
            'hyper_igm', 'persistent', 5,
            'see in the immunology clinic: CD40L expression, B and T cells; exclude loss of IgG through kidney or gut'
        ),
        (
            'hyper_igm', 'candidate', 6,
            'plan the repeat of IgG, IgA and IgM; ask for infections and medication'
        ),
        (
            'hyper_igm', 'indeterminate', 7,
            'read the reason; repeat IgG, IgA and IgM from one sample, with electrophoresis if a paraprotein is in question'
        ),
        (
            'hyper_igm', 'resolved', 8,
            'take note: IgG has recovered, no repeat is due'
        ),
        (
            'hyper_igm', 'reviewed', NULL,
            'reviewed: nothing is asked until the state changes'
        ),
        (
            'selective_igm_deficiency', 'urgent', 1,
            'call the treating doctor today: a young child with very low IgG or a strong hyper-IgM pattern'
        ),
        (
            'selective_igm_deficiency', 'definite_pattern', 2,
            'see in the immunology clinic: IgG subclasses, vaccine responses, B and T cells'
        ),
        (
            'selective_igm_deficiency', 'repeat_overdue', 3,
            'repeat IgG, IgA and IgM now: the repeat is overdue'
        ),
        (
            'selective_igm_deficiency', 'repeat_due', 4,
            'repeat IgG, IgA and IgM'
        ),
        (
            'selective_igm_deficiency', 'persistent', 5,
            'repeat IgG, IgA and IgM at the next visit; look again for drugs and diseases that lower IgM'
        ),
        (
            'selective_igm_deficiency', 'candidate', 6,
            'plan the repeat of IgG, IgA and IgM; ask for infections and medication'
        ),
        (
            'selective_igm_deficiency', 'indeterminate', 7,
            'read the reason; repeat IgG, IgA and IgM from one sample in one laboratory'
        ),
        (
            'selective_igm_deficiency', 'resolved', 8,
            'take note: IgM has recovered, no repeat is due'
        ),
        (
            'selective_igm_deficiency', 'reviewed', NULL,
            'reviewed: nothing is asked until the state changes'
        )
) AS action (rule_id, status, priority, action)
