"""Tries the changes that an assembly carries, each in processes of its own: scripts/mutants says how it comes to be.

mutants.py PROGRAM REPORT OUT --left-out METHODS [--sample N] [--seed N] [--only REGEX] [--strings]
"""
import argparse
import collections
import concurrent.futures
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile

SLOW_SECONDS = 1.5  # a class of tests that takes longer runs by itself, after the others
LINE = re.compile(r'^(passed|failed) (Lodger\.\w+\.Tests\.[\w.]+?)\.(\w+)(\(.*\))? \(([^()]*)\)$')

options = argparse.ArgumentParser()
options.add_argument('program')
options.add_argument('report')
options.add_argument('out')
options.add_argument('--left-out', default='')
options.add_argument('--sample', type=int)
options.add_argument('--seed', type=int, default=1)
options.add_argument('--only')
options.add_argument('--strings', action='store_true')
options = options.parse_args()
workers = os.cpu_count() or 1
left_out = [word for method in options.left_out.split(',') if method for word in ('--filter-not-method', method)]


def run(words, environment, limit):
    """The status of the tests (None: they did not end in time) and what they said."""
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            [options.program, '--no-progress', '--output', 'Detailed', *words, *left_out], stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT,
            env={**os.environ, **environment}, start_new_session=True)
        try:
            status = process.wait(limit)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            status = None
        said.seek(0)
        return status, said.read().decode('utf-8', 'replace')


def results(said):
    return [found for line in said.splitlines() if (found := LINE.match(line.strip()))]


def seconds(text):
    return sum(float(n) * {'ms': .001, 's': 1, 'm': 60}[unit] for n, unit in re.findall(r'([\d.]+)(ms|s|m)\b', text))


def covers(test_class):
    """The numbers of the changes whose places the tests of a class come to, by Stryker's own count."""
    with tempfile.TemporaryDirectory() as directory:
        status, _ = run(['--filter-class', test_class], {'STRYKER_COVERAGE_FILE': 'covered.txt', 'TMPDIR': directory}, 300)
        if status is None:
            return test_class, None
        texts = [open(os.path.join(directory, name)).read() for name in os.listdir(directory) if name.startswith('covered')]
        return test_class, {int(n) for text in texts for n in re.findall(r'\d+', text)}


status, said = run([], {}, 1800)
if status:
    sys.exit('The tests fail without any change:\n' + '\n'.join(f[0] for f in results(said) if f[1] == 'failed'))
cost = collections.Counter()
for found in results(said):
    cost[found[2]] += seconds(found[5])
print(f'{len(cost)} classes of tests take {sum(cost.values()):.0f} s; asking each what it covers', file=sys.stderr)
with concurrent.futures.ThreadPoolExecutor(workers) as pool:
    cover = dict(pool.map(covers, sorted(cost, key=cost.get, reverse=True)))
by_cost = sorted(cost, key=cost.get)
quick = [c for c in by_cost if cost[c] <= SLOW_SECONDS and cover[c] is not None]
slow = [c for c in by_cost if c not in quick]

changes = {}
for path, file in json.load(open(options.report))['files'].items():
    name = path.replace('\\', '/').split('/src/')[-1]
    for m in file['mutants']:
        if m['status'] in ('CompileError', 'Ignored') or (m['mutatorName'] == 'String mutation' and not options.strings) or (options.only and not re.search(options.only, name)):
            continue
        changes[int(m['id'])] = {'file': name, 'line': m['location']['start']['line'], 'column': m['location']['start']['column'], 'kind': m['mutatorName'], 'becomes': m.get('replacement', '')}
numbers = sorted(changes)
random.Random(options.seed).shuffle(numbers)
numbers = numbers[:options.sample]
print(f'{len(changes)} changes, {len(numbers)} to be tried', file=sys.stderr)


def judge(number):
    environment = {'STRYKER_MUTANT_ID_CONTROL_VAR': 'LODGER_MUTANT', 'LODGER_MUTANT': str(number)}
    together = [c for c in quick if number in cover[c]]
    alone = [[c] for c in slow if cover[c] is None or number in cover[c]]
    groups = ([together] if together else []) + alone
    for group in groups:
        status, said = run(['--stop-on-fail', 'on', *(word for c in group for word in ('--filter-class', c))], environment, 30 + 10 * sum(cost[c] for c in group))
        if status == 8:
            raise RuntimeError(f'no test ran: {said[-500:]}')
        if status is None:
            return number, 'endless', ''
        if status:
            return number, 'killed', next((f'{f[2]}.{f[3]}' for f in results(said) if f[1] == 'failed'), 'the process crashed')
    return number, 'survived' if groups else 'uncovered', ''


tally = collections.defaultdict(collections.Counter)
with concurrent.futures.ThreadPoolExecutor(workers) as pool, open(options.out, 'w') as out:
    tries = [pool.submit(judge, number) for number in numbers]
    for n, done in enumerate(concurrent.futures.as_completed(tries), 1):
        number, verdict, by = done.result()
        out.write(json.dumps({'id': number, 'verdict': verdict, 'by': by, **changes[number]}) + '\n')
        out.flush()
        tally['/'.join(changes[number]['file'].split('/')[:2])][verdict] += 1
        if n % 200 == 0:
            print(f'{n} of {len(numbers)}', file=sys.stderr)

rows = [*sorted(tally.items()), ('all', sum(tally.values(), collections.Counter()))]
print(f'{"":36} tried  noticed  survived  uncovered')
for name, verdicts in rows:
    noticed = verdicts['killed'] + verdicts['endless']
    print(f'{name:36} {verdicts.total():5}  {noticed:5} {100 * noticed / max(1, verdicts.total()):3.0f} %  {verdicts["survived"]:6}  {verdicts["uncovered"]:6}')
