"""What the policy `sfmc` needs of bouncemill's tables, for its peers."""
import csv
import os
import re

HERE = os.path.dirname(os.path.abspath(__file__))
TABLES = os.path.join(HERE, '..', '..', 'src', 'classify', 'tables')


def table_rows(name):
    with open(os.path.join(TABLES, name), newline='') as file:
        return list(csv.DictReader(line for line in file if not line.startswith('#')))


def quoted(texts):
    return ', '.join("'" + text.replace("'", "''") + "'" for text in texts)


def code_lists():
    """The enhanced codes that decide, those of them that are hard, and the hard reply codes."""
    classes = {row['reason']: row['class'] for row in table_rows('reasons.csv')}
    enhanced, hard_reply = {}, []
    for row in table_rows('codes.csv'):
        is_hard = classes[row['reason']] == 'hard'
        if row['kind'] == 'reply' and is_hard:
            first, _, last = row['code'].partition('-')
            hard_reply += [str(code) for code in range(int(first), int(last or first) + 1)]
        elif row['kind'] == 'enhanced' and row['code'].startswith('X.'):  # 4 and 5, where they have no own row
            for digit in '45':
                enhanced.setdefault(digit + row['code'][1:], is_hard)
        elif row['kind'] == 'enhanced':
            enhanced[row['code']] = is_hard
    known = [code for code in enhanced if not code.endswith('.0.0')]
    return known, [code for code in known if enhanced[code]], hard_reply


def trusted_pattern():
    """The table of trusted domains as a regular expression that matches addresses."""
    names = []
    with open(os.path.join(TABLES, 'trusted_domains.txt')) as file:
        for line in file:
            rule = line.partition('#')[0].strip()
            if rule:
                name = re.escape(rule).replace(r'\{cc\}', '[a-z]{2}').replace(r'\*', '[^@]+')
                names.append(name)
    return '@(' + '|'.join(names) + ')$'


def query_text(name, out, **places):
    """A file of SQL, without its comments, with the places filled in."""
    known, hard, hard_reply = code_lists()
    places = {'KNOWN_ENHANCED': quoted(known), 'HARD_ENHANCED': quoted(hard), 'HARD_REPLY': quoted(hard_reply) or "''",
              'TRUSTED': quoted([trusted_pattern()]), 'OUT': out, **places}
    with open(os.path.join(HERE, name)) as file:
        text = ''.join(line for line in file if not line.startswith('--') or line.startswith('--;'))
    return re.sub(r'\b(' + '|'.join(places) + r')\b', lambda match: places[match[1]], text)
