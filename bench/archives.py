"""The sets of archives that are measured with. All are `bouncemill generate`'s: seeded, the same everywhere."""
import dataclasses
import glob
import os
import subprocess


@dataclasses.dataclass
class ArchiveSet:
    name: str
    what: str
    compression: str = 'zst'  # as generate calls it
    single: bool = False      # one archive instead of several
    frame_size: str = '0'     # 0: one frame an archive
    bounce_share: str = '0.12'
    addresses: int = 0        # 0: as the options say
    rows_of: str = ''         # sets with the same text here hold the same rows, so that outputs must be the same


def archive_sets(arguments):
    """The first one is the one that peers are compared on."""
    files = arguments.files
    mixed = ArchiveSet('mixed', f'{files} archives, zstd, 12 % bounces', rows_of='mixed')
    if arguments.archives:
        mixed = ArchiveSet('mixed', 'the archives given')
    return [
        mixed,
        ArchiveSet('plain', f'{files} archives, not compressed', 'none', rows_of='mixed'),
        ArchiveSet('gz', f'{files} archives, gzip', 'gz', rows_of='mixed'),
        ArchiveSet('one, frames', 'one archive, zstd frames of 4 MiB of text', single=True, frame_size='4M',
                   rows_of='one'),
        ArchiveSet('one, one frame', 'one archive, one zstd frame', single=True, rows_of='one'),
        ArchiveSet('bounces 0.1 %', f'{files} archives, zstd, few bounces', bounce_share='0.001'),
        ArchiveSet('bounces 100 %', f'{files} archives, zstd, nothing but bounces', bounce_share='1'),
        ArchiveSet('few addresses', f'{files} archives, zstd, drawn from 1,000 addresses', addresses=1000),
        ArchiveSet('many addresses', f'{files} archives, zstd, drawn from as many addresses as rows',
                   addresses=arguments.rows),
    ]


def archives_of(folder):
    return sorted(path for path in glob.glob(os.path.join(folder, '*')) if os.path.isfile(path))


def archives_make(arguments, archive_set, folder, rows=None):
    subprocess.run([arguments.bouncemill, 'generate', '--quiet', '--output', folder,
                    '--events', str(rows or arguments.rows), '--addresses', str(archive_set.addresses or arguments.addresses),
                    '--files', '1' if archive_set.single else str(arguments.files), '--seed', str(arguments.seed),
                    '--bounce-share', archive_set.bounce_share, '--compression', archive_set.compression,
                    '--frame-size', archive_set.frame_size], check=True)
    return archives_of(folder)
