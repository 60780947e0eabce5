-- mart.action: what each state asks of a clinic, and in what order
-- grain: rule_id, status
-- A state without a row asks nothing; rule * is every rule. `urgent` stands for whatever state a
-- patient with an urgent notice is in: without an action of its own it only puts that state first.
-- `reviewed` stands for a state that a closing verdict has answered.
SELECT * FROM (
    VALUES
    (
        'hyper_igm', 'urgent', 1,
        'call the treating doctor today: very low IgG or a strong pattern in a young child'
    ),
    (
        'selective_igm_deficiency', 'urgent', 1,
        NULL
    ),
    (
        'hyper_igm', 'definite_pattern', 2,
        'see in the immunology clinic soon: CD40L, B and T cells, genes of class switching'
    ),
    (
        'selective_igm_deficiency', 'definite_pattern', 2,
        'see in the immunology clinic: IgG subclasses, vaccine response, B and T cells'
    ),
    (
        '*', 'repeat_overdue', 3,
        'repeat IgG, IgA and IgM now: the repeat is overdue'
    ),
    (
        '*', 'repeat_due', 4,
        'repeat IgG, IgA and IgM'
    ),
    (
        'hyper_igm', 'persistent', 5,
        'see in the immunology clinic: CD40L, B and T cells; exclude loss of IgG'
    ),
    (
        'selective_igm_deficiency', 'persistent', 5,
        'repeat at the next visit; look again for drugs and diseases that lower IgM'
    ),
    (
        '*', 'candidate', 6,
        'plan the repeat of IgG, IgA and IgM; ask for infections and medication'
    ),
    (
        '*', 'indeterminate', 7,
        'read the reason; repeat IgG, IgA and IgM from one sample in one laboratory'
    ),
    (
        '*', 'resolved', 8,
        'take note: recovered, no repeat is due'
    ),
    (
        '*', 'reviewed', NULL,
        'reviewed: nothing is asked until the state changes'
    )
) AS action (rule_id, status, priority, action)
