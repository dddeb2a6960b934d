-- Policy `sfmc` in SQL, for DuckDB: the best known way there, with window functions.
--
-- Exact in the permission axis (unsubscribe, complaint, delete, resubscribe), the resets by open and click,
-- campaigns that count once, the 15 days and the trusted domains. Two things are left out, both in DuckDB's favour:
--  * A bounce is hard or not by its codes alone; texts are not read. Where texts decide, answers differ, so they are
--    compared on archives without texts.
--  * Whether a bounce was ignored because the address was already Held depends on what was counted before, and that
--    depends on which bounces were ignored. Windows cannot follow this circle: a campaign that bounced only while the
--    address was Held counts as seen here, while the policy counts its next bounce after an open.
--
-- ARCHIVES, HARD_ENHANCED, KNOWN_ENHANCED, HARD_REPLY, TRUSTED and OUT are filled in by duckdb_run.py, from
-- `bouncemill list codes` and the table of trusted domains.

CREATE TEMP TABLE event AS
SELECT lower(address) AS address,
       hash(lower(address)) AS id, -- sorts faster than the text
       epoch_ms(time) AS ms,
       CASE event WHEN 'resubscribe' THEN 0 WHEN 'open' THEN 3 WHEN 'click' THEN 4 WHEN 'bounce' THEN 5
                  WHEN 'unsubscribe' THEN 6 WHEN 'complaint' THEN 7 ELSE 8 END::UTINYINT AS kind,
       event = 'bounce' AND CASE WHEN enhanced_code IN (KNOWN_ENHANCED) THEN enhanced_code IN (HARD_ENHANCED)
                                 ELSE coalesce(smtp_code IN (HARD_REPLY), false) END AS hard,
       hash(coalesce(campaign, message_id)) AS campaign,
       smtp_code,
       enhanced_code
FROM read_csv(ARCHIVES, auto_detect = false, header = true, delim = ',', quote = '"', escape = '"',
              columns = {'time': 'TIMESTAMP', 'event': 'VARCHAR', 'address': 'VARCHAR', 'campaign': 'VARCHAR',
                         'message_id': 'VARCHAR', 'smtp_code': 'VARCHAR', 'enhanced_code': 'VARCHAR',
                         'diagnostic': 'VARCHAR'})
WHERE event IN ('resubscribe', 'open', 'click', 'bounce', 'unsubscribe', 'complaint', 'delete');

-- Opens and clicks alone make no row of the output.
CREATE TEMP TABLE listed AS
SELECT *, ms * 16 + kind AS moment FROM event
WHERE id IN (SELECT id FROM event WHERE kind NOT IN (3, 4));

CREATE TEMP TABLE status AS
WITH frozen AS (
    SELECT *, coalesce(max(moment) FILTER (kind >= 6) OVER life, -1) >
              coalesce(max(moment) FILTER (kind = 0) OVER life, -1) AS frozen
    FROM listed
    WINDOW life AS (PARTITION BY id ORDER BY ms, kind, hard DESC, campaign ROWS UNBOUNDED PRECEDING)
),
-- A span lasts from one reset to the next.
spans AS (
    SELECT *, coalesce(max(moment) FILTER (kind = 0 OR (kind IN (3, 4) AND NOT frozen)) OVER life, -1) AS span
    FROM frozen
    WINDOW life AS (PARTITION BY id ORDER BY ms, kind, hard DESC, campaign ROWS UNBOUNDED PRECEDING)
),
fresh AS (
    SELECT *, kind = 5 AND NOT frozen AND row_number() OVER (
                  PARTITION BY id, campaign, kind = 5 AND NOT frozen ORDER BY ms, hard DESC) = 1 AS fresh
    FROM spans
),
counted AS (
    SELECT *, count(*) FILTER (fresh) OVER span AS n, min(ms) FILTER (fresh) OVER span AS first_at,
           CASE WHEN hard AND NOT frozen THEN regexp_matches(address, TRUSTED) ELSE false END AS trusted_hard
    FROM fresh
    WINDOW span AS (PARTITION BY id, span ORDER BY ms, kind, hard DESC, campaign ROWS UNBOUNDED PRECEDING)
),
held AS (
    SELECT *, trusted_hard OR (fresh AND n >= 3 AND ms - first_at > 15 * 86400000) AS held FROM counted
),
span_ends AS (
    SELECT id, span,
           any_value(address) AS address,
           max(kind) FILTER (kind >= 6) AS permission,
           min(ms) FILTER (kind >= 6) AS permission_at,
           min(ms) FILTER (kind = 8) AS delete_at,
           min(ms) FILTER (held) AS held_at,
           min(n) FILTER (held) AS held_n,
           arg_min(trusted_hard, struct_pack(ms, later := NOT hard, campaign)) FILTER (held) AS held_by_trust,
           min(ms) FILTER (fresh) AS bounced_at,
           count(*) FILTER (fresh) AS fresh_n,
           min(ms) FILTER (kind = 5) AS first_bounce,
           max(struct_pack(ms, later := NOT hard, campaign, smtp_code, enhanced_code)) FILTER (kind = 5) AS last_bounce
    FROM held
    GROUP BY id, span
),
-- A reset is a change only where the span before did not end Active.
changes AS (
    SELECT *, lag(permission IS NOT NULL OR held_at IS NOT NULL OR fresh_n > 0, 1, false)
                  OVER (PARTITION BY id ORDER BY span) AS changed
    FROM span_ends
),
lives AS (
    SELECT any_value(address) AS address,
           max(span) FILTER (changed) AS reset,
           arg_max(struct_pack(permission, permission_at, delete_at, held_at, held_n, held_by_trust,
                               bounced_at, fresh_n),
                   span) AS e,
           min(first_bounce) AS first_bounce,
           max(last_bounce) AS last_bounce
    FROM changes
    GROUP BY id
)
SELECT address,
       CASE WHEN e.permission = 8 THEN 'Deleted' WHEN e.permission IS NOT NULL THEN 'Unsubscribed'
            WHEN e.held_at IS NOT NULL THEN 'Held' WHEN e.fresh_n > 0 THEN 'Bounced' ELSE 'Active' END AS status,
       CASE WHEN e.permission = 8 THEN 'delete' WHEN e.permission = 7 THEN 'complaint'
            WHEN e.permission = 6 THEN 'unsubscribe'
            WHEN e.held_by_trust THEN 'trusted-hard' WHEN e.held_at IS NOT NULL THEN 'bounce-threshold'
            WHEN e.fresh_n > 0 THEN 'bounce'
            WHEN reset IS NOT NULL THEN CASE reset % 16 WHEN 0 THEN 'resubscribe' WHEN 3 THEN 'open' ELSE 'click' END
       END AS reason,
       CASE WHEN e.permission = 8 THEN e.delete_at WHEN e.permission IS NOT NULL THEN e.permission_at
            WHEN e.held_at IS NOT NULL THEN e.held_at WHEN e.fresh_n > 0 THEN e.bounced_at
            WHEN reset IS NOT NULL THEN reset // 16 END AS since,
       coalesce(e.held_n, e.fresh_n) AS bounce_count,
       e.permission IS NOT NULL OR e.held_at IS NOT NULL AS suppressed,
       first_bounce, last_bounce
FROM lives;

COPY (
    SELECT 'sfmc' AS policy, address, status, suppressed::TINYINT AS suppressed, reason,
           strftime(make_timestamp_ms(since), '%Y-%m-%dT%H:%M:%SZ') AS since, bounce_count
    FROM status ORDER BY address
) TO 'OUT/status.csv' (HEADER);

COPY (
    SELECT 'sfmc' AS policy, address, status, reason,
           strftime(make_timestamp_ms(since), '%Y-%m-%dT%H:%M:%SZ') AS since, bounce_count,
           strftime(make_timestamp_ms(first_bounce), '%Y-%m-%dT%H:%M:%SZ') AS first_bounce,
           strftime(make_timestamp_ms(last_bounce.ms), '%Y-%m-%dT%H:%M:%SZ') AS last_bounce,
           last_bounce.smtp_code AS last_smtp_code, last_bounce.enhanced_code AS last_enhanced_code
    FROM status WHERE suppressed ORDER BY address
) TO 'OUT/suppression.csv' (HEADER);
