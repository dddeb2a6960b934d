-- Policy `sfmc` in ClickHouse's SQL: sfmc.sql step by step, which says what is left out; nothing else is.
-- Aggregates over no rows give 0 here, not NULL, unless they are asked to (OrNull).
--
-- Statements end with a line of "--;". What is filled in is that of sfmc.sql, with FILES for ARCHIVES.

CREATE TABLE event ENGINE = Memory AS
SELECT lower(address) AS address,
       cityHash64(lower(address)) AS id,
       toUnixTimestamp64Milli(time) AS ms,
       transform(event, ['resubscribe', 'open', 'click', 'bounce', 'unsubscribe', 'complaint', 'delete'],
                 [0, 3, 4, 5, 6, 7, 8], 0)::Int64 AS kind,
       event = 'bounce' AND if(enhanced_code IN (KNOWN_ENHANCED), enhanced_code IN (HARD_ENHANCED),
                               smtp_code IN (HARD_REPLY)) AS hard,
       cityHash64(if(campaign != '', campaign, message_id)) AS campaign,
       smtp_code,
       enhanced_code
FROM file(FILES, 'CSVWithNames',
          'time DateTime64(3, \'UTC\'), event String, address String, campaign String, message_id String, smtp_code String, enhanced_code String, diagnostic String')
WHERE event IN ('resubscribe', 'open', 'click', 'bounce', 'unsubscribe', 'complaint', 'delete')
SETTINGS date_time_input_format = 'best_effort'
--;
CREATE TABLE status ENGINE = Memory AS
WITH listed AS (
    SELECT *, ms * 16 + kind AS moment FROM event
    WHERE id IN (SELECT id FROM event WHERE kind NOT IN (3, 4))
),
frozen AS (
    SELECT *, maxIf(moment, kind >= 6) OVER life > maxIf(moment, kind = 0) OVER life AS frozen
    FROM listed
    WINDOW life AS (PARTITION BY id ORDER BY ms, kind, hard DESC, campaign
                    ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
),
spans AS (
    SELECT *, maxIf(moment, kind = 0 OR (kind IN (3, 4) AND NOT frozen)) OVER life AS span,
           kind = 5 AND NOT frozen AS counts
    FROM frozen
    WINDOW life AS (PARTITION BY id ORDER BY ms, kind, hard DESC, campaign
                    ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
),
fresh AS (
    SELECT *, counts AND row_number() OVER (PARTITION BY id, campaign, counts ORDER BY ms, hard DESC) = 1 AS fresh
    FROM spans
),
counted AS (
    SELECT *, countIf(fresh) OVER in_span AS n, minIf(ms, fresh) OVER in_span AS first_at,
           if(hard AND NOT frozen, match(address, TRUSTED), false) AS trusted_hard
    FROM fresh
    WINDOW in_span AS (PARTITION BY id, span ORDER BY ms, kind, hard DESC, campaign
                       ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
),
held AS (
    SELECT *, trusted_hard OR (fresh AND n >= 3 AND ms - first_at > 15 * 86400000) AS held FROM counted
),
span_ends AS (
    SELECT id, span,
           any(address) AS address,
           maxOrNullIf(kind, kind >= 6) AS permission,
           minOrNullIf(ms, kind >= 6) AS permission_at,
           minOrNullIf(ms, kind = 8) AS delete_at,
           minOrNullIf(ms, held) AS held_at,
           minOrNullIf(n, held) AS held_n,
           argMinIf(trusted_hard, (ms, NOT hard, campaign), held) AS held_by_trust,
           minIf(ms, fresh) AS bounced_at,
           countIf(fresh) AS fresh_n,
           minOrNullIf(ms, kind = 5) AS first_bounce,
           maxIf((ms, NOT hard, campaign, smtp_code, enhanced_code), kind = 5) AS last_bounce
    FROM held
    GROUP BY id, span
),
changes AS (
    SELECT *, lagInFrame(permission IS NOT NULL OR held_at IS NOT NULL OR fresh_n > 0, 1, false)
                  OVER (PARTITION BY id ORDER BY span
                        ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS changed
    FROM span_ends
),
lives AS (
    SELECT any(address) AS address,
           maxOrNullIf(span, changed) AS reset,
           argMax((permission, permission_at, delete_at, held_at, held_n, held_by_trust, bounced_at, fresh_n),
                  span) AS e,
           minOrNull(first_bounce) AS first_bounce,
           max(last_bounce) AS last_bounce
    FROM changes
    GROUP BY id
)
SELECT address,
       e.1 AS permission, e.4 AS held_at, e.8 AS fresh_n,
       multiIf(permission = 8, 'Deleted', permission IS NOT NULL, 'Unsubscribed', held_at IS NOT NULL, 'Held',
               fresh_n > 0, 'Bounced', 'Active') AS status,
       multiIf(permission = 8, 'delete', permission = 7, 'complaint', permission = 6, 'unsubscribe',
               held_at IS NOT NULL AND e.6, 'trusted-hard', held_at IS NOT NULL, 'bounce-threshold',
               fresh_n > 0, 'bounce', reset IS NULL, '', reset % 16 = 0, 'resubscribe', reset % 16 = 3, 'open',
               'click') AS reason,
       multiIf(permission = 8, e.3, permission IS NOT NULL, e.2, held_at IS NOT NULL, held_at,
               fresh_n > 0, e.7, reset IS NOT NULL, intDiv(reset, 16), NULL) AS since_ms,
       coalesce(e.5, e.8) AS bounce_count,
       permission IS NOT NULL OR held_at IS NOT NULL AS suppressed,
       first_bounce AS first, last_bounce AS last
FROM lives
--;
INSERT INTO FUNCTION file('OUT/status.csv', 'CSVWithNames')
SELECT 'sfmc' AS policy, address, status, suppressed, reason,
       formatDateTime(toDateTime(intDiv(since_ms, 1000), 'UTC'), '%Y-%m-%dT%H:%i:%SZ') AS since, bounce_count
FROM status ORDER BY address
SETTINGS format_csv_null_representation = '', engine_file_truncate_on_insert = 1
--;
INSERT INTO FUNCTION file('OUT/suppression.csv', 'CSVWithNames')
SELECT 'sfmc' AS policy, address, status, reason,
       formatDateTime(toDateTime(intDiv(since_ms, 1000), 'UTC'), '%Y-%m-%dT%H:%i:%SZ') AS since, bounce_count,
       formatDateTime(toDateTime(intDiv(first, 1000), 'UTC'), '%Y-%m-%dT%H:%i:%SZ') AS first_bounce,
       if(first IS NULL, NULL,
          formatDateTime(toDateTime(intDiv(last.1, 1000), 'UTC'), '%Y-%m-%dT%H:%i:%SZ')) AS last_bounce,
       last.4 AS last_smtp_code, last.5 AS last_enhanced_code
FROM status WHERE suppressed ORDER BY address
SETTINGS format_csv_null_representation = '', engine_file_truncate_on_insert = 1
