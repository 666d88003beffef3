#!/usr/bin/env python3
"""A stand-in for a spectrum generator: rough formulas, honest manners. Replace it by your code."""

import math
import sys


def read_minpar(path):
    values, block = {}, ""
    with open(path) as lines:
        for line in lines:
            words = line.split("#")[0].split()
            if words and words[0].lower() == "block":
                block = words[1].upper()
            elif words and block == "MINPAR":
                values[int(words[0])] = float(words[1])
    return values


def main(source, target):
    minpar = read_minpar(source)
    m0, m12, tanb, a0 = (minpar[i] for i in (1, 2, 3, 5))
    mchi, mgl = 0.43 * m12, 2.2 * m12
    msq = math.sqrt(m0**2 + 5.0 * m12**2)
    stau2 = m0**2 + 0.15 * m12**2 - 0.0006 * tanb**2 * (m0**2 + abs(a0) * m12 / 4)
    if stau2 <= 0:
        print("Stopping calculation because of negative mass squared.")
        return 0
    mixing = (a0 + 0.6 * m12) / msq
    scale = math.log(msq / 173.0)
    mh = math.sqrt(
        (91.19 * (tanb**2 - 1) / (tanb**2 + 1)) ** 2
        + 1800.0 * scale
        + 1200.0 * mixing**2 * math.exp(-(mixing**2) / 6)
    )
    masses = {25: mh, 1000002: msq, 1000015: math.sqrt(stau2), 1000021: mgl, 1000022: mchi}
    with open(target, "w") as out:
        out.write("Block SPINFO\n  1  mycode  # a stand-in\n  2  1.0\nBlock MASS\n")
        for pdg, mass in masses.items():
            out.write(f"  {pdg}  {mass:.8E}  #\n")
        out.write("DECAY 25 4.1E-03  # h\n")
        invisible = 0.3 * (1 - 2 * mchi / mh) if 2 * mchi < mh else 0.0
        out.write(f"  {0.58 * (1 - invisible):.8E}  2  5  -5  # h -> b bbar\n")
        out.write(f"  {0.42 * (1 - invisible):.8E}  2  24  -24  # h -> W W*\n")
        if invisible:
            out.write(f"  {invisible:.8E}  2  1000022  1000022  # h -> chi chi\n")
    print("Finished!")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
