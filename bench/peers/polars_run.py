"""Policy `sfmc` in Polars, step by step as sfmc.sql has it: polars_run.py THREADS OUT ARCHIVE...

What sfmc.sql leaves out is left out here too, and nothing else. Windows of SQL that look back are cumulative
expressions over rows that are sorted once. Prints a line of JSON, as duckdb_run.py does.
"""
import json
import os
import sys
import time

from sfmc_tables import code_lists, trusted_pattern

DAY_MS = 86400000
KINDS = {'resubscribe': 0, 'open': 3, 'click': 4, 'bounce': 5, 'unsubscribe': 6, 'complaint': 7, 'delete': 8}
COLUMNS = ('time', 'event', 'address', 'campaign', 'message_id', 'smtp_code', 'enhanced_code', 'diagnostic')


def events_read(pl, archives):
    known, hard, hard_reply = code_lists()
    col = pl.col
    is_hard = pl.when(col('enhanced_code').is_in(known)).then(col('enhanced_code').is_in(hard)).otherwise(
        col('smtp_code').is_in(hard_reply).fill_null(False))
    return (pl.scan_csv(archives, schema={name: pl.String for name in COLUMNS})
            .filter(col('event').is_in(list(KINDS)))
            .select(address=col('address').str.to_lowercase(),
                    ms=col('time').str.to_datetime('%Y-%m-%dT%H:%M:%SZ', time_unit='ms').dt.epoch('ms'),
                    kind=col('event').replace_strict(KINDS, return_dtype=pl.Int64),
                    hard=(col('event') == 'bounce') & is_hard,
                    campaign=pl.coalesce('campaign', 'message_id').hash(),
                    smtp_code='smtp_code', enhanced_code='enhanced_code')
            .with_columns(id=col('address').hash())
            .collect(engine='streaming'))


def spans_find(pl, events):
    """The events of listed addresses in order, with what freezes and resets them."""
    col = pl.col
    moment = col('ms') * 16 + col('kind')

    def latest(condition):
        return pl.when(condition).then(moment).otherwise(-1).cum_max().over('id')
    listed = events.filter(~col('kind').is_in([3, 4]))['id'].unique()
    trusted = (events.filter('hard').select('id', 'address').unique()
               .filter(col('address').str.contains(trusted_pattern()))['id'])
    return (events.filter(col('id').is_in(listed.implode()))
            .sort('id', 'ms', 'kind', 'hard', 'campaign', descending=[False, False, False, True, False])
            .with_columns(frozen=latest(col('kind') >= 6) > latest(col('kind') == 0))
            .with_columns(span=latest((col('kind') == 0) | (col('kind').is_in([3, 4]) & ~col('frozen'))),
                          counts=(col('kind') == 5) & ~col('frozen'))
            .with_columns(fresh=col('counts') & pl.struct('id', 'campaign', 'counts').is_first_distinct(),
                          trusted_hard=col('hard') & ~col('frozen') & col('id').is_in(trusted.implode())))


def span_ends(pl, spans):
    col = pl.col
    bounces = col('kind') == 5
    return (spans.with_columns(n=col('fresh').cast(pl.Int64).cum_sum().over('id', 'span'),
                               first_at=pl.when('fresh').then('ms').cum_min().over('id', 'span'))
            .with_columns(held=col('trusted_hard') | (col('fresh') & (col('n') >= 3)
                                                      & (col('ms') - col('first_at') > 15 * DAY_MS)))
            .group_by('id', 'span')
            .agg(address=col('address').first(),
                 permission=col('kind').filter(col('kind') >= 6).max(),
                 permission_at=col('ms').filter(col('kind') >= 6).min(),
                 delete_at=col('ms').filter(col('kind') == 8).min(),
                 held_at=col('ms').filter('held').min(), held_n=col('n').filter('held').min(),
                 held_by_trust=col('trusted_hard').filter('held').first(),
                 bounced_at=col('ms').filter('fresh').min(), fresh_n=col('fresh').sum(),
                 first_bounce=col('ms').filter(bounces).min(), last_bounce=col('ms').filter(bounces).last(),
                 last_smtp_code=col('smtp_code').filter(bounces).last(),
                 last_enhanced_code=col('enhanced_code').filter(bounces).last())
            .sort('id', 'span'))


def lives_make(pl, ends):
    """One row an address: its last span, its last reset that changed something, its bounces of all spans."""
    col = pl.col
    last = [name for name in ends.columns if name not in ('id', 'span')]
    ended_otherwise = col('permission').is_not_null() | col('held_at').is_not_null() | (col('fresh_n') > 0)
    bounced = col('last_bounce').is_not_null()
    return (ends.with_columns(changed=ended_otherwise.shift(1).over('id').fill_null(False))
            .group_by('id')
            .agg(reset=col('span').filter('changed').max(),
                 **{name: col(name).last() for name in last if not name.startswith(('first_bounce', 'last_'))},
                 first_bounce=col('first_bounce').min(),
                 **{name: col(name).filter(bounced).last() for name in last if name.startswith('last_')}))


def status_make(pl, lives):
    col, lit = pl.col, pl.lit
    withdrawn, held = col('permission').is_not_null(), col('held_at').is_not_null()
    bounced, reset = col('fresh_n') > 0, col('reset').is_not_null()

    def iso(ms):
        return pl.from_epoch(ms, 'ms').dt.strftime('%Y-%m-%dT%H:%M:%SZ')
    since = (pl.when(col('permission') == 8).then('delete_at').when(withdrawn).then('permission_at')
             .when(held).then('held_at').when(bounced).then('bounced_at').when(reset).then(col('reset') // 16))
    return lives.select(
        'address', policy=lit('sfmc'),
        status=pl.when(col('permission') == 8).then(lit('Deleted')).when(withdrawn).then(lit('Unsubscribed'))
        .when(held).then(lit('Held')).when(bounced).then(lit('Bounced')).otherwise(lit('Active')),
        suppressed=withdrawn | held,
        reason=pl.when(withdrawn).then(col('permission').replace_strict(
            {6: 'unsubscribe', 7: 'complaint', 8: 'delete'}, default=None))
        .when(col('held_by_trust')).then(lit('trusted-hard')).when(held).then(lit('bounce-threshold'))
        .when(bounced).then(lit('bounce')).when(reset).then((col('reset') % 16).replace_strict(
            {0: 'resubscribe', 3: 'open', 4: 'click'}, default=None)),
        since=iso(since), bounce_count=pl.coalesce('held_n', 'fresh_n'),
        first_bounce=iso(col('first_bounce')), last_bounce=iso(col('last_bounce')),
        last_smtp_code='last_smtp_code', last_enhanced_code='last_enhanced_code').sort('address')


def outputs_write(pl, status, out):
    col = pl.col
    (status.select('policy', 'address', 'status', col('suppressed').cast(pl.Int8), 'reason', 'since', 'bounce_count')
     .write_csv(os.path.join(out, 'status.csv')))
    (status.filter('suppressed')
     .select('policy', 'address', 'status', 'reason', 'since', 'bounce_count', 'first_bounce', 'last_bounce',
             'last_smtp_code', 'last_enhanced_code')
     .write_csv(os.path.join(out, 'suppression.csv')))


def main():
    threads, out, archives = sys.argv[1], sys.argv[2], sys.argv[3:]
    os.environ['POLARS_MAX_THREADS'] = threads  # read when it is imported
    import polars as pl
    os.makedirs(out, exist_ok=True)
    wall, cpu = time.monotonic(), time.process_time()
    ends = span_ends(pl, spans_find(pl, events_read(pl, archives)))
    outputs_write(pl, status_make(pl, lives_make(pl, ends)), out)
    print(json.dumps({'version': pl.__version__, 'wall_s': time.monotonic() - wall,
                      'cpu_s': time.process_time() - cpu}))


if __name__ == '__main__':
    main()
