-- The headline KPIs that a call log can give, each as [value, n]. Every row is one call, and all
-- are on the phone: the figures of the channel and of the total are one row, computed once.
WITH calls AS (
    SELECT
        answered_at IS NOT NULL AS is_answered,
        abandoned_at IS NOT NULL AND answered_at IS NULL AS is_abandoned,
        coalesce(queued_at, answered_at, abandoned_at) IS NOT NULL AS is_offered,
        date_diff('second', started_at, answered_at) AS response_s,
        date_diff('second', queued_at, answered_at) AS wait_s,
        date_diff('second', coalesce(queued_at, started_at), answered_at) <= 20 AS is_in_time,
        talk_seconds,
        customer_id,
        started_at
    FROM $source
),

-- The frame ends before the customer's other calls of the same second: those are not earlier ones.
-- An unknown customer can neither return nor count.
returns AS (
    SELECT
        * EXCLUDE (customer_id, started_at),
        CASE
            WHEN customer_id IS NOT NULL
            THEN coalesce(started_at - max(started_at) OVER earlier <= INTERVAL 7 DAY, FALSE)
        END AS is_repeat
    FROM calls
    WINDOW earlier AS (
        PARTITION BY customer_id
        ORDER BY started_at
        GROUPS BETWEEN 1 PRECEDING AND 1 PRECEDING
    )
),

measured AS (
    SELECT
        count(*) AS received,
        count(*) FILTER (NOT is_answered) AS unanswered,
        count(response_s) AS responses,
        quantile_cont(response_s, [0.5, 0.9]) AS response_s,
        count(talk_seconds) AS handled,
        avg(talk_seconds) AS handle_s,
        count(wait_s) AS waits,
        avg(wait_s) AS wait_s,
        count(*) FILTER (is_offered) AS offered,
        count(*) FILTER (is_in_time) AS within_target,
        count(*) FILTER (is_abandoned) AS abandoned,
        count(is_repeat) AS identified,
        count(*) FILTER (is_repeat) AS repeats
    FROM returns
)

SELECT
    channel,
    [received, received] AS "received",
    [unanswered, unanswered] AS "unanswered",
    [response_s[1], responses] AS "first_response_time.median",
    [response_s[2], responses] AS "first_response_time.p90",
    [handle_s, handled] AS "handle_time.mean",
    [wait_s, waits] AS "queue_wait.mean",
    [within_target / nullif(offered, 0), offered] AS "service_level",
    [abandoned / nullif(offered, 0), offered] AS "abandonment_rate",
    [repeats / nullif(identified, 0), identified] AS "repeat_contact_rate"
FROM measured, (VALUES ('phone'), ('total')) AS groups (channel)
