"""bench.json as Markdown, and the targets that the figures are held against."""
import hashlib

import measure

MIB = 1 << 20
ALL, REPORT = 'bouncemill, all outputs', 'bouncemill, suppression and report'


def file_hash(path):
    with open(path, 'rb') as file:
        return hashlib.file_digest(file, 'sha256').hexdigest()


def rows(lines):
    """Lines of cells, the first being the heading."""
    def line(cells):
        return '| ' + ' | '.join(cells) + ' |'
    return [line(lines[0]), '|' + '---|' * len(lines[0]), *map(line, lines[1:]), '']


def program(of_set, name, threads):
    return next((found for found in of_set['programs'] if found['name'] == name and found['threads'] == threads), None)


def set_named(figures, name):
    return next(of_set for of_set in figures['sets'] if of_set['name'] == name)


def memory_per_address(of_set, found):
    """Bytes of the peak beyond 64 MiB, by tracked address."""
    return max(found['peak_mb'] * 1e6 - 64 * MIB, 0) / max(of_set['tracked_addresses'], 1)


def database_targets(mixed, most):
    """Against the first database: with the same threads and the same outputs."""
    found, us = program(mixed, 'DuckDB, policy by codes alone', most), \
        program(mixed, 'bouncemill, suppression and status', most)
    if not found:
        return []
    return [('times as fast as DuckDB', found['wall_s'] / us['wall_s'], '>=', 5),
            ("share of DuckDB's memory", us['peak_mb'] / found['peak_mb'], '<=', 0.2)]


def speed_up(figures, name, most):
    of_set = set_named(figures, name)
    return program(of_set, ALL, 1)['wall_s'] / program(of_set, ALL, most)['wall_s']


def targets(figures):
    """What is measured, the figure, how it must compare, and with what."""
    mixed, most = figures['sets'][0], max(figures['threads'])
    plain = figures['forms']['forms'][0]
    found = [('CPU of all outputs / `zstd -dc`, 1 thread', program(mixed, ALL, 1)['cpu_to_limit'], '<=', 1.7),
             ('CPU of suppression and report / `zstd -dc`, 1 thread', program(mixed, REPORT, 1)['cpu_to_limit'],
              '<=', 1.5)]
    if most > 1:
        found += [(f'wall of all outputs / `zstd -dc` by {most}', program(mixed, ALL, most)['wall_to_limit'], '<=', 1.8),
                  (f'wall of suppression and report / `zstd -dc` by {most}',
                   program(mixed, REPORT, most)['wall_to_limit'], '<=', 1.6)]
    found += database_targets(mixed, most)
    found += [('plain text through the scan, GB/s a core', plain['text_bytes'] / plain['scan_s'] / 1e9, '>=', 1.5)]
    if most == 2:
        found += [(f'two threads to one, {name}', speed_up(figures, name, most), '>=', bound)
                  for name, bound in (('mixed', 1.9), ('one, frames', 1.8), ('one, one frame', 1.4))]
    return found + [(f'peak memory beyond 64 MiB, bytes an address, {of_set["name"]}',
                     memory_per_address(of_set, program(of_set, ALL, most)), '<=', 100) for of_set in figures['sets']]


def is_met(figure, comparison, bound):
    return figure <= bound if comparison == '<=' else figure >= bound


def targets_table(figures):
    lines = [('target', 'measured', 'wanted', '')]
    for name, figure, comparison, bound in figures['targets']:
        lines.append((name, f'{figure:.2f}', f'{comparison} {bound}',
                      'met' if is_met(figure, comparison, bound) else '**not met**'))
    return rows(lines)


def stages_table(stages):
    total = sum(stage['ns_per_row'] for stage in stages['stages'])
    lines = [('stage', 'ns/row', 'share', 'what')]
    lines += [(stage['name'], f'{stage["ns_per_row"]:.1f}', f'{100 * stage["share"]:.1f} %', stage['what'])
              for stage in stages['stages']]
    return rows([*lines, ('run', f'{total:.1f}', '100 %', 'CPU time of one thread')])


def forms_table(forms):
    lines = [('archives', 'limit ns/row', 'scan ns/row', 'scan GB/s', 'scan / limit')]
    for form in forms['forms']:
        lines.append((form['compression'], f'{form["limit_ns_per_row"]:.1f}', f'{form["scan_ns_per_row"]:.1f}',
                      f'{form["text_bytes"] / form["scan_s"] / 1e9:.2f}', f'{form["scan_s"] / form["limit_s"]:.2f}'))
    return rows(lines)


def set_table(of_set):
    before = any('cpu_to_before' in found for found in of_set['programs'])
    lines = [('program', 'threads', 'wall s', 'CPU s', 'peak MB', 'CPU / limit', 'wall / limit',
              *(['CPU / before', 'wall / before'] if before else []))]
    for found in of_set['programs']:
        cells = [found['name'], str(found['threads']), f'{found["wall_s"]:.3f}', f'{found["cpu_s"]:.3f}',
                 f'{found["peak_mb"]:.0f}', f'{found["cpu_to_limit"]:.2f}', f'{found["wall_to_limit"]:.2f}']
        if before:
            cells += [f'{found[key]:.3f}' if key in found else '' for key in ('cpu_to_before', 'wall_to_before')]
        lines.append(cells)
    return rows(lines)


def sets_text(figures):
    text = []
    for of_set in figures['sets']:
        text += [f'### {of_set["name"]}', '', f'{of_set["what"]}: {of_set["bytes"] / 1e6:,.1f} MB, '
                 f'{of_set["tracked_addresses"]:,} tracked addresses.', '', *set_table(of_set)]
    return text


def answers_text(answers):
    if not answers:
        return ['The answers were not compared: without DuckDB.', '']
    lines = [('program', 'rows of status.csv that differ, archives without texts', 'with texts')]
    for name, without in answers['without_texts'].items():
        if name != 'bouncemill':
            with_texts = answers['with_texts'][name]
            lines.append((name, *(f'{found["different"]:,} of {found["addresses"]:,}'
                                  for found in (without, with_texts))))
    counts = {None: [], True: ['Miller and mawk count the same.', ''], False: ['Miller and mawk count differently.', '']}
    return [*rows(lines), 'The databases go by codes alone; what else they leave out, bench/peers/sfmc.sql says.', '',
            *counts[answers['counts_agree']]]


def instructions_text(found):
    stages = [('by file', 'instructions/row', 'share')]
    stages += [(stage, f'{count:.1f}', f'{100 * count / found["per_row"]:.1f} %')
               for stage, count in found['stages'].items()]
    functions = [('function', 'by file', 'instructions/row')]
    functions += [(f'`{function["name"]}`', function['stage'], f'{function["per_row"]:.1f}')
                  for function in found['functions']]
    return [f'{found["per_row"]:.1f} instructions a row (one thread, AVX2; {found["rows"]:,} rows more).', '',
            *rows(stages), *rows(functions)]


def kernels_table(kernels):
    return rows([('text in the L2 cache or not', 'instructions', 'GB/s', 'ns/row'),
                 *((kernel['text'], kernel['simd'], f'{kernel["gb_per_s"]:.2f}', f'{kernel["ns_per_row"]:.2f}')
                   for kernel in kernels)])


def classify_text(found, others):
    lines = [('classifier, one core', 'replies/s')]
    lines += [(f'bouncemill, {name.replace("_", ", ")}', f'{rate:,.0f}')
              for name, rate in found['replies_per_s'].items()]
    lines += [(f'{other["name"]} {other["version"]}, {other["rules"]} rules', f'{other["replies_per_s"]:,.0f}')
              for other in others]
    return [*rows(lines), *(['ZoneMTA says whether to defer or reject, and a category: answers are not compared.', '']
                            if others else [])]


def head(figures):
    machine = figures['machine']
    return ['# bouncemill: speed', '', f'* {machine["processor"]}, {machine["processors"]} processors, '
            f'{machine["system"]}; load {machine["load_at_start"]:.1f} before it began',
            '* ' + ', '.join(f'{name} {version}' for name, version in figures['versions'].items()),
            f'* {figures["rows"]:,} rows drawn from {figures["addresses"]:,} addresses, seed {figures["seed"]}; best of '
            f'{figures["rounds"]} rounds, programs taking turns', '* limit: to decompress alone, to nowhere '
            '(`zstd -dc`, `gzip -dc`, `cat`), as many archives at a time as there are threads',
            f'* memory below {measure.PEAK_MB_TOLD} MB is not told apart', '']


def markdown(figures):
    text = [*head(figures), '## Targets', '', *targets_table(figures)]
    if figures['wrong']:
        text += ['## Wrong', '', *('* ' + problem for problem in figures['wrong']), '']
    if figures['before_differs']:
        text += ['Lists differ from those of the build before: ' + ', '.join(figures['before_differs']) + '.', '']
    text += ['## Stages (`bouncemill bench run`)', '', *stages_table(figures['stages']),
             '## Forms (`bouncemill bench scan`)', '', *forms_table(figures['forms']),
             '## Whole runs', '', *sets_text(figures), '## Answers', '', *answers_text(figures['answers']),
             *(['## Finding fields (csv_index alone)', '', *kernels_table(figures['kernels'])]
               if figures['kernels'] else []),
             '## Classifying', '', *classify_text(figures['classify'], figures['classifiers'])]
    if 'instructions' in figures:
        text += ['## Instructions (callgrind)', '', *instructions_text(figures['instructions'])]
    return '\n'.join(text)
