-- What the models say in one word instead of a formula. warehouse/build_models.py makes these macros
-- in the build file before it builds anything; DuckDB puts each one's text where its name stands, so
-- they cost nothing.

-- Where a build knows nothing of a kind, its table is empty: a macro is only made of what is there.
CREATE SCHEMA IF NOT EXISTS knowledge;
CREATE TABLE IF NOT EXISTS knowledge.rule_parameter (rule_id VARCHAR, parameter VARCHAR, value DOUBLE);
CREATE TABLE IF NOT EXISTS knowledge.check_threshold (threshold VARCHAR, value DOUBLE);
CREATE TABLE IF NOT EXISTS knowledge.age_band (
    age_band VARCHAR, age_low_days DOUBLE, age_high_days DOUBLE
);

-- A result is known by one number: its source file's in the upper half, its position in that file in
-- the lower 32 bits. Joins by a number are several times as fast as joins by the published text.
CREATE OR REPLACE MACRO result_number(source_number, position) AS source_number * 4294967296 + position;

-- The number of the source file that a result came in (lookup.source).
CREATE OR REPLACE MACRO source_of(result_number) AS result_number // 4294967296;

-- One number for an exposure (a row of raw.exposure), made as a result's is, so that source_of and
-- position_of read it. Within a facility its order is that of the files' digests and their rows.
CREATE OR REPLACE MACRO exposure_number(source_number, position) AS result_number(source_number, position);

-- The position of a result in its source file.
CREATE OR REPLACE MACRO position_of(result_number) AS (result_number % 4294967296)::INTEGER;

-- The published name of a result: digest of its file, facility and position.
CREATE OR REPLACE MACRO measurement_id(id_prefix, result_number) AS
id_prefix || position_of(result_number);

-- The published key of the person whose identifier this is, when it was merged into no other. The unit
-- separator between authority and identifier stands in neither, so no two pairs give one text.
CREATE OR REPLACE MACRO patient_key(assigning_authority, patient_id) AS
left(sha256(assigning_authority || chr(31) || patient_id), 16);

-- One number for all the texts beside a result (a row of raw.observation) that say what it is: results
-- with equal texts mean the same, which is decided once (lookup.result_text).
CREATE OR REPLACE MACRO text_hash(sent) AS hash(
    sent.facility, sent.producer, sent.observation_identifier, sent.coding_system,
    sent.observation_text, sent.alternate_identifier, sent.alternate_text,
    sent.alternate_coding_system, sent.further_identifiers, sent.universal_service_identifier,
    sent.further_services, sent.value_type, sent.units, sent.further_units, sent.references_range,
    sent.abnormal_flags, sent.observation_result_status, sent.specimen_type, sent.further_specimens,
    sent.observation_type, sent.message_number IS NULL
);

-- Whether one of two birth dates may be a slip of the other: one digit typed wrong, two neighbouring
-- digits or day and month exchanged, or the first of a month or of January for a day not known.
CREATE OR REPLACE MACRO is_date_slip(a, b) AS
damerau_levenshtein(strftime(a, '%Y%m%d'), strftime(b, '%Y%m%d')) <= 1
OR year(a) = year(b) AND (
    month(a) = day(b) AND day(a) = month(b)
    OR month(a) = month(b) AND 1 IN (day(a), day(b))
    OR (month(a) = 1 AND day(a) = 1)
    OR (month(b) = 1 AND day(b) = 1)
);

-- Whether two birth dates of which none is a slip of one of the other's are stated, and what says that two
-- identifiers are two persons: birth date and sex are both another's. Rows of identity.link_side.
CREATE OR REPLACE MACRO are_dates_apart(dates, others) AS coalesce(
    list_bool_and(list_transform(
        dates, lambda a: list_bool_and(list_transform(others, lambda b: NOT is_date_slip(a, b)))
    )),
    FALSE
);
CREATE OR REPLACE MACRO is_another_person(a, b) AS coalesce(
    NOT list_has_any(a.birth_dates, b.birth_dates) AND NOT list_has_any(a.sexes, b.sexes), FALSE
);

-- A national number without the signs that people write between its digits.
CREATE OR REPLACE MACRO national_number(sent) AS upper(regexp_replace(sent, '[\s.-]', '', 'g'));

-- Whether a number has the shape and the check digit of a row of knowledge.national_number: the digits from
-- the right, each times its weight (of digit_sum: the digits of the product added up), leave a remainder
-- that the scheme allows. No number is one repeated digit.
CREATE OR REPLACE MACRO digits_of(number, scheme) AS list_reduce(
    list_prepend(number, coalesce(string_split(scheme.letters, '|'), [])),
    lambda text, pair: replace(text, split_part(pair, '=', 1), split_part(pair, '=', 2))
);
CREATE OR REPLACE MACRO check_sum(digits, weights, product) AS list_sum(list_transform(
    range(1, len(weights) + 1),
    lambda place: list_transform(
        [weights[place]::INTEGER * try_cast((right(digits, len(weights)))[place] AS INTEGER)],
        lambda each: if(product = 'digit_sum', each // 10 + each % 10, each)
    )[1]
));
CREATE OR REPLACE MACRO fits_check_digit(number, scheme) AS
regexp_full_match(number, scheme.pattern)
AND number <> repeat(left(number, 1), length(number))
AND coalesce(list_contains(
    list_transform(string_split(scheme.remainders::VARCHAR, '|'), lambda each: each::INTEGER),
    (
        check_sum(digits_of(number, scheme), string_split(scheme.weights, ','), scheme.product)
        % scheme.modulus + scheme.modulus
    ) % scheme.modulus
), FALSE);

-- Whether an update of the patient's record brought a birth date in place of an earlier one, or deleted
-- that one first. Both say when they were first stated and when an update first stated them; a later
-- repetition decides nothing.
CREATE OR REPLACE MACRO is_date_corrected(earlier, later) AS coalesce(
    earlier.first_stated_at < later.first_stated_at AND (
        earlier.first_stated_at < later.updated_at
        OR len(list_filter(
            earlier.deleted_at,
            lambda t: t > earlier.first_stated_at AND t <= later.first_stated_at
        )) > 0
    ),
    FALSE
);

-- One number for what an exposure (a row of raw.exposure) is: equal ones of a facility mean the same, which
-- is decided once (exposure.text).
CREATE OR REPLACE MACRO exposure_hash(sent) AS hash(
    sent.facility, sent.kind, sent.code_system, sent.code, sent.name,
    sent.alternate_code_system, sent.alternate_code, sent.alternate_name
);

-- Whether of the two triplets of a code (raw.exposure) only the alternate one says anything.
CREATE OR REPLACE MACRO has_one_triplet(sent) AS sent.code IS NULL AND sent.name IS NULL;

-- The name of a delivered file without its folders.
CREATE OR REPLACE MACRO file_name(source_name) AS regexp_extract(source_name, '[^/\\]*$');

-- What files of one sort have in common in their names: no folders, no ending, no numbers or dates.
CREATE OR REPLACE MACRO list_name(source_name) AS regexp_replace(
    lower(regexp_extract(source_name, '([^/\\.]*)[^/\\]*$', 1)), '[^a-z]+', '', 'g'
);

-- Whether a full list (a row of exposure.list's files) may replace one with so many patients.
CREATE OR REPLACE MACRO is_accepted_list(sent, n_before) AS
sent.is_accepted_by_hand
OR (
    sent.n_patients >= n_before * parameter('*', 'exposure_list_min_share')
    AND (sent.n_patients > 0 OR n_before = 0)
);

-- A code without the signs that are written in it or not.
CREATE OR REPLACE MACRO plain_code(code) AS regexp_replace(upper(code), '[^A-Z0-9_]', '', 'g');

-- A code as codes of its system are compared: of an NDC the nine digits of labeller and product.
CREATE OR REPLACE MACRO code_in_system(code_system, code) AS CASE
    WHEN code_system <> 'NDC' THEN plain_code(code)
    WHEN contains(code, '-')
        THEN lpad(split_part(code, '-', 1), 5, '0') || lpad(split_part(code, '-', 2), 4, '0')
    WHEN length(code) = 11 THEN left(code, 9)
    -- ten digits without hyphens are three numbers: none
    ELSE code
END;

-- An order's number with its namespace (EI.1 and EI.2): the same number of another issuer is another.
CREATE OR REPLACE MACRO order_key(number, namespace) AS number || chr(31) || coalesce(namespace, '');

-- Whether an amount says that nothing was given: a number that is zero, whatever its unit.
CREATE OR REPLACE MACRO is_no_amount(amount) AS coalesce(
    regexp_full_match(trim(amount), '0+([.,]0+)?([^0-9.,].*)?'), FALSE
);

-- A day that stands for no end (9999-12-31, 2999-12-31).
CREATE OR REPLACE MACRO is_filler_end(day) AS coalesce(
    year(day) >= parameter('*', 'exposure_filler_end_from_year'), FALSE
);

-- The name of a coding system, made comparable: capitals and digits, without the year of its edition.
CREATE OR REPLACE MACRO plain_system(system) AS
regexp_replace(regexp_replace(upper(system), '[^A-Z0-9]', '', 'g'), '(19|20)[0-9]{2}$', '');

-- A name as people write it, made comparable: words of small letters without accents, numbers apart; the
-- sign of a percentage is a word, and so is not the number of a package (no 30).
CREATE OR REPLACE MACRO plain_name(text) AS trim(regexp_replace(regexp_replace(regexp_replace(
    regexp_replace(
        replace(
            replace(replace(translate(strip_accents(lower(text)), 'øđłð', 'odld'), 'ß', 'ss'), 'æ', 'ae'),
            '%', ' percent '
        ),
        '[^a-z0-9]+', ' ', 'g'
    ), '([a-z])([0-9])', '\1 \2', 'g'
), '([0-9])([a-z])', '\1 \2', 'g'), '(^| )(no|nr) ([0-9])', '\1\3', 'g'));

-- What to look for in '| name ' where a word of knowledge.exposure_word is meant: at its beginning, the
-- whole of it, anywhere in a compound, the first of the name, or (before) whole and before the drug.
CREATE OR REPLACE MACRO needle(word, match) AS CASE match
    WHEN 'anywhere' THEN word
    WHEN 'beginning' THEN ' ' || word
    WHEN 'first' THEN '| ' || word || ' '
    ELSE ' ' || word || ' '
END;

-- A unit as people write it, made comparable: no blanks, small letters, one kind of micro sign.
CREATE OR REPLACE MACRO unit_spelling(unit) AS
lower(translate(regexp_replace(unit, '[\s\x{00A0}]', '', 'g'), 'µμ', 'uu'));

-- A text in plain signs: any blank as one blank and none around it, one kind of dash and digit, the
-- signs that web pages write as words, no signs without width at its ends, and a raised or Arabic
-- decimal point as the feed's own. 5x10^-2 is 5e-2. What is plain already is most of what comes.
CREATE OR REPLACE MACRO plain_text(sent, decimal_mark) AS if(
    regexp_full_match(sent, '[<>]?=?[\d.,]+'),
    sent,
    trim(regexp_replace(regexp_replace(regexp_replace(
        translate(
            replace(replace(replace(replace(replace(regexp_replace(
                sent,
                '[\s\x{00A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000}]+',
                ' ',
                'g'
            ), '&amp;', '&'), '&lt;', '<'), '&gt;', '>'), '&le;', '<='), '&ge;', '>='),
            '０１２３４５６７８９＜＞＝＋－．，：（）／٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹−–—‐‑‒﹣’ʼ',
            '0123456789<>=+-.,:()/01234567890123456789-------'''''
        ),
        '^[\x{200B}-\x{200F}\x{202A}-\x{202E}\x{2060}\x{2066}-\x{2069}\x{FEFF} ]+|[\x{200B}-\x{200F}\x{202A}-\x{202E}\x{2060}\x{2066}-\x{2069}\x{FEFF} ]+$',
        '',
        'g'
    ), '(\d[.,]?)\s?[xX×*·]\s?10\s?(?:\^\s?([+-]?\d{1,2})|([+-]\d{1,2}))(\D|$)', '\1e\2\3\4'),
    '(\d|^|[^\d])[·∙⋅‧٫](\d)', '\1' || decimal_mark || '\2', 'g'))
);

-- A number as written, with a decimal point and without signs between thousands: '1.234,5' -> '1234.5'
-- where the decimal mark is a comma. NULL where a comma or point may be either. `thousands` is the sign
-- that the facility stated ('' for none); beside a decimal mark it may also be the other of the two.
CREATE OR REPLACE MACRO point_number(digits, decimal_mark, thousands) AS list_transform(
    [CASE
        WHEN NOT regexp_matches(digits, '[, '']|\..*\.|\.\d{3}$') THEN digits
        WHEN regexp_full_match(digits, '[+-]?[1-9]\d{0,2}(''\d{3})+([.,]\d+)?')
            THEN replace(digits, '''', '')
        WHEN thousands = ' ' AND regexp_full_match(digits, '[+-]?[1-9]\d{0,2}( \d{3})+([.,]\d+)?')
            THEN replace(digits, ' ', '')
        WHEN decimal_mark = '.' AND regexp_full_match(digits, '[+-]?[1-9]\d{0,2}(,\d{3})+\.\d+')
            THEN replace(digits, ',', '')
        WHEN decimal_mark = ',' AND regexp_full_match(digits, '[+-]?[1-9]\d{0,2}(\.\d{3})+,\d+')
            THEN replace(digits, '.', '')
        WHEN
            thousands = ',' AND decimal_mark = '.'
            AND regexp_full_match(digits, '[+-]?[1-9]\d{0,2}(,\d{3})+')
            THEN replace(digits, ',', '')
        WHEN
            thousands = '.' AND decimal_mark = ','
            AND regexp_full_match(digits, '[+-]?[1-9]\d{0,2}(\.\d{3})+')
            THEN replace(digits, '.', '')
        ELSE digits
    END],
    lambda whole: if(
        regexp_full_match(whole, if(decimal_mark = ',', '[^. '']*', '[^, '']*')),
        replace(whole, ',', '.'),
        NULL
    )
)[1];

-- The same of an end of a printed range: where the decimal mark is a comma, a point that cannot stand
-- between thousands is one too.
CREATE OR REPLACE MACRO range_number(digits, decimal_mark, thousands) AS try_cast(coalesce(
    point_number(digits, decimal_mark, thousands),
    if(regexp_full_match(digits, '\d*\.(\d{1,2}|\d{4,})?'), digits, NULL)
) AS DOUBLE);

-- Whether signs that may be decimal marks or stand between thousands are all that keeps digits from
-- being a number.
CREATE OR REPLACE MACRO is_ambiguous_number(digits) AS regexp_matches(
    digits, '^[+-]?(?:[\d.,]*[.,][\d.,]*|\d{1,3}(?:[ '']\d{3})+(?:[.,]\d+)?)$'
);

-- What kind of text it is, without what it says: 9 for every digit, A and a for letters, the first 40
-- signs. Nobody's value can be read from it.
CREATE OR REPLACE MACRO text_shape(sent) AS regexp_replace(regexp_replace(regexp_replace(regexp_replace(
    left(sent, 40), '\p{Nd}', '9', 'g'), '\p{Lu}', 'A', 'g'
), '\p{Ll}|\p{Lo}|\p{Lt}|\p{Lm}|\p{M}', 'a', 'g'), '\p{C}', '?', 'g')
|| if(length(sent) > 40, '…', '');

-- The texts within a text that have the shape of a unit of concentration: 'g/L' of '0.4-2.3 g/L'. Which
-- of them is one says knowledge.unit_spelling.
CREATE OR REPLACE MACRO units_in(sent) AS regexp_extract_all(
    lower(sent),
    '(?:[a-zµμ]*\[iu\]|[a-zµμ][a-zµμ.]*)\s?(?:/|per\s)\s?(?:100\s?)?[a-z]+(?:-1)?'
    || '|[a-zµμ]+[.*·][dcm]?l-1|m?g[ms]*\s?%'
);

-- The value of a parameter of a rule, '*' for what all rules share.
CREATE OR REPLACE MACRO parameter(of_rule, named) AS (
    SELECT p.value FROM knowledge.rule_parameter AS p
    WHERE p.rule_id = of_rule AND p.parameter = named
);

-- The value of a threshold of the checks and of what quality tables hide.
CREATE OR REPLACE MACRO threshold(named) AS (
    SELECT t.value FROM knowledge.check_threshold AS t
    WHERE t.threshold = named
);

-- A count about people as others may see it: to the nearest count_step, NULL where it may be below
-- small_count. No count at all is hidden too, for the night on which the first one came would tell. A
-- shown count of 10 is one of 8 to 12; two nights' counts never tell a difference of a few.
CREATE OR REPLACE MACRO count_half_step() AS floor(threshold('count_step') / 2);
CREATE OR REPLACE MACRO rounded_count(n) AS (
    floor((n + count_half_step()) / threshold('count_step')) * threshold('count_step')
)::BIGINT;
CREATE OR REPLACE MACRO is_surely(n, least) AS coalesce(
    rounded_count(n) - count_half_step() >= least, FALSE
);
CREATE OR REPLACE MACRO shown_count(n) AS if(
    is_surely(n, threshold('small_count')), rounded_count(n), NULL
);

-- The same of a count of which something beside it tells that it is at least `known`.
CREATE OR REPLACE MACRO shown_count_beyond(n, known) AS if(
    is_surely(n, known + threshold('small_count')), rounded_count(n), NULL
);

-- A number of people's results as others may see it: to two digits, for a median is one of them.
CREATE OR REPLACE MACRO two_digits(number) AS if(
    number > 0, round(number::DOUBLE, 1 - floor(log10(number))::INTEGER), number
);

-- A text as sent as others may see it, once enough patients share it: digits and signs that no person
-- sees or that turn the line masked, and no longer than text_max_signs.
CREATE OR REPLACE MACRO masked_text(sent) AS left(
    regexp_replace(regexp_replace(sent, '\p{Nd}', '#', 'g'), '[\p{C}\p{Zl}\p{Zp}]', ' ', 'g'),
    threshold('text_max_signs')::INTEGER
);

-- What stands in place of the texts that too few patients share; it stands there if there are none too.
CREATE OR REPLACE MACRO rare_texts(n) AS coalesce(
    shown_count(n)::VARCHAR || ' rare texts', 'few or no rare texts'
) || ', see igwatch unmapped';

-- Whether nobody can have been born on that day who was still spoken of then.
CREATE OR REPLACE MACRO is_too_old(birth_date, spoken_of_at) AS coalesce(
    date_diff('day', birth_date, spoken_of_at::DATE) > parameter('*', 'oldest_age_days'), FALSE
);

-- The value that all rows of a partition that say anything agree on, NULL where they differ.
CREATE OR REPLACE MACRO only_value(sent, same) AS if(
    min(sent) OVER (PARTITION BY same) = max(sent) OVER (PARTITION BY same),
    min(sent) OVER (PARTITION BY same),
    NULL
);

-- Below what a result of an isotype is very low at an age, NULL where there is no such cut.
CREATE OR REPLACE MACRO very_low_below(of_analyte, at_age_days) AS CASE of_analyte
    WHEN 'igg' THEN if(
        at_age_days < parameter('*', 'very_low_age_split_days'),
        parameter('*', 'very_low_igg_under_4y_g_per_l'),
        parameter('*', 'very_low_igg_from_4y_g_per_l')
    )
    WHEN 'iga' THEN parameter('*', 'very_low_iga_g_per_l')
    WHEN 'igm' THEN parameter('*', 'very_low_igm_g_per_l')
END;

-- Whether that cut decides alone; else a result must also lie below the limits of the tables, as that of
-- an infant whose IgG is the mother's.
CREATE OR REPLACE MACRO is_very_low_alone(of_analyte, at_age_days) AS coalesce(
    of_analyte = 'igg' AND at_age_days >= parameter('*', 'very_low_igg_alone_from_days'), FALSE
);

-- Whether one message was sent after another: its first possible moment lies behind the last of the
-- other (raw.observation, message_at_utc and message_at_span_seconds). NULL times are after nothing.
CREATE OR REPLACE MACRO is_later(at_utc, other_at_utc, other_span_seconds) AS coalesce(
    at_utc > other_at_utc AND at_utc >= other_at_utc + to_seconds(other_span_seconds), FALSE
);

-- Whether two results under one number may be of one specimen: its id decides, else the day.
CREATE OR REPLACE MACRO is_same_specimen(a, b) AS coalesce(
    a.specimen_id = b.specimen_id, a.collected_at::DATE = b.collected_at::DATE, FALSE
);

-- Whether version a of a result comes after version b (rows of result.version_rank): what is to be
-- trusted less never does; else the later message, then the status that stands above, then the place
-- in a file that has an order.
CREATE OR REPLACE MACRO is_newer(a, b) AS a.trust < b.trust OR (
    a.trust = b.trust
    AND NOT is_later(b.message_at_utc, a.message_at_utc, a.message_at_span_seconds)
    AND (
        is_later(a.message_at_utc, b.message_at_utc, b.message_at_span_seconds)
        OR a.precedence < b.precedence
        OR (
            a.precedence = b.precedence AND a.is_in_order
            AND a.source_number = b.source_number AND a.statement > b.statement
        )
    )
);

-- Whether '<b', '>b' and their like leave room for a number.
CREATE OR REPLACE MACRO is_within(number, comparator, bound) AS CASE comparator
    WHEN '<' THEN number < bound
    WHEN '<=' THEN number <= bound
    WHEN '>' THEN number > bound
    WHEN '>=' THEN number >= bound
    ELSE number = bound
END;

-- The class of a result by its age's limits (rules 9.1), of a row of result.version. Low is only what
-- lies below the lowest lower limit of the tables in use; between the lowest and the highest it is
-- borderline. '<b' is low only where b itself is not above the limit.
CREATE OR REPLACE MACRO class_of(result) AS CASE
    WHEN result.upper_limit_max IS NULL AND result.lower_limit_min IS NULL THEN 'not_classed'
    WHEN result.value_comparator IN ('<', '<=') THEN CASE
        WHEN result.is_very_low_alone AND result.value_normalised <= result.very_low_below THEN 'very_low'
        WHEN
            result.value_normalised <= least(result.very_low_below, result.lower_limit_min)
            AND result.very_low_below IS NOT NULL THEN 'very_low'
        WHEN result.value_normalised <= result.lower_limit_min THEN 'low'
        ELSE 'censored_unresolved'
    END
    WHEN result.value_comparator IN ('>', '>=')
        THEN if(result.value_normalised >= result.upper_limit_max, 'high', 'censored_unresolved')
    WHEN result.is_very_low_alone AND result.value_normalised < result.very_low_below THEN 'very_low'
    WHEN result.value_normalised < result.lower_limit_min
        THEN if(coalesce(result.value_normalised < result.very_low_below, FALSE), 'very_low', 'low')
    WHEN result.value_normalised < result.lower_limit_max THEN 'borderline_low'
    WHEN result.value_normalised > result.upper_limit_max THEN 'high'
    WHEN result.value_normalised > result.upper_limit_min THEN 'borderline_high'
    ELSE 'normal'
END;

-- Whether the range printed beside a value, which carries the value's unit (HL7 v2 chapter 7, OBX-7),
-- lies too far from what is expected in the unit claimed, and is no plain adult range either. Of a
-- range with one end that end decides.
CREATE OR REPLACE MACRO unit_contradicted(result) AS
coalesce(result.distance_expected, abs(log10(
    nullif(result.range_low_normalised, 0)
    / nullif(coalesce(result.lower_limit_min, result.adult_lower_limit), 0)
))) > result.tolerance
AND NOT coalesce(
    coalesce(result.distance_adult_high <= result.adult_match, TRUE)
    AND coalesce(
        result.distance_adult_low <= result.adult_match, result.range_low_normalised IS NULL
    ),
    FALSE
);

-- Whether the laboratory's own flag says the opposite of our class (knowledge.abnormal_flag), of a row of
-- result.version. A value within the range printed beside it is normal by the laboratory's own limits.
CREATE OR REPLACE MACRO flag_contradicted(result) AS
list_contains(result.classes_contradicted, class_of(result))
AND NOT coalesce(
    result.value_comparator IS NULL
    AND result.value_normalised BETWEEN result.range_low_normalised AND result.range_high_normalised,
    FALSE
);

-- The band of ages that a person stands in on a day (knowledge.age_band), `unknown` without a birth date.
CREATE OR REPLACE MACRO age_band(birth_date, on_day) AS coalesce((
    SELECT b.age_band FROM knowledge.age_band AS b
    WHERE
        date_diff('day', birth_date, on_day) >= b.age_low_days
        AND date_diff('day', birth_date, on_day) < coalesce(b.age_high_days, 'Infinity'::DOUBLE)
), 'unknown');
