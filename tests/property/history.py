"""What two feeds sent about a handful of people, to be sent in any order, cut and repeated.

One row is one result; rows of one message number go together. It holds first results, corrections,
silent corrections, provisional, withdrawn and cumulative ones, a message without a time, corrections in
the hour that is repeated and on a day known no better, orders taken back, a result reissued for another
person, a correction of nothing, contradictory identities, merges in a chain, undone, contradictory, in a
circle, of two people and without a time, one number of two universal ids and of two classes of types,
and exposures.
"""

from __future__ import annotations

from tests.table import table

RESULTS = table("""
message | patient_id | birth_date | administrative_sex | analyte | filler_order_number | observation_value | units | observation_result_status | collected_at        | message_at | message_at_span_seconds
1       | ann        | 1989-01-05 | F                  | igg     | A1                  | 10.2              | g/L   | F                         | 2024-01-10 08:00:00 | 2024-01-10 12:00:00
1       | ann        | 1989-01-05 | F                  | iga     | A1                  | 1.9               | g/L   | F                         | 2024-01-10 08:00:00 | 2024-01-10 12:00:00
1       | ann        | 1989-01-05 | F                  | igm     | A1                  | 0.21              | g/L   | F                         | 2024-01-10 08:00:00 | 2024-01-10 12:00:00
2       | ann        | 1989-01-05 | F                  | igm     | A2                  | 0.05              | g/L   | F                         | 2024-04-20 08:00:00 | 2024-04-20 12:00:00
2       | ann        | 1989-01-05 | F                  | igg     | A2                  | 9.8               | g/L   | F                         | 2024-04-20 08:00:00 | 2024-04-20 12:00:00
2       | ann        | 1989-01-05 | F                  | iga     | A2                  | 1.8               | g/L   | F                         | 2024-04-20 08:00:00 | 2024-04-20 12:00:00
3       | ann        | 1989-01-05 | F                  | igm     | A2                  | 0.19              | g/L   | C                         | 2024-04-20 08:00:00 | 2024-04-22 12:00:00
4       | ann        | 1989-01-05 | F                  | igm     | A3                  | 0.22              | g/L   | P                         | 2024-08-05 08:00:00 | 2024-08-05 12:00:00
5       | ann        | 1989-01-05 | F                  | igm     | A3                  | 0.23              | g/L   | F                         | 2024-08-05 08:00:00 | 2024-08-06 12:00:00
6       | ann        | 1989-01-05 | F                  | igm     | A3                  | 0.24              | g/L   | P                         | 2024-08-05 08:00:00 | 2024-08-07 12:00:00
7       | bea        | 1972-06-01 | F                  | igm     | B1                  | 0.30              | g/L   | F                         | 2024-02-01 08:00:00 | 2024-02-01 12:00:00
8       | bea        | 1972-06-01 | F                  | igm     | B1                  |                   | g/L   | D                         | 2024-02-01 08:00:00 | 2024-02-03 12:00:00
9       | bea        | 1972-06-01 | F                  | igm     | B2                  | 0.31              | g/L   | F                         | 2024-05-01 08:00:00 | 2024-05-01 12:00:00
10      | bea        | 1972-06-01 | F                  | igm     | B2                  | 0.33              | g/L   | F                         | 2024-05-01 08:00:00 | 2024-05-02 12:00:00
11      | bea        | 1972-06-01 | F                  | igg     | B3                  | 8.8               | g/L   | F                         | 2024-05-09 08:00:00 | 2024-05-09 12:00:00
12      | bea        | 1972-06-01 | F                  | iga     | B4                  | 1.1               | g/L   | F                         | 2024-04-23 08:00:00 | 2024-04-23 12:00:00
13      | cyd        | 2021-01-01 | M                  | igg     | C1                  | 1.5               | g/L   | F                         | 2024-01-10 08:00:00 | 2024-01-10 12:00:00
13      | cyd        | 2021-01-01 | M                  | igm     | C1                  | 4.2               | g/L   | F                         | 2024-01-10 08:00:00 | 2024-01-10 12:00:00
14      | cyd2       | 2021-01-01 | M                  | igg     | C2                  | 1.6               | g/L   | F                         | 2024-02-15 08:00:00 | 2024-02-15 12:00:00
14      | cyd2       | 2021-01-01 | M                  | igm     | C2                  | 4.5               | g/L   | F                         | 2024-02-15 08:00:00 | 2024-02-15 12:00:00
15      | cyd3       | 2021-01-02 | M                  | igm     | C2                  | 4.6               | g/L   | C                         | 2024-02-15 08:00:00 | 2024-03-15 12:00:00
16      | dan        | 1980-03-03 | M                  | igm     | D1                  | 0.30              | g/L   | F                         | 2024-01-10 08:00:00 | 2024-01-10 12:00:00
17      | dan        | 1980-03-03 | M                  | igm     | D2                  | 0.31              | g/L   | F                         | 2024-02-10 08:00:00 | 2024-02-10 12:00:00
18      | dan        | 2019-07-07 | F                  | igm     | D3                  | 0.99              | g/L   | F                         | 2024-03-10 08:00:00 | 2024-03-10 12:00:00
19      | eve        | 1989-01-05 | F                  | igm     | E1                  | 0.40              | g/L   | F                         | 2024-01-10 07:00:00 | 2024-01-10 09:00:00
20      | eve        | 1989-01-05 | F                  | igm     | E1                  | 0.40              | g/L   | F                         | 2024-01-10 08:00:00 | 2024-01-10 10:00:00
21      | eve        | 1990-01-05 | F                  | igm     | E2                  | 0.11              | g/L   | F                         | 2024-03-10 08:00:00 |
22      | eve        | 1991-01-05 | F                  | igm     | E3                  | 11.1              | gm/L  | F                         | 2024-05-10 08:00:00 | 2024-05-10 10:00:00
23      | eve        | 1990-01-05 | F                  | igm     | E4                  | 0.12              | g/L   | F                         | 2024-06-10 08:00:00 | 2024-06-10 10:00:00
24      | fay        | 1989-01-05 | F                  | igm     |                     | 0.30              | g/L   | F                         | 2024-01-10 08:00:00 | 2024-01-10 10:00:00
25      | fay        | 1989-01-05 | F                  | igm     |                     | 0.35              | g/L   | F                         | 2024-01-10 08:00:00 | 2024-01-12 10:00:00
26      | gus        | 1989-01-05 | M                  | igm     | G1                  | haemolysed        |       | F                         | 2024-01-10 08:00:00 | 2024-01-12 10:00:00
27      | gus        | 1989-01-05 | M                  | igg     | G2                  | 9.0               | furlong | F                       | 2024-01-10 08:00:00 | 2024-01-12 10:00:00
28      | hal        | 1989-01-05 | M                  | igg     | H1                  | 9.0               | g/L   | F                         | 2024-01-10 08:00:00 | 2024-01-12 10:00:00
29      | hal        | 1989-01-05 | M                  | igg     | H2                  | 9.4               | g/L   | F                         | 2024-01-10 08:00:00 | 2024-01-12 10:00:00
30      | hal        | 1989-01-05 | M                  | igm     | H3                  | 0.2               | g/L   | F                         | 2024-01-10 08:00:00 | 2024-01-12 10:00:00
31      | hal        | 1989-01-05 | M                  | igm     | H4                  | 1.4               | g/L   | F                         | 2024-01-10 08:00:00 | 2024-01-12 10:00:00
32      | ivy        | 1989-01-05 | F                  | igm     | I1                  | 1.50              | g/L   | F                         | 2024-10-26 08:00:00 | 2024-10-27 00:50:00 | 3601
33      | ivy        | 1989-01-05 | F                  | igm     | I1                  | 0.15              | g/L   | C                         | 2024-10-26 08:00:00 | 2024-10-27 00:10:00 | 3601
34      | ivy        | 1989-01-05 | F                  | igg     | I2                  | 9.0               | g/L   | F                         | 2024-10-26 08:00:00 | 2024-10-26 12:00:00 | 60
35      | ivy        | 1989-01-05 | F                  | igg     | I2                  | 9.9               | g/L   | C                         | 2024-10-26 08:00:00 | 2024-10-26 00:00:00 | 86400
36      | joy        | 1989-01-05 | F                  | igm     | J1                  | 0.20              | g/L   | F                         | 2024-05-05 08:00:00 | 2024-05-05 12:00:00 |
37      | joy        | 1989-01-05 | F                  | igm     | J2                  | 0.21              | g/L   | F                         | 2024-09-05 08:00:00 | 2024-09-05 12:00:00 |
38      | kim        | 1989-01-05 | F                  | igm     | K1                  | 0.10              | g/L   | F                         | 2024-03-05 08:00:00 | 2024-03-05 12:00:00 |
39      | lea        | 1955-05-05 | F                  | igm     | K1                  | 0.10              | g/L   | C                         | 2024-03-05 08:00:00 | 2024-03-06 12:00:00 |
40      | lea        | 1955-05-05 | F                  | igg     | K2                  | 9.0               | g/L   | C                         | 2024-03-05 08:00:00 | 2024-03-06 12:00:00 |
41      | lea        | 1955-05-05 | F                  | igg     | K3                  | 6.0               | g/L   | F                         | 2024-03-05 08:00:00 | 2024-03-05 12:00:00 |
42      | joy        | 1989-01-05 | F                  | igm     | J3                  | 0.22              | g/L   | F                         | 2024-05-05 08:00:00 | 2024-05-05 12:00:00 |
42      | joy        | 1989-01-05 | F                  | igm     | J3                  | 0.23              | g/L   | F                         | 2024-11-05 08:00:00 | 2024-11-05 12:00:00 |
""")

WITHDRAWALS = table("""
message | patient_id | filler_order_number | collected_at        | message_at
301     | joy        | J2                  |                     | 2024-09-06 12:00:00
302     | joy        | J3                  | 2024-05-05 08:00:00 | 2024-11-06 12:00:00
""")

OF_ONE_NUMBER = table("""
message | patient_id | assigning_authority_universal_id | identifier_type_code | birth_date | administrative_sex | analyte | filler_order_number | observation_value | units | observation_result_status | collected_at        | message_at
50      | una        | 1.2                              | MR                   | 1980-05-05 | F                  | igm     | U1                  | 0.20              | g/L   | F                         | 2024-01-10 08:00:00 | 2024-01-10 12:00:00
51      | una        | 9.9                              | MR                   | 1955-06-06 | F                  | igm     | U2                  | 0.90              | g/L   | F                         | 2024-02-10 08:00:00 | 2024-02-10 12:00:00
52      | una        | 1.2                              | NH                   | 1970-07-07 | F                  | igm     | U3                  | 0.80              | g/L   | F                         | 2024-03-10 08:00:00 | 2024-03-10 12:00:00
53      | una        |                                  |                      | 1980-05-05 | F                  | igm     | U4                  | 0.21              | g/L   | F                         | 2024-05-10 08:00:00 | 2024-05-10 12:00:00
54      | ugo        | 1.2                              | MR                   | 1990-01-01 | M                  | igm     | V1                  | 0.22              | g/L   | F                         | 2024-05-10 08:00:00 | 2024-05-10 12:00:00
55      | ute        | 1.2                              | MR                   | 1990-01-01 | M                  | igm     | W1                  | 0.23              | g/L   | F                         | 2024-06-10 08:00:00 | 2024-06-10 12:00:00
56      | uma        |                                  | MR                   | 1966-01-01 | F                  | igm     | X1                  | 0.24              | g/L   | F                         | 2024-06-10 08:00:00 | 2024-06-10 12:00:00
""")
RESULTS += OF_ONE_NUMBER
RESULTS = [dict.fromkeys([*RESULTS[0], *OF_ONE_NUMBER[0]]) | row for row in RESULTS]

MERGES = table("""
message | retired_id | surviving_id | merged_at           | message_at | assigning_authority_universal_id
101     | cyd        | cyd2         | 2024-03-01 00:00:00 |            |
102     | cyd2       | cyd3         | 2024-03-02 00:00:00 |            |
103     | fay        | gus          | 2024-03-01 00:00:00 |            |
104     | fay        | fay          | 2024-03-05 00:00:00 |            |
105     | dan        | hal          | 2024-03-01 00:00:00 |            |
106     | dan        | ann          | 2024-03-01 00:00:00 |            |
107     | ann        | bea          | 2024-03-01 00:00:00 |            |
108     | bea        | ann          | 2024-03-02 00:00:00 |            |
109     | ugo        | ute          |                     |            | 1.2
110     | uma        | gus          | 2024-07-01 00:00:00 |            |
111     | fay        | hal          |                     |            |
""")

EXPOSURES = table("""
message | patient_id | kind       | code    | code_system | name      | start_date | end_date
201     | bea        | medication | N05AH02 | ATC         | clozapine | 2024-03-01 |
202     | cyd        | diagnosis  | N04.9   | ICD-10      |           | 2023-12-01 | 2024-01-01
""")
