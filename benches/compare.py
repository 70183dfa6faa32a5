#!/usr/bin/env python3
"""CPU time of `moonfuel run` beside lua5.4's, program by program, in turns.

usage: benches/compare.py [-n ROUNDS] [-b 'BASE COMMAND'] ['COMMAND'] [PROGRAM.lua ...]

Each program of benches/lua runs under BASE (lua5.4) and COMMAND in turn, ROUNDS times (5).
Prints the median of the ratios COMMAND / BASE of each pair (user and system time), and the
geometric mean of those. Other work on the machine hits both sides of a pair alike.
"""
import argparse, glob, math, os, resource, shlex, statistics, subprocess, sys

def run(command, program):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(shlex.split(command) + [program], capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done

def main():
    here = os.path.dirname(os.path.abspath(__file__))
    ours = os.path.join(here, '../target/release/moonfuel')
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('-n', type=int, default=5)
    parser.add_argument('-b', default='lua5.4')
    parser.add_argument('command', nargs='?', default=f'{ours} run --memory 1G --fuel 1000000000000')
    parser.add_argument('programs', nargs='*')
    args = parser.parse_args()
    logs, wrong = [], 0
    for program in args.programs or sorted(glob.glob(os.path.join(here, 'lua/*.lua'))):
        name, ratios, times = os.path.basename(program)[:-4], [], []
        for _ in range(args.n):
            base, want = run(args.b, program)
            time, got = run(args.command, program)
            if got.returncode or got.stdout != want.stdout:
                wrong += 1
                print(f'{name:18} differs: {got.stderr.decode(errors="replace").strip()[:100]}')
                break
            ratios.append(time / base)
            times.append(base)
        else:
            ratio = statistics.median(ratios)
            logs.append(math.log(ratio))
            print(f'{name:18} {ratio:5.2f}   (lua5.4 {statistics.median(times):.2f} s, '
                  f'{min(ratios):.2f} to {max(ratios):.2f})')
    if logs:
        print(f'{"geometric mean":18} {math.exp(sum(logs) / len(logs)):5.2f}   of {len(logs)} programs')
    sys.exit(bool(wrong))

main()
