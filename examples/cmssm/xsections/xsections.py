"""Append cross sections at the LHC to a spectrum, with the tool that SModelS has for it.

Where all superparticles are too heavy the tool leaves the file as it was, and SModelS would refuse
it. Then a cross section of 0 is written, below every cut of SModelS: nothing to compare with.
"""

import sys
from pathlib import Path

from smodels.tools import smodelsTools

NONE = "XSECTION 1.30E+04 2212 2212 2 1000021 1000021\n  0 0 0 0 0 0 0.0 none to speak of\n"

source, target = map(Path, sys.argv[1:])
target.write_text(source.read_text())
# -p: write them into the file; -N: NLO and NLL for coloured pairs; Pythia 6 is shipped with SModelS
options = ["-6", "-N", "-p", "-s", "8", "13", "-e", "2000", "-f", str(target)]
sys.argv = ["smodelsTools.py", "xseccomputer", *options]
smodelsTools.main()
text = target.read_text()
if "XSECTION" not in text:
    target.write_text(f"{text.rstrip()}\n\n{NONE}")
