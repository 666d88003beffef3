"""flavio, asked for observables at the Wilson coefficients of a point."""

import re

INSTALL = "flavio 'particle<1'"


def load(options):
    try:
        import flavio
        from wilson import Wilson
    except OSError as error:
        # particle 1.0 no longer has the table that flavio 2.7 reads
        raise ImportError(f"flavio cannot be imported: {error}") from error

    def answer(values, folder, wanted):
        file = folder / options["wcxf"]
        if not file.is_file():
            raise FileNotFoundError(
                f"no earlier stage has left '{file.name}' (with SARAH it needs SPhenoInput 79 = 1)"
            )
        wilson = read(Wilson, file.read_text())
        wilson.wc.validate()  # a name that is not in the basis would count for nothing
        return {name: predict(flavio, name, wilson) for name in wanted}

    return answer


OPERATORS = {"4422": "C7_bs", "4322": "C7p_bs", "6421": "C8_bs", "6321": "C8p_bs"}
OPERATORS |= {"4133": "C9_bs{}", "4233": "C9p_bs{}", "4137": "C10_bs{}", "4237": "C10p_bs{}"}
LEPTONS = {"0305": "", "03051111": "ee", "03051313": "mumu", "03051515": "tautau"}
"""FLHA (arXiv:1008.0762) to flavio's basis, which has the same normalisation and signs: the second
number of a row is the operator, the first one the fields, with the leptons."""


def read(Wilson, text):
    """Coefficients in WCxf, or those of b -> s in a spectrum with FLHA's block FWCOEF."""
    if not re.search(r"^\s*block\s", text, re.IGNORECASE | re.MULTILINE):
        return Wilson.load_wc(text)
    scale, values = flha(text)
    return Wilson(values, scale=scale, eft="WET", basis="flavio")


def flha(text):
    """The scale [GeV] of FWCOEF, and what is new physics in it and in IMFWCOEF."""
    scales, unit, rows = set(), 0, {}
    for line in text.splitlines():
        words = line.partition("#")[0].upper().replace("=", " ").split()
        if words[:1] == ["BLOCK"]:
            unit = {"FWCOEF": 1, "IMFWCOEF": 1j}.get(words[1], 0)
            scales |= {float(words[3])} if unit else set()
        elif unit and len(words) == 5 and words[1] in OPERATORS and words[0] in LEPTONS:
            name = OPERATORS[words[1]].format(LEPTONS[words[0]])
            row = rows.setdefault(name, {})
            row[words[3]] = row.get(words[3], 0) + unit * float(words[4])
    if len(scales) != 1 or "C7_bs" not in rows:
        raise ValueError("a spectrum, but it has not one block FWCOEF with C7 in FLHA's form")
    # the column M: 0 the Standard Model, 1 the rest, 2 their sum
    new = {name: row.get("1", row.get("2", 0) - row.get("0", 0)) for name, row in rows.items()}
    return scales.pop(), new


def predict(flavio, asked, wilson):
    """The observable of that name; a bin or a value of q2 [GeV^2] may stand behind it."""
    if asked in flavio.Observable.instances:  # a few names have a blank in them
        return flavio.np_prediction(asked, wilson)
    name, *arguments = asked.split()
    if name not in flavio.Observable.instances:
        raise ValueError(f"flavio knows no observable '{name}'")
    return flavio.np_prediction(name, wilson, *map(float, arguments))
