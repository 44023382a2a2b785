-- The headline KPIs that a message log can give, per channel and for the total, each as [value, n].
-- A conversation keeps its customer and its channel, so both may stand in the GROUP BY; the times
-- are whole seconds.
WITH conversations AS (
    SELECT
        channel,
        customer_id,
        min(CASE WHEN direction = 'inbound' THEN sent_at::TIMESTAMP END) AS contacted_at,
        min(CASE WHEN direction = 'outbound' THEN sent_at::TIMESTAMP END) AS replied_at
    FROM $source
    GROUP BY conversation_id, customer_id, channel
),

-- Outreach is out: no contact at all, or a reply before the first contact. A reply in the very
-- second of the contact answers it.
received AS (
    SELECT
        channel,
        customer_id,
        contacted_at,
        date_diff('second', contacted_at, replied_at) AS response_s
    FROM conversations
    WHERE contacted_at IS NOT NULL AND (replied_at IS NULL OR replied_at >= contacted_at)
),

-- The frame ends before the customer's other conversations of the same second: those are not
-- earlier ones. An unknown customer can neither return nor count.
returns AS (
    SELECT
        channel,
        response_s,
        CASE
            WHEN customer_id IS NOT NULL
            THEN coalesce(contacted_at - max(contacted_at) OVER earlier <= INTERVAL 7 DAY, FALSE)
        END AS is_repeat
    FROM received
    WINDOW earlier AS (
        PARTITION BY customer_id
        ORDER BY contacted_at
        GROUPS BETWEEN 1 PRECEDING AND 1 PRECEDING
    )
),

-- Chat alone has a queue here; nothing in the log says when a chat entered it or was given up, so
-- the wait is the first response and the answered chats are the offered ones.
measured AS (
    SELECT
        channel,
        count(*) AS received,
        count(*) - count(response_s) AS unanswered,
        count(response_s) AS answered,
        quantile_cont(response_s, [0.5, 0.9]) AS response_s,
        count(response_s) FILTER (channel = 'chat') AS offered,
        count(*) FILTER (channel = 'chat' AND response_s <= 60) AS within_target,
        avg(response_s) FILTER (channel = 'chat') AS wait_s,
        count(is_repeat) AS identified,
        count(*) FILTER (is_repeat) AS repeats
    FROM returns
    GROUP BY GROUPING SETS ((channel), ())
)

SELECT
    coalesce(channel, 'total') AS channel,
    [received, received] AS "received",
    [unanswered, unanswered] AS "unanswered",
    [response_s[1], answered] AS "first_response_time.median",
    [response_s[2], answered] AS "first_response_time.p90",
    [wait_s, offered] AS "queue_wait.mean",
    [within_target / nullif(offered, 0), offered] AS "service_level",
    [repeats / nullif(identified, 0), identified] AS "repeat_contact_rate"
FROM measured
